/* SPDX-License-Identifier: MIT */
/* What the pool sees of a ring: which row is next, and what becomes of it. See ring.h and pool.h.
 */
#include "base/nvtx.h"
#include "load/ring.h"

static int32_t free_slot(const tn__ring *ring)
{
    if (ring->pump && tn__pump_free_staging(ring->pump) < 0)
        return -1;
    for (int32_t s = 0; s < ring->n_slots; s++)
        if (ring->slots[s].state == TN__FREE)
            return s;
    return -1;
}

/* The first batch that rows can be claimed of, -1: none. Only the last one has rows to be made, but
 * earlier ones may have rows to be mixed. */
static int64_t claimable(const tn__ring *ring)
{
    int64_t j = ring->settings.mixing && !ring->pump ? ring->taken : ring->opened - 1;
    for (j = j < ring->taken ? ring->taken : j; j < ring->opened; j++)
        if (tn__ring_slot(ring, j)->unclaimed > 0)
            return j;
    return -1;
}

static int64_t ring_lead(const tn__client *client)
{
    const tn__ring *const ring = (const tn__ring *)client;
    if (!ring->running)
        return -1;
    const int64_t batch = claimable(ring);
    if (batch >= 0)
        return batch - ring->taken;
    if (ring->opened < ring->n_batches && free_slot(ring) >= 0)
        return ring->opened - ring->taken;
    return -1;
}

/* There are rows to be made, and no slot to make them in. */
static bool is_starved(const tn__ring *ring)
{
    return ring->running && ring->opened < ring->n_batches && claimable(ring) < 0 &&
           free_slot(ring) < 0;
}

void tn__ring_update_starved(tn__ring *ring)
{
    const bool starved = is_starved(ring);
    if (starved == ring->starved)
        return;
    const double idle_s = tn__pool_idle(ring->pool);
    if (starved)
        ring->starved_mark = idle_s;
    else
        ring->slot_wait_s += idle_s - ring->starved_mark;
    ring->starved = starved;
}

static void open_next(tn__ring *ring)
{
    const int32_t s = free_slot(ring);
    const tn__schedule *const schedule = &ring->settings.schedule;
    const int64_t batch = tn__schedule_batch(schedule, ring->first, ring->opened);
    const tn__span span = tn__schedule_at(schedule, ring->epoch, batch);
    tn__slot_open(&ring->slots[s], ring->epoch, &span,
                  tn__settings_rows(&ring->settings, span.rows));
    tn__ring_enter(ring, &ring->slots[s], TN__FILLING);
    if (ring->pump)
        tn__pump_take_staging(ring->pump, &ring->slots[s]);
    ring->queue[ring->opened % ring->n_slots] = s;
    ring->opened++;
}

static void ring_claim(tn__client *client, tn__turn *turn)
{
    tn__ring *const ring = (tn__ring *)client;
    if (claimable(ring) < 0)
        open_next(ring);
    tn__slot *const slot = tn__ring_slot(ring, claimable(ring));
    const int32_t sample = (slot->mixing ? slot->rows : slot->span.rows) - slot->unclaimed;
    const int64_t position = slot->span.position + sample;
    slot->unclaimed--;
    slot->in_work++;
    ring->uses++;
    if (slot->unclaimed == 0)
        tn__ring_update_starved(ring);
    turn->slot = (int32_t)(slot - ring->slots);
    turn->row = tn__schedule_row(&slot->span, sample, 0);
    turn->mixes = slot->mixing;
    turn->traced = ring->trace != NULL;
    turn->place = (tn__place){.seed = ring->settings.seed,
                              .epoch = ring->epoch,
                              .position = position,
                              .sample = tn__order_at(&ring->order, position),
                              .row = turn->row,
                              .rows = slot->span.rows,
                              .kept = slot->rows};
}

static void ring_run(const tn__turn *turn, tn__worker *worker)
{
    tn__ring *const ring = (tn__ring *)turn->client;
    worker->large_bytes = ring->settings.large_bytes;
    worker->clock.watchers =
        (turn->traced ? TN__KEEPS_SPANS : 0) | (ring->marks ? TN__MARKS_RANGES : 0);
    worker->clock.position = turn->place.position;
    if (ring->marks)
        tn__nvtx_push(tn__trace_name(turn->mixes ? TN__SPAN_MIX : TN__SPAN_SAMPLE),
                      turn->place.position);
    if (turn->mixes)
        tn__row_mix(ring, turn, worker);
    else
        tn__row_make(ring, turn, worker);
    if (ring->marks)
        tn__nvtx_pop();
}

/* Takes over what the turn took and found. */
static void take_sums(tn__ring *ring, tn__worker *worker)
{
    for (int32_t stage = TN__STAGE_READ; stage < TN__STAGES; stage++) {
        ring->seconds[stage] += worker->clock.seconds[stage];
        worker->clock.seconds[stage] = 0;
    }
    tn__counts *const sum = &ring->counts, *const part = &worker->counts;
    sum->bytes_read += part->bytes_read;
    sum->index_used += part->index_used;
    sum->index_built += part->index_built;
    sum->index_dropped += part->index_dropped;
    *part = (tn__counts){0};
}

/* All rows of a batch are made, or mixed. */
static void complete(tn__ring *ring, tn__slot *slot)
{
    if (ring->settings.mixing && !ring->pump && !slot->mixing && !tn__slot_has_failed(slot)) {
        tn__ring_enter(ring, slot, TN__FILLING);
        slot->mixing = true;
        slot->unclaimed = slot->left = slot->rows;
        tn__ring_update_starved(ring);
        tn__pool_wake(ring->pool);
        return;
    }
    tn__ring_enter(ring, slot, TN__READY);
    if (ring->pump) {
        slot->filled_at = tn__now();
        tn__pump_wake(ring->pump);
    } else if (tn__ring_is_next(ring, slot)) {
        pthread_cond_signal(&ring->ready);
        tn__ring_update_fd(ring);
    }
}

static bool ring_finish(const tn__turn *turn, tn__worker *worker)
{
    tn__ring *const ring = (tn__ring *)turn->client;
    tn__slot *const slot = &ring->slots[turn->slot];
    take_sums(ring, worker);
    tn__ring_trace_turn(ring, turn, worker);
    slot->in_work--;
    slot->left--;
    const tn__outcome *const outcome = &slot->outcome[turn->row];
    slot->n_faulty += outcome->code != TN_OK || (outcome->faults && !turn->mixes);
    if (slot->state == TN__DRAINING)
        tn__ring_drain(ring, slot);
    else if (slot->left == 0)
        complete(ring, slot);
    return tn__ring_leave(ring);
}

static void ring_free(tn__client *client)
{
    tn__ring_dispose((tn__ring *)client);
}

const tn__client_ops tn__ring_client = {
    .lead = ring_lead,
    .claim = ring_claim,
    .run = ring_run,
    .finish = ring_finish,
    .free = ring_free,
};
