/* SPDX-License-Identifier: MIT */
/* What a loader shares with workers, device and consumer. See feed.h. */
#include "load/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/nvtx.h"
#include "base/thread.h"
#include "load/row.h"

static tn__feed *feed_of(tn__client *client)
{
    return (tn__feed *)(void *)client;
}

void tn__feed_lock(tn__feed *feed)
{
    if (feed->pool)
        tn__pool_lock(feed->pool);
}

void tn__feed_unlock(tn__feed *feed)
{
    if (feed->pool)
        tn__pool_unlock(feed->pool);
}

/* Spans for the trace. */

/* A span about a slot's batch, without its times. */
static tn__trace_span span_of(const tn__feed *feed, int32_t kind, const tn__slot *slot)
{
    tn__trace_span span = {.kind = kind, .batch = -1, .slot = -1, .row = -1, .sample = -1};
    if (slot) {
        span.slot = span.track = (int32_t)(slot - feed->ring.slots);
        span.epoch = slot->epoch;
        span.batch = slot->span.batch;
    }
    return span;
}

void tn__feed_trace_span(tn__feed *feed, int32_t kind, double begun, const tn__slot *slot)
{
    if (!feed->trace)
        return;
    tn__trace_span span = span_of(feed, kind, slot);
    span.begun = begun;
    span.ended = tn__now();
    tn__trace_add(feed->trace, &span);
}

/* The span of a slot's state. A batch whose rows are made is ready, or still has to cross. */
static int32_t kind_of(const tn__feed *feed, int32_t state)
{
    switch (state) {
    case TN__FILLING: return TN__SPAN_FILL;
    case TN__MIXING: return TN__SPAN_MIXED;
    case TN__READY: return feed->ring.crosses ? TN__SPAN_FILLED : TN__SPAN_READY;
    case TN__SENT: return TN__SPAN_SENT;
    case TN__FINISHED: return TN__SPAN_READY;
    case TN__OUT: return TN__SPAN_HELD;
    default: return TN__SPAN_DROPPED;
    }
}

static void trace_state(tn__feed *feed, tn__slot *slot)
{
    if (slot->traced_state != TN__FREE)
        tn__feed_trace_span(feed, kind_of(feed, slot->traced_state), slot->traced_since, slot);
    slot->traced_state = slot->state;
    slot->traced_since = tn__now();
}

/* Traces the states that have ended since the last call. Locked. */
static void trace_states(tn__feed *feed)
{
    for (int32_t s = 0; feed->trace && s < feed->ring.n_slots; s++)
        if (feed->ring.slots[s].state != feed->ring.slots[s].traced_state)
            trace_state(feed, &feed->ring.slots[s]);
}

/* Traces a worker's turn and its stages. Locked. */
static void trace_turn(tn__feed *feed, const tn__turn *turn, tn__worker *worker)
{
    tn__stage_clock *const clock = &worker->clock;
    const int32_t n = clock->n_spans < TN__STAGE_SPANS ? clock->n_spans : TN__STAGE_SPANS;
    const int32_t lost = clock->n_spans - n;
    clock->n_spans = 0;
    if (!feed->trace || n == 0)
        return;
    const tn__slot *const slot = &feed->ring.slots[turn->slot];
    const tn_row *const row = &slot->row[turn->row];
    tn__trace_span span = span_of(feed, turn->mixes ? TN__SPAN_MIX : TN__SPAN_SAMPLE, slot);
    span.track = worker->number;
    span.row = turn->row;
    span.position = turn->place.position;
    span.sample = row->sample;
    span.attempt = row->attempt;
    span.begun = clock->spans[0].begun;
    span.ended = clock->spans[n - 1].ended;
    tn__trace_add(feed->trace, &span);
    span.sample = -1;
    for (int32_t s = 0; s < n; s++) {
        span.kind = clock->spans[s].stage;
        span.begun = clock->spans[s].begun;
        span.ended = clock->spans[s].ended;
        tn__trace_add(feed->trace, &span);
    }
    feed->trace->dropped += lost;
}

/* Changes of the ring. */

/* Charges the pool's idle time while workers wait for a slot. */
static void update_starved(tn__feed *feed)
{
    const bool starved = tn__ring_is_starved(&feed->ring);
    if (starved == feed->starved)
        return;
    const double idle_s = tn__pool_idle(feed->pool);
    if (starved)
        feed->starved_mark = idle_s;
    else
        feed->slot_wait_s += idle_s - feed->starved_mark;
    feed->starved = starved;
}

static void update_fd(tn__feed *feed, bool ready)
{
    if (feed->fd < 0 || ready == feed->fd_raised)
        return;
    uint64_t count = 1;
    const ssize_t n =
        ready ? write(feed->fd, &count, sizeof count) : read(feed->fd, &count, sizeof count);
    if (n == (ssize_t)sizeof count)
        feed->fd_raised = ready;
}

void tn__feed_changed(tn__feed *feed, unsigned changes)
{
    const bool ready = tn__ring_is_ready(&feed->ring);
    trace_states(feed);
    update_starved(feed);
    if (changes & TN__RING_SPACE)
        feed->path->ops->reclaim(feed->path);
    if (changes & TN__RING_END) {
        feed->idle_s += tn__pool_idle(feed->pool) - feed->idle_mark;
        tn__pool_detach(feed->pool, &feed->client);
    }
    if (changes & (TN__RING_ROWS | TN__RING_SPACE) && tn__ring_lead(&feed->ring) >= 0)
        tn__pool_wake(feed->pool);
    if (changes & (TN__RING_READY | TN__RING_SPACE | TN__RING_END))
        feed->path->ops->wake(feed->path);
    if (ready)
        pthread_cond_signal(&feed->ready);
    update_fd(feed, ready);
}

/* Reading ahead. */

static tn__ahead_view view_of(const tn__feed *feed)
{
    const tn__counts *const counts = &feed->counts;
    return (tn__ahead_view){.claimed = feed->ring.claimed,
                            .mean_bytes = counts->reads ? counts->bytes_read / counts->reads : 0,
                            .n_threads = tn__pool_threads(feed->pool)};
}

/* The parts of the samples to read ahead now; returns how many. Locked. */
static int32_t choose_parts(tn__feed *feed, tn__part parts[TN__AHEAD_STEP])
{
    const tn__source *const source = feed->settings.dataset->source;
    const tn__ring *const ring = &feed->ring;
    const tn__ahead_view view = view_of(feed);
    int64_t numbers[TN__AHEAD_STEP];
    const int32_t n = ring->running ? tn__ahead_take(&feed->ahead, &view, numbers) : 0;
    for (int32_t i = 0; i < n; i++) {
        const int64_t drawn = tn__order_at(&ring->order, tn__ring_position(ring, numbers[i]));
        parts[i] = source->ops->part(source, tn__settings_sample(&feed->settings, drawn));
    }
    return n;
}

/* The thread that reads ahead. */
static void *read_ahead(void *argument)
{
    tn__feed *const feed = argument;
    const tn__source *const source = feed->settings.dataset->source;
    const tn__numa numa = tn__device_numa(feed->settings.ops, feed->settings.device);
    tn__part parts[TN__AHEAD_STEP];
    pthread_setname_np(pthread_self(), "tench/ahead");
    tn__numa_bind(&numa);
    tn__feed_lock(feed);
    while (!feed->closing) {
        const int32_t n = choose_parts(feed, parts);
        feed->rests = n == 0;
        if (n == 0) {
            pthread_cond_wait(&feed->rows_ahead, tn__pool_mutex(feed->pool));
            continue;
        }
        tn__feed_unlock(feed);
        source->ops->want(source, parts, n);
        tn__feed_lock(feed);
    }
    const bool last = tn__feed_leave(feed);
    tn__feed_unlock(feed);
    if (last)
        tn__feed_dispose(feed);
    return NULL;
}

/* The worker waited for the row's file. Starts the thread that reads ahead. Without the thread
 * workers only wait longer. Locked. */
static void note_wait(tn__feed *feed, const tn__turn *turn)
{
    if (feed->ring.slots[turn->slot].state == TN__DRAINING)
        return; /* the row's epoch was stopped */
    tn__ahead_waited(&feed->ahead, turn->number);
    if (feed->reads_ahead || feed->ahead.until == 0 || !feed->settings.dataset->source->ops->want)
        return;
    feed->reads_ahead = true;
    tn__feed_keep(feed);
    feed->uses -= tn__thread_detach(read_ahead, feed) != 0;
}

/* Wakes the thread that reads ahead if it has enough to do. Locked. */
static void wake_ahead(tn__feed *feed)
{
    if (!feed->rests)
        return;
    const tn__ahead_view view = view_of(feed);
    if (!tn__ahead_is_due(&feed->ahead, &view))
        return;
    feed->rests = false;
    pthread_cond_signal(&feed->rows_ahead);
}

/* The pool's view. */

static int64_t lead(const tn__client *client)
{
    return tn__ring_lead(&((const tn__feed *)(const void *)client)->ring);
}

static void claim(tn__client *client, tn__turn *turn)
{
    tn__feed *const feed = feed_of(client);
    const int64_t opened = feed->ring.opened;
    const unsigned changes = tn__ring_claim(&feed->ring, turn);
    if (feed->ring.opened > opened)
        feed->path->ops->open(feed->path, &feed->ring.slots[turn->slot]);
    turn->traced = feed->trace != NULL;
    tn__feed_keep(feed);
    wake_ahead(feed);
    if (changes)
        tn__feed_changed(feed, changes);
}

static void run(tn__client *client, const tn__turn *turn, tn__worker *worker)
{
    const tn__feed *const feed = feed_of(client);
    tn__slot *const slot = &feed->ring.slots[turn->slot];
    worker->large_bytes = feed->settings.large_bytes;
    worker->watches = !turn->mixes && tn__ahead_watches(turn->number);
    worker->waited = false;
    worker->clock.watchers =
        (turn->traced ? TN__KEEPS_SPANS : 0) | (feed->marks ? TN__MARKS_RANGES : 0);
    worker->clock.position = turn->place.position;
    if (feed->marks)
        tn__nvtx_push(tn__trace_name(turn->mixes ? TN__SPAN_MIX : TN__SPAN_SAMPLE),
                      turn->place.position);
    if (turn->mixes) {
        tn__row_mix(&feed->settings, slot, &turn->place, worker);
    } else {
        const tn__row_output out = feed->path->ops->row_output(feed->path, slot, turn->row);
        tn__row_make(&feed->settings, slot, &turn->place, &out, worker);
    }
    if (feed->marks)
        tn__nvtx_pop();
}

/* Moves the worker's sums to the feed. */
static void take_sums(tn__feed *feed, tn__worker *worker)
{
    for (int32_t stage = TN__STAGE_READ; stage < TN__STAGES; stage++) {
        feed->seconds[stage] += worker->clock.seconds[stage];
        worker->clock.seconds[stage] = 0;
    }
    tn__counts *const sum = &feed->counts, *const part = &worker->counts;
    sum->bytes_read += part->bytes_read;
    sum->reads += part->reads;
    sum->index_used += part->index_used;
    sum->index_built += part->index_built;
    sum->index_dropped += part->index_dropped;
    *part = (tn__counts){0};
}

static bool finish(tn__client *client, const tn__turn *turn, tn__worker *worker)
{
    tn__feed *const feed = feed_of(client);
    take_sums(feed, worker);
    if (worker->waited)
        note_wait(feed, turn);
    trace_turn(feed, turn, worker);
    const unsigned changes = tn__ring_finish(&feed->ring, turn);
    if (changes & TN__RING_READY)
        feed->ring.slots[turn->slot].filled_at = tn__now();
    if (changes)
        tn__feed_changed(feed, changes);
    return tn__feed_leave(feed);
}

static void dispose(tn__client *client)
{
    tn__feed_dispose(feed_of(client));
}

static const tn__client_ops client_ops = {
    .lead = lead,
    .claim = claim,
    .run = run,
    .finish = finish,
    .free = dispose,
};

/* Life. */

tn__feed *tn__feed_create(const tn__settings *settings)
{
    tn__feed *const feed = calloc(1, sizeof *feed);
    if (!feed) {
        tn__fail_memory("a loader", sizeof *feed);
        return NULL;
    }
    feed->client.ops = &client_ops;
    feed->settings = *settings;
    tn__ring_init(&feed->ring, &feed->settings);
    feed->uses = 1;
    feed->fd = -1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&feed->ready, &attributes);
    pthread_cond_init(&feed->rows_ahead, NULL);
    pthread_condattr_destroy(&attributes);
    return feed;
}

void tn__feed_dispose(tn__feed *feed)
{
    if (feed->path && feed->path->ops->free)
        feed->path->ops->free(feed->path);
    tn__ring_free(&feed->ring);
    tn__settings_free(&feed->settings);
    pthread_cond_destroy(&feed->ready);
    pthread_cond_destroy(&feed->rows_ahead);
    tn__pool *const pool = feed->pool;
    free(feed);
    tn__pool_release(pool);
}

void tn__feed_keep(tn__feed *feed)
{
    feed->uses++;
}

bool tn__feed_leave(tn__feed *feed)
{
    feed->uses--;
    if (feed->closing && feed->path)
        feed->path->ops->wake(feed->path); /* the path may be the last user now */
    return feed->uses == 0;
}

void tn__feed_close(tn__feed *feed)
{
    tn__feed_lock(feed);
    feed->closing = true;
    pthread_cond_signal(&feed->rows_ahead);
    const bool last = tn__feed_leave(feed);
    tn__feed_unlock(feed);
    if (last)
        tn__feed_dispose(feed);
}

static int prepare_pool(tn__feed *feed)
{
    const int32_t own_threads = feed->settings.own_threads;
    const tn__numa numa = tn__device_numa(feed->settings.ops, feed->settings.device);
    tn__pool *const pool = own_threads ? tn__pool_create(own_threads, numa) : tn__pool_default();
    if (!pool)
        return TN_ENOMEM;
    tn__pool_lock(pool);
    const int status = tn__pool_start(pool);
    tn__pool_unlock(pool);
    if (status == TN_OK)
        feed->pool = pool;
    else
        tn__pool_release(pool);
    return status;
}

int tn__feed_prepare(tn__feed *feed)
{
    tn__feed_lock(feed);
    int status = feed->ring.lost.code != TN_OK ? tn__error_raise(&feed->ring.lost) : TN_OK;
    tn__feed_unlock(feed);
    if (status != TN_OK || feed->pool)
        return status;
    feed->marks = tn__nvtx_is_wanted();
    status = tn__ring_allocate(&feed->ring);
    return status == TN_OK ? prepare_pool(feed) : status;
}

void tn__feed_start(tn__feed *feed, int64_t epoch, int64_t first)
{
    tn__feed_lock(feed);
    const int64_t claimed = feed->ring.claimed;
    const unsigned changes = tn__ring_start(&feed->ring, epoch, first);
    tn__ahead_start(&feed->ahead, feed->ring.n_rows, claimed);
    feed->idle_mark = tn__pool_idle(feed->pool);
    tn__pool_attach(feed->pool, &feed->client);
    tn__feed_changed(feed, changes);
    tn__feed_unlock(feed);
}

void tn__feed_stop(tn__feed *feed)
{
    tn__feed_lock(feed);
    const unsigned changes = tn__ring_stop(&feed->ring);
    if (changes)
        tn__feed_changed(feed, changes);
    tn__feed_unlock(feed);
}

/* The consumer. */

/* False: the time is up. Locked. */
static bool wait_until_ready(tn__feed *feed, int32_t timeout_ms)
{
    if (tn__ring_is_ready(&feed->ring) || timeout_ms == 0)
        return tn__ring_is_ready(&feed->ring);
    const struct timespec deadline =
        timeout_ms > 0 ? tn__deadline(timeout_ms) : (struct timespec){0};
    pthread_mutex_t *const mutex = tn__pool_mutex(feed->pool);
    while (!tn__ring_is_ready(&feed->ring)) {
        if (timeout_ms < 0)
            pthread_cond_wait(&feed->ready, mutex);
        else if (pthread_cond_timedwait(&feed->ready, mutex, &deadline) == ETIMEDOUT)
            return tn__ring_is_ready(&feed->ring);
    }
    return true;
}

/* Waits for the next batch of the running epoch. Locked. */
static int await_next(tn__feed *feed, int32_t timeout_ms)
{
    if (!wait_until_ready(feed, timeout_ms))
        return TN_ETIMEOUT;
    if (feed->ring.lost.code != TN_OK)
        return tn__error_raise(&feed->ring.lost);
    return tn__ring_has_next(&feed->ring) ? TN_OK : TN_EHELD;
}

/* The consumer has waited from `begun` to `now`. Charges the device for the part of this time after
 * workers made the next batch's last row. Locked. */
static void charge_device(tn__feed *feed, double begun, double now)
{
    const tn__ring *const ring = &feed->ring;
    if (!ring->crosses || ring->taken == ring->opened)
        return;
    const tn__slot *const slot = tn__ring_slot(ring, ring->taken);
    if (slot->state == TN__FILLING)
        return;
    const double since = slot->filled_at > begun ? slot->filled_at : begun;
    feed->device_wait_s += now > since ? now - since : 0;
}

/* Waits for the next batch; *waited_s: how long. Locked. */
static int wait_for_batch(tn__feed *feed, int32_t timeout_ms, double *waited_s)
{
    const double begun = tn__now();
    const int status = await_next(feed, timeout_ms);
    const double now = tn__now();
    *waited_s = now - begun;
    charge_device(feed, begun, now);
    if (status == TN_OK || timeout_ms != 0) /* a single look is not a wait */
        tn__feed_trace_span(feed, TN__SPAN_NEXT, begun,
                            status == TN_OK ? tn__ring_slot(&feed->ring, feed->ring.taken) : NULL);
    return status;
}

static int take(tn__feed *feed, bool on_stream, int32_t timeout_ms, int32_t *slot, double *waited_s)
{
    tn__ring *const ring = &feed->ring;
    unsigned changes = tn__ring_wait_on(ring, on_stream);
    if (changes)
        tn__feed_changed(feed, changes);
    const bool over = !ring->running || ring->taken == ring->n_batches;
    const int status = over ? TN_END : wait_for_batch(feed, timeout_ms, waited_s);
    changes = 0;
    if (status == TN_OK)
        changes = tn__ring_take(ring, slot);
    else if (over)
        changes = tn__ring_stop(ring);
    if (changes)
        tn__feed_changed(feed, changes);
    return status;
}

int tn__feed_take(tn__feed *feed, bool on_stream, int32_t timeout_ms, int32_t *slot,
                  double *waited_s)
{
    if (feed->marks) /* only the consumer changes `taken` */
        tn__nvtx_push(tn__trace_name(TN__SPAN_NEXT), feed->ring.taken);
    tn__feed_lock(feed);
    const int status = take(feed, on_stream, timeout_ms, slot, waited_s);
    tn__feed_unlock(feed);
    if (feed->marks)
        tn__nvtx_pop();
    return status;
}

void tn__feed_share(tn__feed *feed, int32_t slot)
{
    tn__feed_lock(feed);
    feed->ring.slots[slot].holders++;
    tn__feed_keep(feed);
    tn__feed_unlock(feed);
}

int tn__feed_put_back(tn__feed *feed, int32_t slot)
{
    tn__slot *const returned = &feed->ring.slots[slot];
    tn__feed_lock(feed);
    const bool last = --returned->holders == 0;
    tn__feed_unlock(feed);
    if (!last)
        return TN_OK;
    const int status = feed->path->ops->release(feed->path, returned);
    tn__feed_lock(feed);
    tn__feed_changed(feed, tn__ring_put_back(&feed->ring, slot));
    tn__feed_unlock(feed);
    return status;
}

void tn__feed_unshare(tn__feed *feed, int32_t slot)
{
    const tn__error before = *tn__error_last();
    (void)tn__feed_put_back(feed, slot);
    tn__feed_lock(feed);
    const bool last = tn__feed_leave(feed);
    tn__feed_unlock(feed);
    if (last)
        tn__feed_dispose(feed);
    tn__error_raise(&before);
}

int32_t tn__feed_out(tn__feed *feed, int32_t *limit)
{
    tn__feed_lock(feed);
    const int32_t n = tn__ring_out(&feed->ring);
    *limit = feed->ring.max_out;
    tn__feed_unlock(feed);
    return n;
}

int tn__feed_fd(tn__feed *feed)
{
    tn__feed_lock(feed);
    if (feed->fd < 0) {
        feed->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        feed->fd_raised = false;
        if (feed->fd >= 0)
            update_fd(feed, tn__ring_is_ready(&feed->ring));
        else
            tn__fail_system(errno, "eventfd");
    }
    const int fd = feed->fd;
    tn__feed_unlock(feed);
    return fd;
}

void tn__feed_close_fd(tn__feed *feed)
{
    tn__feed_lock(feed);
    if (feed->fd >= 0)
        close(feed->fd);
    feed->fd = -1;
    tn__feed_unlock(feed);
}

void tn__feed_sums(tn__feed *feed, tn__sums *out)
{
    tn__feed_lock(feed);
    *out = (tn__sums){.counts = feed->counts,
                      .idle_s = feed->idle_s,
                      .slot_wait_s = feed->slot_wait_s,
                      .device_wait_s = feed->device_wait_s,
                      .read_ahead = feed->ahead.wanted};
    memcpy(out->seconds, feed->seconds, sizeof out->seconds);
    const double idle_s = feed->ring.running ? tn__pool_idle(feed->pool) : 0;
    if (feed->ring.running)
        out->idle_s += idle_s - feed->idle_mark;
    if (feed->starved) /* the epoch is running then */
        out->slot_wait_s += idle_s - feed->starved_mark;
    if (feed->path)
        feed->path->ops->waits(feed->path, &out->path);
    tn__feed_unlock(feed);
}

/* Traces. */

int tn__feed_trace_start(tn__feed *feed, const char *path, int64_t capacity)
{
    if (feed->trace) /* only the consumer's thread starts and ends traces */
        return tn__fail(TN_EINVAL, "a trace is under way: end it first");
    tn__trace *const trace = tn__trace_open(path, capacity);
    if (!trace)
        return tn__error_last()->code;
    tn__feed_lock(feed);
    feed->trace = trace;
    for (int32_t s = 0; feed->ring.slots && s < feed->ring.n_slots; s++) {
        feed->ring.slots[s].traced_state = feed->ring.slots[s].state;
        feed->ring.slots[s].traced_since = trace->begun;
    }
    tn__feed_unlock(feed);
    return TN_OK;
}

/* Ends the trace, which is the caller's then. NULL: there is none. */
static tn__trace *end_trace(tn__feed *feed)
{
    tn__feed_lock(feed);
    for (int32_t s = 0; feed->trace && feed->ring.slots && s < feed->ring.n_slots; s++)
        trace_state(feed, &feed->ring.slots[s]);
    tn__trace *const trace = feed->trace;
    feed->trace = NULL;
    tn__feed_unlock(feed);
    return trace;
}

int tn__feed_trace_stop(tn__feed *feed, tn_trace_facts *out)
{
    tn__trace *const trace = end_trace(feed);
    if (!trace)
        return tn__fail(TN_EINVAL, "no trace is under way");
    *out = (tn_trace_facts){.spans = trace->n, .dropped = trace->dropped};
    return tn__trace_close(trace, feed->settings.dataset);
}

void tn__feed_trace_discard(tn__feed *feed)
{
    tn__trace_discard(end_trace(feed));
}
