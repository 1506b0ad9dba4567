/* SPDX-License-Identifier: MIT */
/* The ring between workers and consumer. See ring.h. */
#include "load/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

/* Before the first start there is no pool, and nobody to lock out. */
static void lock(tn__ring *ring)
{
    if (ring->pool)
        tn__pool_lock(ring->pool);
}

static void unlock(tn__ring *ring)
{
    if (ring->pool)
        tn__pool_unlock(ring->pool);
}

tn__slot *tn__ring_slot(const tn__ring *ring, int64_t j)
{
    return &ring->slots[ring->queue[j % ring->n_slots]];
}

bool tn__ring_is_next(const tn__ring *ring, const tn__slot *slot)
{
    return slot == tn__ring_slot(ring, ring->taken);
}

tn__slot *tn__ring_to_send(const tn__ring *ring)
{
    if (!ring->running || ring->sent == ring->opened)
        return NULL;
    tn__slot *const slot = tn__ring_slot(ring, ring->sent);
    return slot->state == TN__READY ? slot : NULL;
}

tn__slot *tn__ring_to_land(const tn__ring *ring)
{
    if (!ring->running || ring->on_stream || ring->taken == ring->sent)
        return NULL;
    tn__slot *const slot = tn__ring_slot(ring, ring->taken);
    return slot->state == TN__SENT ? slot : NULL;
}

int32_t tn__ring_out(const tn__ring *ring)
{
    int32_t n = 0;
    for (int32_t s = 0; s < ring->n_slots; s++)
        n += ring->slots[s].state == TN__OUT;
    return n;
}

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
    return state == TN__LANDED || (state == TN__SENT && ring->on_stream);
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

/* Brings the descriptor in line with is_ready. Locked. */
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

void tn__ring_dispose(tn__ring *ring)
{
    tn__recipe *const recipe = &ring->recipe;
    for (int32_t s = 0; ring->slots && s < ring->n_slots; s++)
        tn__slot_free(&ring->slots[s]);
    if (recipe->device)
        recipe->ops->close(recipe->device);
    free(ring->slots);
    free(ring->queue);
    free(recipe->subset);
    tn_transform_destroy(recipe->transform);
    tn_dataset_destroy(recipe->dataset);
    pthread_cond_destroy(&ring->ready);
    tn__pool *const pool = ring->pool;
    free(ring);
    tn__pool_release(pool);
}

tn__ring *tn__ring_create(const tn__recipe *recipe)
{
    tn__ring *const ring = calloc(1, sizeof *ring);
    if (!ring) {
        tn__fail_memory("a loader", sizeof *ring);
        return NULL;
    }
    ring->client.ops = &tn__ring_client;
    ring->recipe = *recipe;
    ring->n_slots = recipe->depth + recipe->max_outputs;
    ring->uses = 1;
    ring->fd = -1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ring->ready, &attributes);
    pthread_condattr_destroy(&attributes);
    return ring;
}

bool tn__ring_leave(tn__ring *ring)
{
    ring->uses--;
    if (ring->pump && ring->pump->closing)
        tn__pump_wake(ring->pump); /* the last use is its own */
    return ring->uses == 0;
}

void tn__ring_release(tn__ring *ring)
{
    lock(ring);
    if (ring->pump)
        ring->pump->closing = true;
    const bool last = tn__ring_leave(ring);
    unlock(ring);
    if (last)
        tn__ring_dispose(ring);
}

static int allocate_slots(tn__ring *ring)
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
        const int code = tn__slot_init(&ring->slots[s], &ring->recipe.layout);
        if (code < 0)
            return code;
    }
    return TN_OK;
}

static int prepare_pool(tn__ring *ring)
{
    int code = TN_OK;
    const int32_t own_threads = ring->recipe.own_threads;
    tn__pool *const pool = own_threads ? tn__pool_create(own_threads) : tn__pool_default();
    if (!pool)
        return TN_ENOMEM;
    tn__pool_lock(pool);
    code = tn__pool_start(pool);
    tn__pool_unlock(pool);
    if (code < 0)
        tn__pool_release(pool);
    else
        ring->pool = pool;
    return code;
}

static int prepare_pump(tn__ring *ring)
{
    tn__pump *const pump = tn__pump_create(ring);
    if (!pump)
        return tn__error_last()->code;
    lock(ring);
    ring->pump = pump;
    ring->uses++;
    unlock(ring);
    return TN_OK;
}

int tn__ring_prepare(tn__ring *ring)
{
    lock(ring);
    int code = ring->lost.code ? tn__error_raise(&ring->lost) : TN_OK;
    unlock(ring);
    if (code == TN_OK && !ring->pool) {
        code = allocate_slots(ring);
        if (code == TN_OK)
            code = prepare_pool(ring);
    }
    if (code == TN_OK && ring->recipe.device && !ring->pump)
        code = prepare_pump(ring);
    return code;
}

void tn__ring_start(tn__ring *ring, int64_t epoch, int64_t first)
{
    const tn__recipe *const recipe = &ring->recipe;
    lock(ring);
    ring->epoch = epoch;
    ring->first = first;
    ring->n_batches = tn__schedule_count(&recipe->schedule, first);
    ring->opened = ring->sent = ring->taken = 0;
    tn__order_make(&ring->order, recipe->order, recipe->schedule.n_positions, recipe->seed, epoch);
    ring->running = true;
    ring->idle_mark = tn__pool_idle(ring->pool);
    tn__pool_attach(ring->pool, &ring->client);
    tn__ring_update_fd(ring);
    unlock(ring);
}

/* Leaves the pool's list. Locked. */
static void end_epoch(tn__ring *ring)
{
    ring->running = false;
    ring->idle_s += tn__pool_idle(ring->pool) - ring->idle_mark;
    tn__pool_detach(ring->pool, &ring->client);
}

void tn__ring_stop(tn__ring *ring)
{
    lock(ring);
    if (ring->running) {
        for (; ring->taken < ring->opened; ring->taken++) {
            tn__slot *const slot = tn__ring_slot(ring, ring->taken);
            slot->state = TN__DRAINING;
            tn__ring_drain(ring, slot);
        }
        end_epoch(ring);
        tn__ring_update_fd(ring);
    }
    unlock(ring);
}

/* Nobody has it any more. Locked. */
static void free_slot(tn__ring *ring, tn__slot *slot)
{
    slot->state = TN__FREE;
    if (ring->pump) {
        tn__pump_forget(ring->pump, slot);
        tn__pump_wake(ring->pump);
    }
    if (ring->running)
        tn__pool_wake(ring->pool);
}

void tn__ring_drain(tn__ring *ring, tn__slot *slot)
{
    if (slot->in_work == 0)
        free_slot(ring, slot);
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
    slot->state = TN__OUT;
    slot->holders = 1;
    ring->taken++;
    if (ring->taken == ring->n_batches)
        end_epoch(ring);
    tn__ring_update_fd(ring);
    if (ring->pump)
        tn__pump_wake(ring->pump); /* it may need one more output now */
    return (int32_t)(slot - ring->slots);
}

/* The consumer says what it waits with. Locked. */
static void set_consumer(tn__ring *ring, bool on_stream)
{
    if (!ring->pump || ring->on_stream == on_stream)
        return;
    ring->on_stream = on_stream;
    tn__pump_wake(ring->pump);
}

int tn__ring_take(tn__ring *ring, bool on_stream, int32_t timeout_ms, int32_t *slot,
                  double *waited_s)
{
    lock(ring);
    int code = TN_END;
    set_consumer(ring, on_stream);
    if (ring->running && ring->taken < ring->n_batches) {
        const double begun = tn__now();
        code = await_next(ring, timeout_ms);
        *waited_s = tn__now() - begun;
    }
    if (code == TN_OK)
        *slot = hand_out(ring);
    else if (code == TN_END && ring->running)
        end_epoch(ring);
    unlock(ring);
    return code;
}

void tn__ring_share(tn__ring *ring, int32_t slot)
{
    lock(ring);
    ring->slots[slot].holders++;
    ring->uses++;
    unlock(ring);
}

int tn__ring_return(tn__ring *ring, int32_t slot)
{
    tn__slot *const returned = &ring->slots[slot];
    lock(ring);
    const bool last = --returned->holders == 0;
    unlock(ring);
    if (!last)
        return TN_OK;
    const bool on_device = ring->pump && returned->output >= 0;
    const int code = on_device ? tn__pump_release(ring->pump, returned->output) : TN_OK;
    lock(ring);
    free_slot(ring, returned);
    tn__ring_update_fd(ring);
    unlock(ring);
    return code;
}

void tn__ring_unshare(tn__ring *ring, int32_t slot)
{
    const tn__error before = *tn__error_last();
    (void)tn__ring_return(ring, slot);
    lock(ring);
    const bool last = tn__ring_leave(ring);
    unlock(ring);
    if (last)
        tn__ring_dispose(ring);
    tn__error_raise(&before);
}

int32_t tn__ring_kept(tn__ring *ring, int32_t *limit)
{
    lock(ring);
    const int32_t n = tn__ring_out(ring);
    *limit = most_out(ring);
    unlock(ring);
    return n;
}

int tn__ring_fd(tn__ring *ring)
{
    lock(ring);
    if (ring->fd < 0) {
        ring->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        ring->fd_raised = false;
        if (ring->fd >= 0)
            tn__ring_update_fd(ring);
        else
            tn__fail(TN_EIO, "eventfd: %s", strerror(errno));
    }
    const int fd = ring->fd;
    unlock(ring);
    return fd;
}

void tn__ring_close_fd(tn__ring *ring)
{
    lock(ring);
    if (ring->fd >= 0)
        close(ring->fd);
    ring->fd = -1;
    unlock(ring);
}

void tn__ring_sums(tn__ring *ring, tn__sums *out)
{
    lock(ring);
    *out = (tn__sums){.workers = ring->timing, .idle_s = ring->idle_s};
    if (ring->running)
        out->idle_s += tn__pool_idle(ring->pool) - ring->idle_mark;
    if (ring->pump) {
        out->copy_wait_s = ring->pump->copy_wait_s;
        out->output_wait_s = ring->pump->output_wait_s;
    }
    unlock(ring);
}
