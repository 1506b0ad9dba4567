/* SPDX-License-Identifier: MIT */
/* The state machine of a loader's slots. See ring.h. */
#include "load/ring.h"

#include <stdlib.h>

void tn__ring_init(tn__ring *ring, const tn__settings *settings)
{
    const bool crosses = settings->device != NULL;
    const int32_t n_slots = settings->depth + settings->max_outputs;
    *ring = (tn__ring){
        .settings = settings,
        .n_slots = n_slots,
        .crosses = crosses,
        .mixes = settings->mixing && !crosses, /* a device mixes rows itself */
        .space = settings->depth,
        .max_out = crosses ? settings->max_outputs : n_slots,
    };
}

int tn__ring_allocate(tn__ring *ring)
{
    const size_t n = (size_t)ring->n_slots;
    if (!ring->slots)
        ring->slots = calloc(n, sizeof *ring->slots);
    if (!ring->queue)
        ring->queue = calloc(n, sizeof *ring->queue);
    if (!ring->slots || !ring->queue)
        return tn__fail_memory("a loader's ring", n * sizeof *ring->slots);
    for (size_t s = 0; s < n; s++) {
        if (ring->slots[s].memory)
            continue;
        const int status = tn__slot_init(&ring->slots[s], &ring->settings->layout);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

void tn__ring_free(tn__ring *ring)
{
    for (int32_t s = 0; ring->slots && s < ring->n_slots; s++)
        tn__slot_free(&ring->slots[s]);
    free(ring->slots);
    free(ring->queue);
}

tn__slot *tn__ring_slot(const tn__ring *ring, int64_t j)
{
    return &ring->slots[ring->queue[j % ring->n_slots]];
}

int32_t tn__ring_out(const tn__ring *ring)
{
    int32_t n = 0;
    for (int32_t s = 0; s < ring->n_slots; s++)
        n += ring->slots[s].state == TN__OUT;
    return n;
}

/* Epochs. */

static tn__span span_of(const tn__ring *ring, int64_t j)
{
    const tn__schedule *const schedule = &ring->settings->schedule;
    return tn__schedule_at(schedule, tn__schedule_batch(schedule, ring->first, j));
}

/* All batches are of one size, except perhaps the last one. */
static int64_t count_rows(const tn__ring *ring)
{
    const int64_t n = ring->n_batches;
    const int32_t batch_size = ring->settings->schedule.batch_size;
    return n > 0 ? (n - 1) * batch_size + span_of(ring, n - 1).rows : 0;
}

unsigned tn__ring_start(tn__ring *ring, int64_t epoch, int64_t first)
{
    const tn__settings *const settings = ring->settings;
    ring->epoch = epoch;
    ring->first = first;
    ring->n_batches = tn__schedule_count(&settings->schedule, first);
    ring->opened = ring->sent = ring->taken = 0;
    ring->claimed = 0;
    ring->n_rows = count_rows(ring);
    ring->running = true;
    tn__order_make(&ring->order, settings->order, &settings->comb, settings->schedule.n_positions,
                   settings->seed, epoch);
    return TN__RING_ROWS;
}

static unsigned free_slot(tn__ring *ring, tn__slot *slot)
{
    slot->state = TN__FREE;
    ring->space += slot->has_space;
    slot->has_space = false;
    return TN__RING_SPACE;
}

/* Frees a slot that was given up, unless a thread still works on it. */
static unsigned drain(tn__ring *ring, tn__slot *slot)
{
    return slot->in_work == 0 ? free_slot(ring, slot) : 0;
}

unsigned tn__ring_stop(tn__ring *ring)
{
    unsigned changes = ring->running ? TN__RING_END : 0;
    for (; ring->running && ring->taken < ring->opened; ring->taken++) {
        tn__slot *const slot = tn__ring_slot(ring, ring->taken);
        slot->state = TN__DRAINING;
        changes |= drain(ring, slot);
    }
    ring->running = false;
    return changes;
}

/* Workers. */

/* The first batch that has rows to claim; -1: none. Only the last batch can have rows to make, but
 * earlier ones can have rows to mix. */
static int64_t claimable(const tn__ring *ring)
{
    int64_t j = ring->mixes ? ring->taken : ring->opened - 1;
    for (j = j < ring->taken ? ring->taken : j; j < ring->opened; j++)
        if (tn__ring_slot(ring, j)->unclaimed > 0)
            return j;
    return -1;
}

/* A slot in which the next batch can be opened; -1: none. */
static int32_t find_slot(const tn__ring *ring)
{
    for (int32_t s = 0; ring->space > 0 && s < ring->n_slots; s++)
        if (ring->slots[s].state == TN__FREE)
            return s;
    return -1;
}

int64_t tn__ring_lead(const tn__ring *ring)
{
    if (!ring->running)
        return -1;
    const int64_t batch = claimable(ring);
    if (batch >= 0)
        return batch - ring->taken;
    if (ring->opened < ring->n_batches && find_slot(ring) >= 0)
        return ring->opened - ring->taken;
    return -1;
}

bool tn__ring_is_starved(const tn__ring *ring)
{
    return ring->running && ring->opened < ring->n_batches && claimable(ring) < 0 &&
           find_slot(ring) < 0;
}

static void open_next(tn__ring *ring)
{
    const int32_t s = find_slot(ring);
    const tn__span span = span_of(ring, ring->opened);
    tn__slot *const slot = &ring->slots[s];
    tn__slot_open(slot, ring->epoch, &span,
                  tn__transform_rows(ring->settings->transform, span.rows));
    slot->state = TN__FILLING;
    slot->has_space = true;
    ring->space--;
    ring->queue[ring->opened % ring->n_slots] = s;
    ring->opened++;
}

unsigned tn__ring_claim(tn__ring *ring, tn__turn *turn)
{
    const bool opens = claimable(ring) < 0;
    if (opens)
        open_next(ring);
    tn__slot *const slot = tn__ring_slot(ring, claimable(ring));
    const bool mixes = slot->state == TN__MIXING;
    const int32_t sample = (mixes ? slot->rows : slot->span.rows) - slot->unclaimed;
    const int64_t position = slot->span.position + sample;
    slot->unclaimed--;
    slot->in_work++;
    turn->slot = (int32_t)(slot - ring->slots);
    turn->row = tn__schedule_row(&slot->span, sample, 0);
    turn->mixes = mixes;
    turn->number = ring->claimed;
    ring->claimed += !mixes;
    turn->place = (tn__place){.seed = ring->settings->seed,
                              .epoch = ring->epoch,
                              .position = position,
                              .sample = tn__order_at(&ring->order, position),
                              .row = turn->row,
                              .rows = slot->span.rows,
                              .kept = slot->rows};
    return opens || slot->unclaimed == 0 ? TN__RING_ROWS : 0;
}

int64_t tn__ring_position(const tn__ring *ring, int64_t number)
{
    const int32_t batch_size = ring->settings->schedule.batch_size;
    return span_of(ring, number / batch_size).position + number % batch_size;
}

/* All rows of the batch are made, or mixed. */
static unsigned complete(tn__ring *ring, tn__slot *slot)
{
    if (ring->mixes && slot->state == TN__FILLING && !tn__slot_has_failed(slot)) {
        slot->state = TN__MIXING;
        slot->unclaimed = slot->left = slot->rows;
        return TN__RING_ROWS;
    }
    slot->state = TN__READY;
    return TN__RING_READY;
}

unsigned tn__ring_finish(tn__ring *ring, const tn__turn *turn)
{
    tn__slot *const slot = &ring->slots[turn->slot];
    const tn__outcome *const outcome = &slot->outcome[turn->row];
    slot->in_work--;
    slot->left--;
    slot->n_faulty += outcome->status != TN_OK || (outcome->faults && !turn->mixes);
    if (slot->state == TN__DRAINING)
        return drain(ring, slot);
    return slot->left == 0 ? complete(ring, slot) : 0;
}

/* The device. */

tn__slot *tn__ring_to_send(const tn__ring *ring)
{
    if (!ring->running || ring->sent == ring->opened)
        return NULL;
    tn__slot *const slot = tn__ring_slot(ring, ring->sent);
    return slot->state == TN__READY ? slot : NULL;
}

void tn__ring_begin_send(tn__slot *slot)
{
    slot->in_work++;
}

unsigned tn__ring_end_send(tn__ring *ring, tn__slot *slot)
{
    slot->in_work--;
    slot->has_space = false;
    if (slot->state == TN__DRAINING)
        return drain(ring, slot);
    if (ring->lost.code != TN_OK)
        return 0;
    slot->state = TN__SENT;
    ring->sent++;
    return TN__RING_READY;
}

unsigned tn__ring_skip_send(tn__ring *ring, tn__slot *slot)
{
    slot->state = TN__FINISHED;
    ring->space += slot->has_space;
    slot->has_space = false;
    ring->sent++;
    return TN__RING_READY | TN__RING_SPACE;
}

tn__slot *tn__ring_to_confirm(const tn__ring *ring)
{
    if (!ring->running || ring->on_stream || ring->taken == ring->sent)
        return NULL;
    tn__slot *const slot = tn__ring_slot(ring, ring->taken);
    return slot->state == TN__SENT ? slot : NULL;
}

unsigned tn__ring_confirm(tn__slot *slot)
{
    slot->state = TN__FINISHED;
    return TN__RING_READY;
}

unsigned tn__ring_add_space(tn__ring *ring)
{
    ring->space++;
    return TN__RING_SPACE;
}

unsigned tn__ring_limit_out(tn__ring *ring, int32_t max)
{
    ring->max_out = max;
    return TN__RING_READY;
}

unsigned tn__ring_lose(tn__ring *ring)
{
    if (ring->lost.code == TN_OK)
        tn__error_take(&ring->lost);
    return TN__RING_READY;
}

/* The consumer. */

bool tn__ring_has_next(const tn__ring *ring)
{
    if (ring->taken == ring->opened)
        return false;
    const int32_t state = tn__ring_slot(ring, ring->taken)->state;
    if (!ring->crosses)
        return state == TN__READY;
    return state == TN__FINISHED || (state == TN__SENT && ring->on_stream);
}

bool tn__ring_is_ready(const tn__ring *ring)
{
    return !ring->running || ring->taken == ring->n_batches || ring->lost.code != TN_OK ||
           tn__ring_has_next(ring) || tn__ring_out(ring) >= ring->max_out;
}

unsigned tn__ring_wait_on(tn__ring *ring, bool on_stream)
{
    if (!ring->crosses || ring->on_stream == on_stream)
        return 0;
    ring->on_stream = on_stream;
    return TN__RING_READY;
}

unsigned tn__ring_take(tn__ring *ring, int32_t *slot)
{
    tn__slot *const taken = tn__ring_slot(ring, ring->taken);
    taken->state = TN__OUT;
    taken->holders = 1;
    *slot = (int32_t)(taken - ring->slots);
    ring->taken++;
    if (ring->taken < ring->n_batches)
        return TN__RING_READY;
    ring->running = false;
    return TN__RING_READY | TN__RING_END;
}

unsigned tn__ring_put_back(tn__ring *ring, int32_t slot)
{
    return free_slot(ring, &ring->slots[slot]);
}
