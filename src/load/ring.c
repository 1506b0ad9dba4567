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

tn__slot *tn__ring_next(const tn__ring *ring)
{
    return &ring->slots[ring->queue[ring->taken % ring->recipe.depth]];
}

/* True when take would not wait. Locked. */
static bool is_ready(const tn__ring *ring)
{
    if (!ring->running || ring->taken == ring->n_batches)
        return true;
    return ring->taken < ring->opened && tn__ring_next(ring)->state == TN__READY;
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
    for (int32_t s = 0; ring->slots && s < recipe->depth; s++)
        tn__slot_free(&ring->slots[s]);
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
    ring->uses = 1;
    ring->fd = -1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ring->ready, &attributes);
    pthread_condattr_destroy(&attributes);
    return ring;
}

void tn__ring_release(tn__ring *ring)
{
    lock(ring);
    const bool last = --ring->uses == 0;
    unlock(ring);
    if (last)
        tn__ring_dispose(ring);
}

static int allocate_slots(tn__ring *ring)
{
    const size_t depth = (size_t)ring->recipe.depth;
    if (!ring->slots)
        ring->slots = calloc(depth, sizeof *ring->slots);
    if (!ring->queue)
        ring->queue = calloc(depth, sizeof *ring->queue);
    if (!ring->slots || !ring->queue)
        return tn__fail_memory("a loader's ring", depth * sizeof *ring->slots);
    for (size_t s = 0; s < depth; s++) {
        if (ring->slots[s].memory)
            continue;
        const int code = tn__slot_init(&ring->slots[s], &ring->recipe.layout);
        if (code < 0)
            return code;
    }
    return TN_OK;
}

int tn__ring_prepare(tn__ring *ring)
{
    if (ring->pool)
        return TN_OK;
    int code = allocate_slots(ring);
    if (code < 0)
        return code;
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

void tn__ring_start(tn__ring *ring, int64_t epoch, int64_t first)
{
    const tn__recipe *const recipe = &ring->recipe;
    lock(ring);
    ring->epoch = epoch;
    ring->first = first;
    ring->n_batches = tn__schedule_count(&recipe->schedule, first);
    ring->opened = ring->taken = 0;
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
            tn__slot *const slot = tn__ring_next(ring);
            slot->state = slot->in_work > 0 ? TN__DRAINING : TN__FREE;
        }
        end_epoch(ring);
        tn__ring_update_fd(ring);
    }
    unlock(ring);
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

int tn__ring_take(tn__ring *ring, int32_t timeout_ms, int32_t *slot, double *waited_s)
{
    lock(ring);
    int code = TN_END;
    if (ring->running && ring->taken < ring->n_batches) {
        const double begun = tn__now();
        code = wait_until_ready(ring, timeout_ms) ? TN_OK : TN_ETIMEOUT;
        *waited_s = tn__now() - begun;
    }
    if (code == TN_OK) {
        *slot = ring->queue[ring->taken % ring->recipe.depth];
        ring->slots[*slot].state = TN__OUT;
        ring->taken++;
        if (ring->taken == ring->n_batches)
            end_epoch(ring);
        tn__ring_update_fd(ring);
    } else if (code == TN_END && ring->running) {
        end_epoch(ring);
    }
    unlock(ring);
    return code;
}

void tn__ring_return(tn__ring *ring, int32_t slot)
{
    lock(ring);
    ring->slots[slot].state = TN__FREE;
    if (ring->running)
        tn__pool_wake(ring->pool);
    unlock(ring);
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

void tn__ring_sums(tn__ring *ring, tn__timing *timing, double *idle_s)
{
    lock(ring);
    *timing = ring->timing;
    *idle_s = ring->idle_s;
    if (ring->running)
        *idle_s += tn__pool_idle(ring->pool) - ring->idle_mark;
    unlock(ring);
}
