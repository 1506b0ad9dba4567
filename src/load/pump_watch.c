/* SPDX-License-Identifier: MIT */
/* What a pump sees of its device. See pump_watch.h.
 *
 * Events have no times: that a copy or a kernel is through is known once it is asked for, which is
 * done each time the pump looks, ten thousand times a second. A span of a trace begins when the
 * device was told, or when the one before was through, and ends when the host saw that. */
#include "load/pump_watch.h"

#include "base/clock.h"
#include "base/error.h"
#include "load/ring.h"

void tn__pump_lose(tn__pump *pump)
{
    tn__ring *const ring = pump->ring;
    if (ring->lost.code == TN_OK)
        tn__error_take(&ring->lost);
    pthread_cond_broadcast(&ring->ready);
    tn__ring_update_fd(ring);
}

/* Asks for an event after which the host uses `part` (NULL: it does not). Locked, except
 * meanwhile. */
static int ask(tn__pump *pump, tn__event *event, const tn__device_part *part, int32_t how)
{
    tn__pool_unlock(pump->ring->pool);
    int code = pump->ops->query(pump->device, event);
    if (code == TN_OK && part && pump->ops->host_uses)
        code = pump->ops->host_uses(pump->device, *part, how);
    tn__pool_lock(pump->ring->pool);
    if (code < 0 && code != TN_ETIMEOUT)
        tn__pump_lose(pump);
    return code;
}

static tn__sending *sending(const tn__pump *pump, int64_t number)
{
    return &pump->sendings[number % tn__pump_sendings(pump->ring->settings.depth)];
}

static double later(double a, double b)
{
    return a > b ? a : b;
}

static void trace_sending(tn__pump *pump, int32_t kind, const tn__sending *sent, double begun,
                          double ended)
{
    const tn__trace_span span = {.begun = begun,
                                 .ended = ended,
                                 .kind = kind,
                                 .epoch = sent->epoch,
                                 .batch = sent->batch,
                                 .slot = sent->slot,
                                 .row = -1,
                                 .sample = -1};
    tn__trace_add(pump->ring->trace, &span);
}

static void note_crossed(tn__pump *pump)
{
    tn__sending *const sent = sending(pump, pump->n_crossed++);
    if (!pump->ring->trace)
        return;
    sent->crossed_at = tn__now();
    trace_sending(pump, TN__SPAN_COPY, sent, later(sent->sent_at, pump->copied_at),
                  sent->crossed_at);
    pump->copied_at = sent->crossed_at;
}

static void note_finished(tn__pump *pump)
{
    const tn__sending *const sent = sending(pump, pump->n_finished++);
    const double now = tn__now();
    const double begun = later(sent->sent_at, sent->crossed_at);
    trace_sending(pump, TN__SPAN_KERNEL, sent, later(begun, pump->finished_at), now);
    pump->finished_at = now;
}

/* A rest is made of many, briefly interrupted. */
void tn__pump_note_rest(tn__pump *pump, int32_t why, double now)
{
    tn__trace *const trace = pump->ring->trace;
    if (pump->resting == why)
        return;
    const tn__trace_span span = {.begun = pump->resting_since,
                                 .ended = now,
                                 .kind = pump->resting,
                                 .batch = -1,
                                 .slot = -1,
                                 .row = -1,
                                 .sample = -1};
    if (pump->resting && trace)
        tn__trace_add(trace, &span);
    pump->resting = why;
    pump->resting_since = now;
}

void tn__pump_note_sent(tn__pump *pump, const tn__slot *slot, double begun)
{
    *sending(pump, pump->n_sent - 1) = (tn__sending){.sent_at = begun,
                                                     .epoch = slot->epoch,
                                                     .batch = slot->span.batch,
                                                     .slot = (int32_t)(slot - pump->ring->slots)};
    tn__ring_trace_span(pump->ring, TN__SPAN_ENQUEUE, begun, slot);
}

static tn__staging_buffer *oldest_crossing(const tn__pump *pump)
{
    for (int32_t p = 0; p < pump->ring->settings.depth; p++)
        if (pump->staging[p].state == TN__STAGING_CROSSING &&
            pump->staging[p].number == pump->n_crossed)
            return &pump->staging[p];
    return NULL;
}

bool tn__pump_collect(tn__pump *pump)
{
    tn__staging_buffer *staging;
    while (!pump->ring->lost.code && (staging = oldest_crossing(pump)) != NULL) {
        const tn__device_part all = {&staging->memory, 0, staging->memory.use.n_bytes};
        if (ask(pump, staging->h2d, &all, TN__HOST_WRITES) != TN_OK)
            return true;
        staging->state = TN__STAGING_FREE;
        note_crossed(pump);
        tn__ring_update_starved(pump->ring);
        tn__pool_wake(pump->ring->pool);
    }
    return false;
}

/* The kernel of the sending is through. Its event tells that until the input is used again; after
 * that the copy does which had to wait for it. */
static bool is_finished(tn__pump *pump, int64_t number)
{
    if (pump->n_crossed > number + TN__INPUTS)
        return true;
    if (pump->n_crossed <= number || pump->n_sent > number + TN__INPUTS)
        return false;
    return ask(pump, pump->inputs[number % TN__INPUTS].used, NULL, 0) == TN_OK;
}

bool tn__pump_watch(tn__pump *pump)
{
    while (pump->ring->trace && !pump->ring->lost.code && pump->n_finished < pump->n_sent) {
        if (!is_finished(pump, pump->n_finished))
            return true;
        if (pump->ring->trace) /* it may have been ended meanwhile */
            note_finished(pump);
    }
    pump->n_finished = pump->n_sent;
    return false;
}

bool tn__pump_confirm(tn__pump *pump)
{
    tn__ring *const ring = pump->ring;
    tn__slot *const slot = tn__ring_to_confirm(ring);
    if (!slot || ring->lost.code)
        return false;
    const tn__output *const output = &pump->outputs[slot->output];
    const tn__device_part all = {&output->memory, 0, output->memory.use.n_bytes};
    if (ask(pump, output->ready, &all, TN__HOST_READS) != TN_OK)
        return true;
    if (ring->trace) { /* what is through with it is to be in the trace that the consumer ends */
        (void)tn__pump_collect(pump);
        (void)tn__pump_watch(pump);
    }
    if (slot->state == TN__SENT) { /* only this thread sends: it is the same batch */
        tn__ring_enter(ring, slot, TN__FINISHED);
        pthread_cond_signal(&ring->ready);
        tn__ring_update_fd(ring);
    }
    return false;
}
