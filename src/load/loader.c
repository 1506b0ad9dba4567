/* SPDX-License-Identifier: MIT */
/* A loader's life: epochs, batches in order, their end. See loader.h. */
#include "load/loader.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sized.h"
#include "load/host_path.h"
#include "load/pump.h"

/* Memory of loaders: a list of blocks that only grows, up to the most loaders that lived at the
 * same time. It has no lock, so a forked child cannot inherit a taken one. */

enum { BLOCK = 8 };

typedef struct block {
    struct block *next;
    tn_loader loader[BLOCK];
} block;

static _Atomic(block *) blocks;
static atomic_uint ids;

static uint32_t fresh_id(void)
{
    uint32_t id;
    do
        id = atomic_fetch_add(&ids, 1) + 1;
    while (id == 0);
    return id;
}

/* Clears everything after in_use and id, which other threads may read. */
static tn_loader *clear(tn_loader *loader)
{
    const size_t head = offsetof(tn_loader, feed);
    memset((char *)loader + head, 0, sizeof *loader - head);
    loader->out = -1;
    atomic_store(&loader->id, fresh_id());
    return loader;
}

/* NULL: every place of the block is in use. */
static tn_loader *take_from(block *from)
{
    for (int l = 0; l < BLOCK; l++) {
        bool free = false;
        if (atomic_compare_exchange_strong(&from->loader[l].in_use, &free, true))
            return clear(&from->loader[l]);
    }
    return NULL;
}

static tn_loader *take_memory(void)
{
    for (block *at = atomic_load(&blocks); at; at = at->next) {
        tn_loader *const loader = take_from(at);
        if (loader)
            return loader;
    }
    block *const fresh = calloc(1, sizeof *fresh);
    if (!fresh) {
        tn__fail_memory("a loader", sizeof *fresh);
        return NULL;
    }
    tn_loader *const loader = take_from(fresh);
    fresh->next = atomic_load(&blocks);
    while (!atomic_compare_exchange_weak(&blocks, &fresh->next, fresh))
        continue;
    return loader;
}

static void return_memory(tn_loader *loader)
{
    atomic_store(&loader->id, 0);
    atomic_store(&loader->in_use, false);
}

/* Life. */

tn_loader *tn__loader_create(tn_dataset *dataset, tn_transform *transform,
                             const tn_loader_options *options)
{
    tn__settings settings;
    tn__state identity;
    if (tn__settings_make(&settings, dataset, transform, options) != TN_OK)
        return NULL;
    tn_loader *const loader = take_memory();
    const int status = loader ? tn__settings_identify(&settings, &identity) : TN_ENOMEM;
    tn__feed *const feed = status == TN_OK ? tn__feed_create(&settings) : NULL;
    if (feed) {
        loader->feed = feed;
        loader->identity = identity;
        loader->fault_budget = options->fault_budget;
        loader->pid = settings.device ? getpid() : 0; /* a device does not survive a fork */
        return loader;
    }
    if (loader)
        return_memory(loader);
    tn__settings_free(&settings);
    return NULL;
}

/* Releases the batch that next() gave last, unless it is held. Leaves tn_error() alone. */
static void release_last(tn_loader *loader)
{
    if (loader->out < 0)
        return;
    const tn__error before = *tn__error_last();
    loader->feed->ring.slots[loader->out].generation = 0;
    (void)tn__feed_put_back(loader->feed, loader->out);
    loader->out = -1;
    tn__error_raise(&before);
}

void tn__loader_retire(tn_loader *loader)
{
    tn__feed_close(loader->feed);
    loader->feed = NULL;
    return_memory(loader);
}

void tn__loader_destroy(tn_loader *loader)
{
    if (loader->pid && loader->pid != getpid())
        return; /* a forked child has only copies of the parent's threads and locks */
    release_last(loader);
    tn__feed_stop(loader->feed);
    tn__feed_trace_discard(loader->feed);
    tn__feed_close_fd(loader->feed);
    tn__faults_free(&loader->faults);
    tn__text_free(&loader->state);
    loader->destroyed = true;
    if (loader->n_held == 0)
        tn__loader_retire(loader);
}

int tn__loader_check(const tn_loader *loader)
{
    if (loader->pid && loader->pid != getpid())
        return tn__fail(TN_EFORK,
                        "process %ld started the loader, but this is its child %ld: create a "
                        "loader after the fork",
                        (long)loader->pid, (long)getpid());
    return TN_OK;
}

/* Epochs. */

/* Creates the path of batches, at the first start. */
static int prepare_path(tn__feed *feed)
{
    tn__path *const path =
        feed->settings.device ? tn__pump_create(feed) : tn__host_path_create(&feed->settings);
    if (!path)
        return tn__error_last()->code;
    tn__feed_lock(feed);
    feed->path = path;
    tn__feed_unlock(feed);
    return TN_OK;
}

int tn__loader_start(tn_loader *loader, int64_t epoch, int64_t first)
{
    release_last(loader);
    tn__feed_stop(loader->feed);
    loader->phase = TN__IDLE;
    int status = tn__feed_prepare(loader->feed);
    if (status == TN_OK && !loader->feed->path)
        status = prepare_path(loader->feed);
    if (status != TN_OK)
        return status;
    loader->pid = getpid();
    loader->phase = TN__RUNNING;
    loader->epoch = epoch;
    loader->first = first;
    loader->delivered = 0;
    loader->epoch_faults = 0;
    if (loader->started_at == 0)
        loader->started_at = tn__now();
    tn__feed_start(loader->feed, epoch, first);
    return TN_OK;
}

void tn__loader_stop(tn_loader *loader)
{
    release_last(loader);
    tn__feed_stop(loader->feed);
    if (loader->phase == TN__RUNNING)
        loader->phase = TN__IDLE;
}

/* Batches. */

/* Adds the batch's faults to the loader's, in the order of its rows. *last becomes the last of
 * them, *failed the first row that could not be made; -1: none. */
static int collect_faults(tn_loader *loader, const tn__slot *slot, const tn__fault_note **last,
                          int32_t *failed)
{
    *failed = -1;
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++) {
        const tn__outcome *const outcome = &slot->outcome[row];
        const int64_t before = loader->faults.n;
        const int status = tn__faults_add(&loader->faults, outcome->faults);
        if (status != TN_OK)
            return status;
        loader->epoch_faults += loader->faults.n - before;
        for (const tn__fault_note *note = outcome->faults; note; note = note->next)
            *last = note;
        if (outcome->status != TN_OK && *failed < 0)
            *failed = row;
    }
    return TN_OK;
}

static int raise_row(const tn__outcome *outcome)
{
    const tn__fault_note *note = outcome->faults;
    while (note && note->next)
        note = note->next;
    if (!note)
        return tn__fail(outcome->status, "out of memory for the record of a fault");
    return tn__fault_note_raise(note);
}

/* TN_OK if the batch can be delivered; otherwise the failure that ends the epoch. */
static int judge(tn_loader *loader, const tn__slot *slot)
{
    const tn__fault_note *last = NULL;
    int32_t failed;
    const int status = collect_faults(loader, slot, &last, &failed);
    if (status != TN_OK)
        return status;
    if (failed >= 0)
        return raise_row(&slot->outcome[failed]);
    if (!last || loader->fault_budget == 0 || loader->epoch_faults <= loader->fault_budget)
        return TN_OK;
    (void)tn__fault_note_raise(last);
    tn__fail_because(TN_EFAULTS, tn__error_last(),
                     "%lld faults in epoch %lld, over the budget of %lld; the last: %s",
                     (long long)loader->epoch_faults, (long long)loader->epoch,
                     (long long)loader->fault_budget, tn__fault_note_name(last));
    tn__error_place(last->stage, tn__fault_note_name(last), last->position, last->sample);
    return TN_EFAULTS;
}

static void fill_batch(tn_loader *loader, int32_t s, tn_batch *out)
{
    tn__slot *const slot = &loader->feed->ring.slots[s];
    slot->generation = (uint64_t)atomic_load(&loader->id) << 32 | ++loader->n_given;
    const tn_batch batch = {
        .slot = s,
        .generation = slot->generation,
        .loader = loader,
        .number = slot->span.batch,
        .epoch = slot->epoch,
        .n_rows = slot->rows,
        .n_tensors = loader->feed->settings.layout.n_tensors,
        .tensors = slot->tensors,
        .rows = slot->rows_given,
    };
    tn__sized_write(out, &batch, sizeof batch);
}

/* The recorded failure ends the epoch. */
static int end_with(tn_loader *loader, int status)
{
    tn__error_take(&loader->failure);
    loader->phase = TN__FAILED;
    tn__feed_stop(loader->feed);
    return status;
}

/* Lets the consumer's stream wait for the device's work on the batch. */
static int order_stream(tn_loader *loader, const tn__slot *slot, tn__waiter waiter)
{
    tn__path *const path = loader->feed->path;
    return waiter.on_stream ? path->ops->use_on(path, slot, waiter.stream) : TN_OK;
}

/* Delivers the batch in slot s, or ends the epoch with its failure. */
static int deliver(tn_loader *loader, int32_t s, tn__waiter waiter, tn_batch *out)
{
    const tn__slot *const slot = &loader->feed->ring.slots[s];
    int status = judge(loader, slot);
    if (status == TN_OK)
        status = order_stream(loader, slot, waiter);
    if (status != TN_OK) {
        const tn__error why = *tn__error_last();
        (void)tn__feed_put_back(loader->feed, s);
        tn__error_raise(&why);
        return end_with(loader, status);
    }
    fill_batch(loader, s, out);
    loader->out = s;
    loader->delivered++;
    loader->batches++;
    loader->images += slot->rows;
    if (loader->first_batch_s == 0)
        loader->first_batch_s = tn__now() - loader->started_at;
    return TN_OK;
}

/* The answer of next() while no epoch runs. */
static int refuse(const tn_loader *loader)
{
    if (loader->phase == TN__ENDED)
        return TN_END;
    if (loader->phase == TN__FAILED)
        return tn__fail_because(TN_ECLOSED, &loader->failure,
                                "epoch %lld ended with a failure (%s)", (long long)loader->epoch,
                                tn__status_name(loader->failure.code));
    return tn__fail(TN_ECLOSED, "no epoch is running: start one");
}

static int all_held(tn_loader *loader)
{
    int32_t limit;
    const int32_t out = tn__feed_out(loader->feed, &limit);
    return tn__fail(TN_EHELD,
                    "no batch can be made, because %d are held: release some, or raise `%s` (%d)",
                    out, loader->feed->path->ops->limit, limit);
}

/* The answer of next() when it has no batch. */
static int no_batch(tn_loader *loader, int status, int32_t timeout_ms)
{
    switch (status) {
    case TN_END: loader->phase = TN__ENDED; return status;
    case TN_ETIMEOUT: return tn__fail(status, "no batch was ready within %d ms", timeout_ms);
    case TN_EHELD: return all_held(loader);
    default: return end_with(loader, status);
    }
}

int tn__loader_next(tn_loader *loader, tn_batch *out, tn__waiter waiter, int32_t timeout_ms)
{
    release_last(loader);
    if (loader->phase != TN__RUNNING)
        return refuse(loader);
    int32_t slot = -1;
    double waited_s = 0;
    const int status = tn__feed_take(loader->feed, waiter.on_stream, timeout_ms, &slot, &waited_s);
    loader->wait_s += waited_s;
    return status == TN_OK ? deliver(loader, slot, waiter, out)
                           : no_batch(loader, status, timeout_ms);
}

int tn__loader_trace_start(tn_loader *loader, const char *path, int64_t max_spans)
{
    const int status = tn__feed_trace_start(loader->feed, path, max_spans);
    if (status == TN_OK)
        loader->pid = getpid(); /* its file does not survive a fork either */
    return status;
}

/* State, budget, statistics. */

const char *tn__loader_state(tn_loader *loader)
{
    const tn__schedule *const schedule = &loader->feed->settings.schedule;
    tn__state state = loader->identity;
    const int64_t reached = tn__schedule_reached(schedule, loader->first, loader->delivered);
    const bool through =
        loader->phase == TN__ENDED || (loader->started_at != 0 && reached == schedule->n_batches);
    state.epoch = loader->epoch + through;
    state.position = through ? 0 : reached * schedule->batch_size;
    tn__text_clear(&loader->state);
    tn__state_write(&state, &loader->state);
    if (loader->state.failed) {
        tn__fail(TN_ENOMEM, "out of memory: the state of a loader");
        return NULL;
    }
    return loader->state.chars;
}

int tn__loader_resume(tn_loader *loader, const char *text)
{
    tn__state state;
    int status = tn__state_read(text, &state);
    if (status == TN_OK)
        status = tn__state_match(&loader->identity, &state);
    if (status != TN_OK)
        return status;
    return tn__loader_start(loader, state.epoch, state.position / state.batch_size);
}

static void add_device(const tn__settings *settings, tn_budget *out)
{
    const int64_t staging = (int64_t)settings->layout.staging.n_bytes;
    const int64_t output = (int64_t)settings->layout.tensor_bytes;
    out->n_slots = settings->depth + settings->max_outputs;
    out->n_pinned = settings->depth;
    out->n_outputs = settings->outputs;
    out->max_outputs = settings->max_outputs;
    out->pinned_bytes = settings->depth * staging;
    out->output_bytes = output;
    out->device_bytes = TN__INPUTS * staging + settings->outputs * output;
}

void tn__loader_budget(const tn_loader *loader, tn_budget *out)
{
    const tn__settings *const settings = &loader->feed->settings;
    *out = (tn_budget){
        .n_slots = settings->depth,
        .n_threads = settings->own_threads ? settings->own_threads : tn__pool_default_threads(),
        .slot_bytes = (int64_t)settings->layout.n_bytes,
        .scratch_bytes = (int64_t)tn__worker_bytes(),
        .scratch_pixels = TN__SCRATCH_PIXELS,
        .large_bytes = (int64_t)settings->large_bytes,
    };
    if (settings->device)
        add_device(settings, out);
    out->total_bytes =
        out->n_slots * out->slot_bytes + out->n_threads * out->scratch_bytes + out->pinned_bytes;
}

void tn__loader_stats(const tn_loader *loader, tn_stats *out)
{
    tn__sums sums;
    tn__feed_sums(loader->feed, &sums);
    const double *const seconds = sums.seconds;
    const tn__pool *const pool = loader->feed->pool;
    *out = (tn_stats){
        .n_threads = pool ? tn__pool_threads(pool) : 0,
        .images = loader->images,
        .batches = loader->batches,
        .faults = loader->faults.n,
        .bytes_read = sums.counts.bytes_read,
        .index_used = sums.counts.index_used,
        .index_built = sums.counts.index_built,
        .index_dropped = sums.counts.index_dropped,
        .read_s = seconds[TN__STAGE_READ],
        .plan_s = seconds[TN__STAGE_PLAN],
        .decode_s = seconds[TN__STAGE_DECODE],
        .transform_s = seconds[TN__STAGE_TRANSFORM],
        .finish_s = seconds[TN__STAGE_FINISH],
        .idle_s = sums.idle_s,
        .wait_s = loader->wait_s,
        .first_batch_s = loader->first_batch_s,
        .copy_wait_s = sums.path.copy_s,
        .output_wait_s = sums.path.output_s,
        .slot_wait_s = sums.slot_wait_s,
        .large_wait_s = seconds[TN__STAGE_LARGE],
        .device_wait_s = sums.device_wait_s,
        .kernel_wait_s = sums.path.kernel_s,
        .read_ahead = sums.read_ahead,
    };
}
