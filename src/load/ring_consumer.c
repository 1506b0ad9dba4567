/* SPDX-License-Identifier: MIT */
/* The consumer's side of a ring: batches that are taken, shared and handed back. See ring.h. */
#include "load/ring.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/nvtx.h"

/* How many can be out. Locked. */
static int32_t most_out(const tn__ring *ring)
{
    return ring->pump ? ring->pump->max_outputs : ring->n_slots;
}

/* The next batch is there, as far as the consumer wants it to be. Locked. */
static bool has_next(const tn__ring *ring)
{
    if (ring->taken == ring->opened)
        return false;
    const int32_t state = tn__ring_slot(ring, ring->taken)->state;
    if (!ring->pump)
        return state == TN__READY;
    return state == TN__FINISHED || (state == TN__SENT && ring->on_stream);
}

/* Nothing comes before something is handed back. Locked. */
static bool is_stuck(const tn__ring *ring)
{
    return tn__ring_out(ring) >= most_out(ring);
}

/* True when take would not wait. Locked. */
static bool is_ready(const tn__ring *ring)
{
    return !ring->running || ring->taken == ring->n_batches || ring->lost.code || has_next(ring) ||
           is_stuck(ring);
}

void tn__ring_update_fd(tn__ring *ring)
{
    const bool raised = is_ready(ring);
    if (ring->fd < 0 || raised == ring->fd_raised)
        return;
    uint64_t count = 1;
    const ssize_t n =
        raised ? write(ring->fd, &count, sizeof count) : read(ring->fd, &count, sizeof count);
    if (n == (ssize_t)sizeof count)
        ring->fd_raised = raised;
}

/* Locked. False: the time is up. */
static bool wait_until_ready(tn__ring *ring, int32_t timeout_ms)
{
    if (is_ready(ring) || timeout_ms == 0)
        return is_ready(ring);
    const struct timespec deadline =
        timeout_ms > 0 ? tn__deadline(timeout_ms) : (struct timespec){0};
    pthread_mutex_t *const mutex = tn__pool_mutex(ring->pool);
    while (!is_ready(ring)) {
        if (timeout_ms < 0)
            pthread_cond_wait(&ring->ready, mutex);
        else if (pthread_cond_timedwait(&ring->ready, mutex, &deadline) == ETIMEDOUT)
            return is_ready(ring);
    }
    return true;
}

/* How the wait for the next batch ended. Locked. */
static int await_next(tn__ring *ring, int32_t timeout_ms)
{
    if (!wait_until_ready(ring, timeout_ms))
        return TN_ETIMEOUT;
    if (ring->lost.code)
        return tn__error_raise(&ring->lost);
    return has_next(ring) ? TN_OK : TN_EHELD;
}

/* The next batch is the consumer's. Locked. */
static int32_t hand_out(tn__ring *ring)
{
    tn__slot *const slot = tn__ring_slot(ring, ring->taken);
    tn__ring_enter(ring, slot, TN__OUT);
    slot->holders = 1;
    ring->taken++;
    if (ring->taken == ring->n_batches)
        tn__ring_end_epoch(ring);
    tn__ring_update_fd(ring);
    if (ring->pump)
        tn__pump_wake(ring->pump); /* it may need one more output now */
    return (int32_t)(slot - ring->slots);
}

/* The consumer has waited from `begun` until `now`: the device is charged with what came after the
 * next batch's rows were made. Locked. */
static void charge_device(tn__ring *ring, double begun, double now)
{
    if (!ring->pump || ring->taken == ring->opened)
        return;
    const tn__slot *const slot = tn__ring_slot(ring, ring->taken);
    if (slot->state == TN__FILLING)
        return;
    const double since = slot->filled_at > begun ? slot->filled_at : begun;
    ring->device_wait_s += now > since ? now - since : 0;
}

/* The consumer says what it waits with. Locked. */
static void set_consumer(tn__ring *ring, bool on_stream)
{
    if (!ring->pump || ring->on_stream == on_stream)
        return;
    ring->on_stream = on_stream;
    tn__pump_wake(ring->pump);
}

static int take(tn__ring *ring, bool on_stream, int32_t timeout_ms, int32_t *slot, double *waited_s)
{
    tn__ring_lock(ring);
    int code = TN_END;
    set_consumer(ring, on_stream);
    if (ring->running && ring->taken < ring->n_batches) {
        const double begun = tn__now();
        code = await_next(ring, timeout_ms);
        const double now = tn__now();
        *waited_s = now - begun;
        charge_device(ring, begun, now);
        if (code == TN_OK || timeout_ms != 0) /* a look that finds nothing is no wait */
            tn__ring_trace_span(ring, TN__SPAN_NEXT, begun,
                                code == TN_OK ? tn__ring_slot(ring, ring->taken) : NULL);
    }
    if (code == TN_OK)
        *slot = hand_out(ring);
    else if (code == TN_END && ring->running)
        tn__ring_end_epoch(ring);
    tn__ring_unlock(ring);
    return code;
}

int tn__ring_take(tn__ring *ring, bool on_stream, int32_t timeout_ms, int32_t *slot,
                  double *waited_s)
{
    if (ring->marks) /* the consumer's own field: batches that it has taken */
        tn__nvtx_push(tn__trace_name(TN__SPAN_NEXT), ring->taken);
    const int code = take(ring, on_stream, timeout_ms, slot, waited_s);
    if (ring->marks)
        tn__nvtx_pop();
    return code;
}

void tn__ring_share(tn__ring *ring, int32_t slot)
{
    tn__ring_lock(ring);
    ring->slots[slot].holders++;
    ring->uses++;
    tn__ring_unlock(ring);
}

int tn__ring_return(tn__ring *ring, int32_t slot)
{
    tn__slot *const returned = &ring->slots[slot];
    tn__ring_lock(ring);
    const bool last = --returned->holders == 0;
    tn__ring_unlock(ring);
    if (!last)
        return TN_OK;
    const bool on_device = ring->pump && returned->output >= 0;
    const int code = on_device ? tn__pump_release(ring->pump, returned->output) : TN_OK;
    tn__ring_lock(ring);
    tn__ring_free_slot(ring, returned);
    tn__ring_update_fd(ring);
    tn__ring_unlock(ring);
    return code;
}

void tn__ring_unshare(tn__ring *ring, int32_t slot)
{
    const tn__error before = *tn__error_last();
    (void)tn__ring_return(ring, slot);
    tn__ring_lock(ring);
    const bool last = tn__ring_leave(ring);
    tn__ring_unlock(ring);
    if (last)
        tn__ring_dispose(ring);
    tn__error_raise(&before);
}

int32_t tn__ring_kept(tn__ring *ring, int32_t *limit)
{
    tn__ring_lock(ring);
    const int32_t n = tn__ring_out(ring);
    *limit = most_out(ring);
    tn__ring_unlock(ring);
    return n;
}

int tn__ring_fd(tn__ring *ring)
{
    tn__ring_lock(ring);
    if (ring->fd < 0) {
        ring->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        ring->fd_raised = false;
        if (ring->fd >= 0)
            tn__ring_update_fd(ring);
        else
            tn__fail_system(errno, "eventfd");
    }
    const int fd = ring->fd;
    tn__ring_unlock(ring);
    return fd;
}

void tn__ring_close_fd(tn__ring *ring)
{
    tn__ring_lock(ring);
    if (ring->fd >= 0)
        close(ring->fd);
    ring->fd = -1;
    tn__ring_unlock(ring);
}

void tn__ring_sums(tn__ring *ring, tn__sums *out)
{
    tn__ring_lock(ring);
    *out = (tn__sums){.counts = ring->counts, .idle_s = ring->idle_s};
    memcpy(out->seconds, ring->seconds, sizeof out->seconds);
    out->slot_wait_s = ring->slot_wait_s;
    out->device_wait_s = ring->device_wait_s;
    const double idle_s = ring->running ? tn__pool_idle(ring->pool) : 0;
    if (ring->running)
        out->idle_s += idle_s - ring->idle_mark;
    if (ring->starved) /* then it is running */
        out->slot_wait_s += idle_s - ring->starved_mark;
    if (ring->pump) {
        out->kernel_wait_s = ring->pump->kernel_wait_s;
        out->copy_wait_s = ring->pump->copy_wait_s;
        out->output_wait_s = ring->pump->output_wait_s;
    }
    tn__ring_unlock(ring);
}
