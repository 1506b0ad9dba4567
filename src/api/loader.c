/* SPDX-License-Identifier: MIT */
/* Public calls on loaders: they check their arguments, then call the engine. */
#include "load/loader.h"

#include <stddef.h>

#include "api/check.h"
#include "base/sized.h"
#include "spec/read.h"

static int check_loader(const char *call, const tn_loader *loader)
{
    if (!loader)
        return tn__fail(TN_EINVAL, "%s: loader is NULL", call);
    return tn__loader_check(loader);
}

tn_loader *tn_loader_create(tn_dataset *dataset, tn_transform *transform,
                            const tn_loader_options *options)
{
    tn_loader_options known;
    if (!dataset || !transform)
        return tn__fail_null(TN_EINVAL, "tn_loader_create: %s is NULL",
                             dataset ? "transform" : "dataset");
    if (tn__options_read("tn_loader_create", &tn__options_loader, options, &known, sizeof known) !=
        TN_OK)
        return NULL;
    return tn__loader_create(dataset, transform, &known);
}

void tn_loader_destroy(tn_loader *loader)
{
    if (loader)
        tn__loader_destroy(loader);
}

int32_t tn_loader_start(tn_loader *loader, int64_t epoch)
{
    const int status = check_loader("tn_loader_start", loader);
    if (status != TN_OK)
        return status;
    if (epoch < 0 || epoch == INT64_MAX) /* a state may name the epoch after it */
        return tn__fail(TN_EINVAL, "tn_loader_start: epoch is %lld; it must be 0 to 2^63 - 2",
                        (long long)epoch);
    return tn__loader_start(loader, epoch, 0);
}

static int next(const char *call, tn_loader *loader, tn_batch *out, tn__waiter waiter,
                int32_t timeout_ms)
{
    /* Calls on a batch read these fields. */
    const size_t least = offsetof(tn_batch, rows) + sizeof out->rows;
    int status = check_loader(call, loader);
    if (status == TN_OK)
        status = tn__sized_check(call, "out", out, sizeof *out, least);
    if (status == TN_OK)
        status = tn__check_timeout(call, timeout_ms);
    if (status != TN_OK)
        return status;
    return tn__loader_next(loader, out, waiter, timeout_ms);
}

int32_t tn_loader_next(tn_loader *loader, tn_batch *out, int32_t timeout_ms)
{
    return next("tn_loader_next", loader, out, (tn__waiter){0}, timeout_ms);
}

int32_t tn_loader_next_on(tn_loader *loader, tn_batch *out, void *stream, int32_t timeout_ms)
{
    const tn__waiter waiter = {.on_stream = true, .stream = stream};
    return next("tn_loader_next_on", loader, out, waiter, timeout_ms);
}

int32_t tn_loader_stop(tn_loader *loader)
{
    const int status = check_loader("tn_loader_stop", loader);
    if (status != TN_OK)
        return status;
    tn__loader_stop(loader);
    return TN_OK;
}

int64_t tn_loader_batches(const tn_loader *loader)
{
    return loader ? tn__schedule_count(&loader->feed->settings.schedule, 0) : 0;
}

int32_t tn_loader_fd(tn_loader *loader)
{
    if (check_loader("tn_loader_fd", loader) != TN_OK)
        return -1;
    return tn__feed_fd(loader->feed);
}

int32_t tn_loader_budget(const tn_loader *loader, tn_budget *out)
{
    if (tn__check_out("tn_loader_budget", loader, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_budget budget;
    tn__loader_budget(loader, &budget);
    tn__sized_write(out, &budget, sizeof budget);
    return TN_OK;
}

int32_t tn_loader_stats(const tn_loader *loader, tn_stats *out)
{
    int status = check_loader("tn_loader_stats", loader);
    if (status == TN_OK)
        status = tn__sized_check("tn_loader_stats", "out", out, sizeof *out, 0);
    if (status != TN_OK)
        return status;
    tn_stats stats;
    tn__loader_stats(loader, &stats);
    tn__sized_write(out, &stats, sizeof stats);
    return TN_OK;
}

int32_t tn_loader_trace_start(tn_loader *loader, const char *path, int64_t max_spans)
{
    static const char call[] = "tn_loader_trace_start";
    enum { SPANS = 1 << 20 };
    const int status = check_loader(call, loader);
    if (status != TN_OK)
        return status;
    if (!path || !path[0])
        return tn__fail(TN_EINVAL, "%s: path is %s", call, path ? "empty" : "NULL");
    if (max_spans < 0 || max_spans > TN_MAX_TRACE_SPANS)
        return tn__fail(TN_EINVAL, "%s: max_spans is %lld; it must be 0 to %d", call,
                        (long long)max_spans, TN_MAX_TRACE_SPANS);
    return tn__loader_trace_start(loader, path, max_spans ? max_spans : SPANS);
}

int32_t tn_loader_trace_stop(tn_loader *loader, tn_trace_facts *out)
{
    static const char call[] = "tn_loader_trace_stop";
    int status = check_loader(call, loader);
    if (status == TN_OK && out)
        status = tn__sized_check(call, "out", out, sizeof *out, 0);
    if (status != TN_OK)
        return status;
    tn_trace_facts facts = {0};
    status = tn__feed_trace_stop(loader->feed, &facts);
    if (out)
        tn__sized_write(out, &facts, sizeof facts);
    return status;
}

int64_t tn_loader_faults(const tn_loader *loader)
{
    return loader ? loader->faults.n : 0;
}

int32_t tn_loader_fault(const tn_loader *loader, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_loader_fault";
    if (tn__check_out(call, loader, out, sizeof *out) != TN_OK ||
        tn__check_place(call, index, tn__faults_kept(&loader->faults)) != TN_OK)
        return TN_EINVAL;
    const tn__fault_note *const note = loader->faults.notes[index];
    const tn_fault fault = {
        .code = note->code,
        .epoch = note->epoch,
        .position = note->position,
        .sample = note->sample,
        .stage = note->stage,
        .name = tn__fault_note_name(note),
        .message = note->message,
        .system_error = note->system_error,
    };
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}

int64_t tn_loader_faulty_files(const tn_loader *loader)
{
    return loader ? loader->faults.tally.n : 0;
}

int32_t tn_loader_faulty_file(const tn_loader *loader, int64_t index, tn_faulty_file *out)
{
    static const char call[] = "tn_loader_faulty_file";
    if (tn__check_out(call, loader, out, sizeof *out) != TN_OK ||
        tn__check_place(call, index, loader->faults.tally.n) != TN_OK)
        return TN_EINVAL;
    const tn__tally_entry *const entry = &loader->faults.tally.entries[index];
    const tn__source *const source = loader->feed->settings.dataset->source;
    const tn_faulty_file file = {.sample = entry->sample,
                                 .faults = entry->count,
                                 .name = tn__source_name(source, entry->sample)};
    tn__sized_write(out, &file, sizeof file);
    return TN_OK;
}

const char *tn_loader_state(tn_loader *loader)
{
    if (!loader)
        return tn__fail_null(TN_EINVAL, "tn_loader_state: loader is NULL");
    return tn__loader_state(loader);
}

int32_t tn_loader_resume(tn_loader *loader, const char *state)
{
    const int status = check_loader("tn_loader_resume", loader);
    if (status != TN_OK)
        return status;
    if (!state)
        return tn__fail(TN_EINVAL, "tn_loader_resume: state is NULL");
    return tn__loader_resume(loader, state);
}
