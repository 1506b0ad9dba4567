/* SPDX-License-Identifier: MIT */
/* What a ring has to tell a trace. See trace.h. */
#include "base/error.h"
#include "load/ring.h"

/* A span about a slot's batch, without its times. */
static tn__trace_span span_of(const tn__ring *ring, int32_t kind, const tn__slot *slot)
{
    tn__trace_span span = {.kind = kind, .batch = -1, .slot = -1, .row = -1, .sample = -1};
    if (slot) {
        span.slot = span.track = (int32_t)(slot - ring->slots);
        span.epoch = slot->epoch;
        span.batch = slot->span.batch;
    }
    return span;
}

void tn__ring_trace_span(tn__ring *ring, int32_t kind, double begun, const tn__slot *slot)
{
    if (!ring->trace)
        return;
    tn__trace_span span = span_of(ring, kind, slot);
    span.begun = begun;
    span.ended = tn__now();
    tn__trace_add(ring->trace, &span);
}

/* What a slot's state is called; a batch that waits for a device is not ready yet. */
static int32_t kind_of(const tn__ring *ring, const tn__slot *slot)
{
    switch (slot->state) {
    case TN__FILLING: return slot->mixing ? TN__SPAN_MIXED : TN__SPAN_FILL;
    case TN__READY: return ring->pump ? TN__SPAN_FILLED : TN__SPAN_READY;
    case TN__SENT: return TN__SPAN_SENT;
    case TN__FINISHED: return TN__SPAN_READY;
    case TN__OUT: return TN__SPAN_HELD;
    default: return TN__SPAN_DROPPED;
    }
}

/* The slot's state is over, or the trace is. */
static void trace_state(tn__ring *ring, tn__slot *slot)
{
    const double begun = slot->since > ring->trace->begun ? slot->since : ring->trace->begun;
    if (slot->state != TN__FREE)
        tn__ring_trace_span(ring, kind_of(ring, slot), begun, slot);
}

void tn__ring_enter(tn__ring *ring, tn__slot *slot, int32_t state)
{
    if (ring->trace) {
        trace_state(ring, slot);
        slot->since = tn__now();
    }
    slot->state = state;
}

void tn__ring_trace_turn(tn__ring *ring, const tn__turn *turn, tn__worker *worker)
{
    tn__stage_clock *const clock = &worker->clock;
    const int32_t n = clock->n_spans < TN__STAGE_SPANS ? clock->n_spans : TN__STAGE_SPANS;
    const int32_t lost = clock->n_spans - n;
    clock->n_spans = 0;
    if (!ring->trace || n == 0)
        return;
    const tn__slot *const slot = &ring->slots[turn->slot];
    const tn_row *const row = &slot->row[turn->row];
    tn__trace_span span = span_of(ring, turn->mixes ? TN__SPAN_MIX : TN__SPAN_SAMPLE, slot);
    span.track = worker->number;
    span.row = turn->row;
    span.position = turn->place.position;
    span.sample = row->sample;
    span.attempt = row->attempt;
    span.begun = clock->spans[0].begun;
    span.ended = clock->spans[n - 1].ended;
    tn__trace_add(ring->trace, &span);
    span.sample = -1;
    for (int32_t l = 0; l < n; l++) {
        span.kind = clock->spans[l].stage;
        span.begun = clock->spans[l].begun;
        span.ended = clock->spans[l].ended;
        tn__trace_add(ring->trace, &span);
    }
    ring->trace->dropped += lost;
}

int tn__ring_trace_start(tn__ring *ring, const char *path, int64_t capacity)
{
    if (ring->trace) /* only this thread begins and ends one */
        return tn__fail(TN_EINVAL, "a trace is under way: end it first");
    tn__trace *const trace = tn__trace_open(path, capacity);
    if (!trace)
        return tn__error_last()->code;
    tn__ring_lock(ring);
    ring->trace = trace;
    tn__ring_unlock(ring);
    return TN_OK;
}

/* The trace is the caller's from now on. NULL: there is none. */
static tn__trace *take_trace(tn__ring *ring)
{
    tn__ring_lock(ring);
    tn__trace *const trace = ring->trace;
    for (int32_t s = 0; trace && ring->slots && s < ring->n_slots; s++)
        trace_state(ring, &ring->slots[s]);
    ring->trace = NULL;
    tn__ring_unlock(ring);
    return trace;
}

int tn__ring_trace_stop(tn__ring *ring, tn_trace_facts *out)
{
    tn__trace *const trace = take_trace(ring);
    if (!trace)
        return tn__fail(TN_EINVAL, "no trace is under way");
    *out = (tn_trace_facts){.spans = trace->n, .dropped = trace->dropped};
    return tn__trace_close(trace, ring->settings.dataset);
}

void tn__ring_trace_discard(tn__ring *ring)
{
    tn__trace_discard(take_trace(ring));
}
