/* SPDX-License-Identifier: MIT */
/* The ring between workers and consumer: made, begun, given up, freed. See ring.h. */
#include "load/ring.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/nvtx.h"

void tn__ring_lock(tn__ring *ring)
{
    if (ring->pool)
        tn__pool_lock(ring->pool);
}

void tn__ring_unlock(tn__ring *ring)
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

tn__slot *tn__ring_to_confirm(const tn__ring *ring)
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

void tn__ring_dispose(tn__ring *ring)
{
    tn__settings *const settings = &ring->settings;
    for (int32_t s = 0; ring->slots && s < ring->n_slots; s++)
        tn__slot_free(&ring->slots[s]);
    if (settings->device)
        settings->ops->close(settings->device);
    free(ring->slots);
    free(ring->queue);
    free(settings->subset);
    tn_transform_destroy(settings->transform);
    tn_dataset_destroy(settings->dataset);
    pthread_cond_destroy(&ring->ready);
    tn__pool *const pool = ring->pool;
    free(ring);
    tn__pool_release(pool);
}

tn__ring *tn__ring_create(const tn__settings *settings)
{
    tn__ring *const ring = calloc(1, sizeof *ring);
    if (!ring) {
        tn__fail_memory("a loader", sizeof *ring);
        return NULL;
    }
    ring->client.ops = &tn__ring_client;
    ring->settings = *settings;
    ring->n_slots = settings->depth + settings->max_outputs;
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
    tn__ring_lock(ring);
    if (ring->pump)
        ring->pump->closing = true;
    const bool last = tn__ring_leave(ring);
    tn__ring_unlock(ring);
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
        const int code = tn__slot_init(&ring->slots[s], &ring->settings.layout);
        if (code < 0)
            return code;
    }
    return TN_OK;
}

static int prepare_pool(tn__ring *ring)
{
    int code = TN_OK;
    const int32_t own_threads = ring->settings.own_threads;
    const tn__numa numa = tn__device_numa(ring->settings.ops, ring->settings.device);
    tn__pool *const pool = own_threads ? tn__pool_create(own_threads, numa) : tn__pool_default();
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
    tn__ring_lock(ring);
    ring->pump = pump;
    ring->uses++;
    tn__ring_unlock(ring);
    return TN_OK;
}

int tn__ring_prepare(tn__ring *ring)
{
    tn__ring_lock(ring);
    int code = ring->lost.code ? tn__error_raise(&ring->lost) : TN_OK;
    tn__ring_unlock(ring);
    if (code == TN_OK && !ring->pool) {
        ring->marks = tn__nvtx_is_wanted();
        code = allocate_slots(ring);
        if (code == TN_OK)
            code = prepare_pool(ring);
    }
    if (code == TN_OK && ring->settings.device && !ring->pump)
        code = prepare_pump(ring);
    return code;
}

void tn__ring_start(tn__ring *ring, int64_t epoch, int64_t first)
{
    const tn__settings *const settings = &ring->settings;
    tn__ring_lock(ring);
    ring->epoch = epoch;
    ring->first = first;
    ring->n_batches = tn__schedule_count(&settings->schedule, first);
    ring->opened = ring->sent = ring->taken = 0;
    tn__order_make(&ring->order, settings->order, settings->schedule.n_positions, settings->seed,
                   epoch);
    ring->running = true;
    ring->idle_mark = tn__pool_idle(ring->pool);
    tn__ring_update_starved(ring);
    tn__pool_attach(ring->pool, &ring->client);
    tn__ring_update_fd(ring);
    tn__ring_unlock(ring);
}

void tn__ring_end_epoch(tn__ring *ring)
{
    ring->running = false;
    tn__ring_update_starved(ring);
    ring->idle_s += tn__pool_idle(ring->pool) - ring->idle_mark;
    tn__pool_detach(ring->pool, &ring->client);
}

void tn__ring_stop(tn__ring *ring)
{
    tn__ring_lock(ring);
    if (ring->running) {
        for (; ring->taken < ring->opened; ring->taken++) {
            tn__slot *const slot = tn__ring_slot(ring, ring->taken);
            tn__ring_enter(ring, slot, TN__DRAINING);
            tn__ring_drain(ring, slot);
        }
        tn__ring_end_epoch(ring);
        tn__ring_update_fd(ring);
    }
    tn__ring_unlock(ring);
}

void tn__ring_free_slot(tn__ring *ring, tn__slot *slot)
{
    tn__ring_enter(ring, slot, TN__FREE);
    if (ring->pump) {
        tn__pump_forget(ring->pump, slot);
        tn__pump_wake(ring->pump);
    }
    tn__ring_update_starved(ring);
    if (ring->running)
        tn__pool_wake(ring->pool);
}

void tn__ring_drain(tn__ring *ring, tn__slot *slot)
{
    if (slot->in_work == 0)
        tn__ring_free_slot(ring, slot);
}
