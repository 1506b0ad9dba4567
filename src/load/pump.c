/* SPDX-License-Identifier: MIT */
/* The pump's thread. See pump.h. */
#include "load/pump.h"

#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/nvtx.h"
#include "load/pump_memory.h"
#include "load/pump_watch.h"
#include "load/ring.h"

enum { POLL_NS = 100000 };

void tn__pump_wake(tn__pump *pump)
{
    pump->woken = true;
    pthread_cond_signal(&pump->work);
}

int32_t tn__pump_free_staging(const tn__pump *pump)
{
    for (int32_t p = 0; p < pump->ring->settings.depth; p++)
        if (pump->staging[p].state == TN__STAGING_FREE)
            return p;
    return -1;
}

void tn__pump_take_staging(tn__pump *pump, tn__slot *slot)
{
    slot->staging = tn__pump_free_staging(pump);
    tn__staging_buffer *const staging = &pump->staging[slot->staging];
    staging->state = TN__STAGING_TAKEN;
    const tn__layout *const layout = &pump->ring->settings.layout;
    tn__slot_write_at(slot, layout, staging->memory.data + layout->staging.labels_at);
}

void tn__pump_forget(tn__pump *pump, tn__slot *slot)
{
    if (slot->staging >= 0)
        pump->staging[slot->staging].state = TN__STAGING_FREE;
    if (slot->output >= 0)
        pump->outputs[slot->output].taken = false;
    slot->staging = slot->output = -1;
}

tn__row_output tn__pump_row_output(const tn__pump *pump, const tn__slot *slot, int32_t row)
{
    return tn__layout_row_output(&pump->ring->settings.layout,
                                 pump->staging[slot->staging].memory.data, row);
}

/* Waiting for the device and for each other: what it says of an output that comes back. */
static int wait_released(tn__pump *pump, tn__output *output)
{
    int code = output->needs_drain ? pump->ops->drain(pump->device) : TN_OK;
    output->needs_drain = output->needs_drain && code < 0;
    if (code == TN_OK)
        code = pump->ops->wait(pump->device, pump->working, output->released);
    for (int32_t o = 0; code == TN_OK && o < output->n_others; o++)
        code = pump->ops->wait(pump->device, pump->working, output->other[o].released);
    if (code == TN_OK)
        output->n_others = 0;
    return code;
}

static int cross(tn__pump *pump, const tn__staging_buffer *staging, const tn__input *input,
                 size_t n_bytes)
{
    const tn__device_ops *const ops = pump->ops;
    const tn__device_part from = {&staging->memory, 0, n_bytes}, to = {&input->memory, 0, n_bytes};
    const bool done = ops->wait(pump->device, pump->copying, input->used) == TN_OK &&
                      ops->copy(pump->device, to, from, pump->copying) == TN_OK &&
                      ops->record(pump->device, staging->h2d, pump->copying) == TN_OK &&
                      ops->record(pump->device, input->arrived, pump->copying) == TN_OK;
    return done ? TN_OK : tn__error_last()->code;
}

static int finish(tn__pump *pump, const tn__input *input, tn__output *output, const tn__slot *slot)
{
    const tn__device_ops *const ops = pump->ops;
    const tn__layout *const layout = &pump->ring->settings.layout;
    const size_t label_bytes = layout->tensor_bytes - layout->label_at;
    const tn__device_part labels = {&output->memory, layout->label_at, label_bytes};
    const tn__device_part from = {&input->memory, layout->staging.labels_at, label_bytes};
    const tn__finish_work work = {
        .constants = &pump->constants,
        .staging = {&input->memory, 0, layout->staging.n_bytes},
        .records = {&input->memory, 0, (size_t)slot->span.rows * sizeof(tn_px_record)},
        .table = {pump->table.data ? &pump->table : NULL, 0, pump->table.use.n_bytes},
        .out = {&output->memory, 0, (size_t)slot->rows * layout->row_bytes},
        .rows = slot->rows,
    };
    const bool done = ops->wait(pump->device, pump->working, input->arrived) == TN_OK &&
                      wait_released(pump, output) == TN_OK &&
                      ops->copy(pump->device, labels, from, pump->working) == TN_OK &&
                      ops->finish(pump->device, &work, pump->working) == TN_OK &&
                      ops->record(pump->device, input->used, pump->working) == TN_OK &&
                      ops->record(pump->device, output->ready, pump->working) == TN_OK;
    return done ? TN_OK : tn__error_last()->code;
}

/* Tells the device all that is to be done to a filled batch. Not locked. */
static int enqueue(tn__pump *pump, tn__slot *slot)
{
    const tn__staging_layout *const layout = &pump->ring->settings.layout.staging;
    const tn__input *const input = &pump->inputs[pump->n_sent++ % TN__INPUTS];
    const size_t n_bytes = layout->pixels_at + (size_t)slot->span.rows * layout->pixels_bytes;
    for (int32_t row = 0; slot->targets && row < slot->rows; row++)
        tn__row_target(&pump->ring->settings, slot, row);
    const int code = cross(pump, &pump->staging[slot->staging], input, n_bytes);
    if (code < 0)
        return code;
    return finish(pump, input, &pump->outputs[slot->output], slot);
}

/* An output that nobody has; one more is made where the consumer keeps so many that fewer than two
 * are left to work with. -1: none. Locked, but not all the time. */
static int32_t find_output(tn__pump *pump)
{
    tn__ring *const ring = pump->ring;
    for (int32_t o = 0; o < pump->n_outputs; o++)
        if (!pump->outputs[o].taken)
            return o;
    if (pump->n_outputs == pump->max_outputs || pump->n_outputs - tn__ring_out(ring) >= 2)
        return -1;
    const int32_t o = pump->n_outputs;
    tn__pool_unlock(ring->pool);
    const int code = tn__pump_make_output(pump, o);
    tn__pool_lock(ring->pool);
    if (code == TN_OK)
        pump->n_outputs++;
    else if (code == TN_ENOMEM)
        pump->max_outputs = pump->n_outputs; /* that is all that there is */
    else
        tn__pump_lose(pump);
    pthread_cond_broadcast(&ring->ready); /* whoever waits may have to hear that this is all */
    return code == TN_OK ? o : -1;
}

/* The batch is on its way, or is one that only its failure will be told of. Locked. */
static void mark_sent(tn__pump *pump, tn__slot *slot, int32_t state)
{
    tn__ring *const ring = pump->ring;
    tn__ring_enter(ring, slot, state);
    ring->sent++;
    if (tn__ring_is_next(ring, slot)) {
        pthread_cond_signal(&ring->ready);
        tn__ring_update_fd(ring);
    }
}

/* Sends the slot's batch to `output`. Locked, but not all the time; meanwhile the epoch may be
 * given up. */
static void send(tn__pump *pump, tn__slot *slot, int32_t output)
{
    tn__ring *const ring = pump->ring;
    tn__staging_buffer *const staging = &pump->staging[slot->staging];
    slot->output = output;
    pump->outputs[output].taken = true;
    tn__slot_place(slot, &ring->settings.layout, pump->outputs[output].memory.data,
                   pump->ops->kind);
    slot->in_work++;
    staging->number = pump->n_sent;
    const double begun = tn__now();
    tn__pump_note_rest(pump, 0, begun);
    tn__pool_unlock(ring->pool);
    if (ring->marks)
        tn__nvtx_push(tn__trace_name(TN__SPAN_ENQUEUE), slot->span.batch);
    const int code = enqueue(pump, slot);
    if (ring->marks)
        tn__nvtx_pop();
    tn__pool_lock(ring->pool);
    tn__pump_note_sent(pump, slot, begun);
    slot->in_work--;
    staging->state = TN__STAGING_CROSSING;
    slot->staging = -1;
    if (code < 0)
        tn__pump_lose(pump);
    if (slot->state == TN__DRAINING)
        tn__ring_drain(ring, slot);
    else if (code == TN_OK)
        mark_sent(pump, slot, TN__SENT);
}

/* True if there was something to send. Locked, but not all the time. */
static bool send_next(tn__pump *pump)
{
    tn__ring *const ring = pump->ring;
    tn__slot *slot = tn__ring_to_send(ring);
    if (!slot || ring->lost.code)
        return false;
    if (tn__slot_has_failed(slot)) {
        tn__pump_forget(pump, slot);
        mark_sent(pump, slot, TN__FINISHED);
        tn__ring_update_starved(ring);
        tn__pool_wake(ring->pool);
        return true;
    }
    const int32_t output = find_output(pump);
    slot = tn__ring_to_send(ring); /* it may have been given up */
    if (output < 0 || !slot || ring->lost.code)
        return false;
    send(pump, slot, output);
    return true;
}

/* Until somebody has news; `briefly` if the device may have. Locked. */
static void rest(tn__pump *pump, bool briefly)
{
    pthread_mutex_t *const lock = tn__pool_mutex(pump->ring->pool);
    if (!briefly) {
        pthread_cond_wait(&pump->work, lock);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += POLL_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&pump->work, lock, &until);
}

/* What the pump has to wait for, and so whom its rest is charged to: where a filled batch waits it
 * is the consumer, who has the outputs; where no row can be made it is staging buffers that cross.
 * Locked.
 */
static int32_t reason(tn__pump *pump, bool crossing, bool confirming)
{
    if (pump->ring->lost.code)
        return TN__SPAN_IDLE;
    if (tn__ring_to_send(pump->ring))
        return TN__SPAN_NO_OUTPUT;
    if (crossing && tn__pump_free_staging(pump) < 0)
        return TN__SPAN_NO_STAGING;
    return confirming && !crossing ? TN__SPAN_NO_KERNEL : TN__SPAN_IDLE;
}

static void rest_and_charge(tn__pump *pump, int32_t why, bool briefly)
{
    const double begun = tn__now();
    tn__pump_note_rest(pump, why, begun);
    rest(pump, briefly);
    const double passed = tn__now() - begun;
    pump->output_wait_s += why == TN__SPAN_NO_OUTPUT ? passed : 0;
    pump->copy_wait_s += why == TN__SPAN_NO_STAGING ? passed : 0;
    pump->kernel_wait_s += why == TN__SPAN_NO_KERNEL ? passed : 0;
}

/* The last use of the ring is this thread's when the loader, the workers and all who were given
 * tensors are gone. */
static bool is_over(const tn__pump *pump)
{
    return pump->closing && pump->ring->uses == 1;
}

void *tn__pump_run(void *argument)
{
    tn__pump *const pump = argument;
    tn__ring *const ring = pump->ring;
    pthread_setname_np(pthread_self(), "tench/pump");
    tn__numa_bind(&pump->numa);
    tn__pool_lock(ring->pool);
    while (!is_over(pump)) {
        pump->woken = false;
        const bool sent = send_next(pump);
        const bool crossing = tn__pump_collect(pump);
        const bool watching = tn__pump_watch(pump);
        const bool confirming = tn__pump_confirm(pump);
        if (!sent && !pump->woken && !is_over(pump))
            rest_and_charge(pump, reason(pump, crossing, confirming),
                            crossing || watching || confirming);
    }
    tn__pool_unlock(ring->pool);
    tn__pump_free(pump);
    tn__ring_dispose(ring);
    return NULL;
}
