/* SPDX-License-Identifier: MIT */
/* A loader's life: epochs, batches in order, their end. See loader.h. */
#include "load/loader.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

tn_loader *tn__loader_create(tn_dataset *dataset, tn_transform *transform,
                             const tn_loader_options *options)
{
    tn__settings settings;
    tn__state identity;
    if (tn__settings_make(&settings, dataset, transform, options) < 0)
        return NULL;
    tn_loader *const loader = tn__loader_take();
    const int code = loader ? tn__settings_identify(&settings, &identity) : TN_ENOMEM;
    tn__ring *const ring = code == TN_OK ? tn__ring_create(&settings) : NULL;
    if (ring) {
        loader->ring = ring;
        loader->identity = identity;
        loader->fault_budget = options->fault_budget;
        loader->pid = settings.device ? getpid() : 0; /* a device does not survive a fork either */
        return loader;
    }
    if (loader)
        tn__loader_give_back(loader);
    if (settings.device)
        settings.ops->close(settings.device);
    free(settings.subset);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return NULL;
}

void tn__loader_return_last(tn_loader *loader)
{
    if (loader->out < 0)
        return;
    const tn__error before = *tn__error_last();
    loader->ring->slots[loader->out].generation = 0;
    (void)tn__ring_return(loader->ring, loader->out);
    loader->out = -1;
    tn__error_raise(&before);
}

void tn__loader_retire(tn_loader *loader)
{
    tn__ring_release(loader->ring);
    loader->ring = NULL;
    tn__loader_give_back(loader);
}

void tn__loader_destroy(tn_loader *loader)
{
    if (loader->pid && loader->pid != getpid())
        return; /* the parent's threads and locks: this process only has a picture of them */
    tn__loader_return_last(loader);
    tn__ring_stop(loader->ring);
    tn__ring_trace_discard(loader->ring);
    tn__ring_close_fd(loader->ring);
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
                        "the loader was started by process %ld, this is its child %ld: create a "
                        "loader after the fork",
                        (long)loader->pid, (long)getpid());
    return TN_OK;
}

int tn__loader_start(tn_loader *loader, int64_t epoch, int64_t first)
{
    tn__loader_return_last(loader);
    tn__ring_stop(loader->ring);
    loader->phase = TN__IDLE;
    const int code = tn__ring_prepare(loader->ring);
    if (code < 0)
        return code;
    loader->pid = getpid();
    loader->phase = TN__RUNNING;
    loader->epoch = epoch;
    loader->first = first;
    loader->delivered = 0;
    loader->epoch_faults = 0;
    if (loader->started_at == 0)
        loader->started_at = tn__now();
    tn__ring_start(loader->ring, epoch, first);
    return TN_OK;
}

void tn__loader_stop(tn_loader *loader)
{
    tn__loader_return_last(loader);
    tn__ring_stop(loader->ring);
    if (loader->phase == TN__RUNNING)
        loader->phase = TN__IDLE;
}

/* Adds the batch's faults to the loader's, in the order of its rows; *last becomes the last of
 * them. Returns the first row that could not be made, -1 if there is none, or a failure below that.
 */
static int32_t collect_faults(tn_loader *loader, const tn__slot *slot, const tn__note **last)
{
    int32_t failed = -1;
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++) {
        const tn__outcome *const outcome = &slot->outcome[row];
        const int64_t before = loader->faults.n;
        if (tn__faults_add(&loader->faults, outcome->faults) < 0)
            return TN_ENOMEM;
        loader->epoch_faults += loader->faults.n - before;
        for (const tn__note *note = outcome->faults; note; note = note->next)
            *last = note;
        if (outcome->code != TN_OK && failed < 0)
            failed = row;
    }
    return failed;
}

static int raise_row(const tn__outcome *outcome)
{
    const tn__note *note = outcome->faults;
    while (note && note->next)
        note = note->next;
    if (!note)
        return tn__fail(outcome->code, "out of memory for the record of a fault");
    return tn__note_raise(note);
}

/* Judges the batch: TN_OK if it is to be delivered. */
static int judge(tn_loader *loader, const tn__slot *slot)
{
    const tn__note *last = NULL;
    const int32_t failed = collect_faults(loader, slot, &last);
    if (failed < -1)
        return failed;
    if (failed >= 0)
        return raise_row(&slot->outcome[failed]);
    if (!last || loader->fault_budget == 0 || loader->epoch_faults <= loader->fault_budget)
        return TN_OK;
    (void)tn__note_raise(last);
    tn__fail_because(TN_EFAULTS, tn__error_last(),
                     "%lld faults in epoch %lld, over the budget of %lld; the last: %s",
                     (long long)loader->epoch_faults, (long long)loader->epoch,
                     (long long)loader->fault_budget, last->name);
    tn__error_place(last->stage, last->name, last->position, last->sample);
    return TN_EFAULTS;
}

static void fill_batch(tn_loader *loader, int32_t s, tn_batch *out)
{
    tn__slot *const slot = &loader->ring->slots[s];
    slot->generation = (uint64_t)atomic_load(&loader->id) << 32 | ++loader->n_given;
    *out = (tn_batch){
        .size = out->size,
        .slot = s,
        .generation = slot->generation,
        .loader = loader,
        .number = slot->span.batch,
        .epoch = slot->epoch,
        .n_rows = slot->rows,
        .n_tensors = loader->ring->settings.layout.n_tensors,
        .tensors = slot->tensor,
        .rows = slot->row,
    };
}

/* The failure that was just recorded ends the epoch. */
static int end_with(tn_loader *loader, int code)
{
    tn__error_take(&loader->failure);
    loader->phase = TN__FAILED;
    tn__ring_stop(loader->ring);
    return code;
}

/* The consumer's stream comes behind what the device has yet to do to the batch. */
static int order_stream(tn_loader *loader, const tn__slot *slot, tn__waiter waiter)
{
    if (!loader->ring->pump || !waiter.on_stream)
        return TN_OK;
    return tn__pump_use_on(loader->ring->pump, slot->output, waiter.stream);
}

/* Delivers the batch in slot s, or ends the epoch with its failure. */
static int deliver(tn_loader *loader, int32_t s, tn__waiter waiter, tn_batch *out)
{
    const tn__slot *const slot = &loader->ring->slots[s];
    int code = judge(loader, slot);
    if (code == TN_OK)
        code = order_stream(loader, slot, waiter);
    if (code < 0) {
        const tn__error why = *tn__error_last();
        (void)tn__ring_return(loader->ring, s);
        tn__error_raise(&why);
        return end_with(loader, code);
    }
    fill_batch(loader, s, out);
    loader->out = s;
    loader->delivered++;
    loader->batches++;
    loader->images += out->n_rows;
    if (loader->first_batch_s == 0)
        loader->first_batch_s = tn__now() - loader->started_at;
    return TN_OK;
}

/* What next() says while no epoch runs. */
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
    const int32_t kept = tn__ring_kept(loader->ring, &limit);
    return tn__fail(
        TN_EHELD,
        "no batch can be made: %d are held, and that is all there can be: release some, "
        "or raise `%s` (%d)",
        kept, loader->ring->pump ? "max_outputs" : "depth", limit);
}

/* What next() says while it has no batch. */
static int excuse(tn_loader *loader, int code, int32_t timeout_ms)
{
    switch (code) {
    case TN_END: loader->phase = TN__ENDED; return code;
    case TN_ETIMEOUT: return tn__fail(code, "no batch was ready within %d ms", timeout_ms);
    case TN_EHELD: return all_held(loader);
    default: return end_with(loader, code);
    }
}

int tn__loader_next(tn_loader *loader, tn_batch *out, tn__waiter waiter, int32_t timeout_ms)
{
    tn__loader_return_last(loader);
    if (loader->phase != TN__RUNNING)
        return refuse(loader);
    int32_t slot = -1;
    double waited_s = 0;
    const int code = tn__ring_take(loader->ring, waiter.on_stream, timeout_ms, &slot, &waited_s);
    loader->wait_s += waited_s;
    return code == TN_OK ? deliver(loader, slot, waiter, out) : excuse(loader, code, timeout_ms);
}

int tn__loader_trace_start(tn_loader *loader, const char *path, int64_t max_spans)
{
    const int code = tn__ring_trace_start(loader->ring, path, max_spans);
    if (code == TN_OK)
        loader->pid = getpid(); /* its file does not survive a fork either */
    return code;
}

const char *tn__loader_state(tn_loader *loader)
{
    const tn__schedule *const schedule = &loader->ring->settings.schedule;
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
    int code = tn__state_read(text, &state);
    if (code == TN_OK)
        code = tn__state_match(&loader->identity, &state);
    if (code < 0)
        return code;
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
    const tn__settings *const settings = &loader->ring->settings;
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
    tn__ring_sums(loader->ring, &sums);
    const double *const seconds = sums.seconds;
    const tn__pool *const pool = loader->ring->pool;
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
        .copy_wait_s = sums.copy_wait_s,
        .output_wait_s = sums.output_wait_s,
        .slot_wait_s = sums.slot_wait_s,
        .large_wait_s = seconds[TN__STAGE_LARGE],
        .device_wait_s = sums.device_wait_s,
        .kernel_wait_s = sums.kernel_wait_s,
    };
}
