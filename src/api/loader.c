/* SPDX-License-Identifier: MIT */
/* Exported calls on loaders: check, then call inward. */
#include "load/loader.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static int check_out(const char *call, const void *out, int32_t size, size_t needed)
{
    if (!out)
        return tn__fail(TN_EINVAL, "%s: out is NULL", call);
    if (size < (int32_t)needed)
        return tn__fail(TN_EINVAL, "%s: out->size is %d; set it to the struct's %zu bytes", call,
                        size, needed);
    return TN_OK;
}

static int check_loader(const char *call, const tn_loader *loader)
{
    if (!loader)
        return tn__fail(TN_EINVAL, "%s: loader is NULL", call);
    return tn__loader_check(loader);
}

/* The caller's struct may be shorter than ours (an older header): the rest is zero then. */
static int copy_options(const tn_loader_options *options, tn_loader_options *out)
{
    const size_t least = offsetof(tn_loader_options, seed);
    if (!options || options->size < (int32_t)least)
        return tn__fail(TN_EINVAL,
                        "tn_loader_create: options are NULL or options->size is not set");
    const size_t given = (size_t)options->size;
    const char *const bytes = (const char *)options;
    for (size_t b = sizeof *out; b < given; b++)
        if (bytes[b])
            return tn__fail(TN_EINVAL,
                            "tn_loader_create: options of %zu bytes, this library knows "
                            "%zu: it is older than the header",
                            given, sizeof *out);
    *out = (tn_loader_options){0};
    memcpy(out, options, given < sizeof *out ? given : sizeof *out);
    return TN_OK;
}

tn_loader *tn_loader_create(tn_dataset *dataset, tn_transform *transform,
                            const tn_loader_options *options)
{
    tn_loader_options known;
    if (!dataset || !transform)
        return tn__fail_null(TN_EINVAL, "tn_loader_create: %s is NULL",
                             dataset ? "transform" : "dataset");
    if (copy_options(options, &known) < 0)
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
    if (check_loader("tn_loader_start", loader) < 0)
        return tn__error_last()->code;
    if (epoch < 0 || epoch == INT64_MAX) /* a state can name the epoch behind it */
        return tn__fail(TN_EINVAL, "tn_loader_start: epoch is %lld; it must be 0 to 2^63 - 2",
                        (long long)epoch);
    return tn__loader_start(loader, epoch, 0);
}

int32_t tn_loader_next(tn_loader *loader, tn_batch *out, int32_t timeout_ms)
{
    if (check_loader("tn_loader_next", loader) < 0 ||
        check_out("tn_loader_next", out, out ? out->size : 0, sizeof *out) < 0)
        return tn__error_last()->code;
    if (timeout_ms < -1)
        return tn__fail(TN_EINVAL,
                        "tn_loader_next: timeout_ms is %d; it must be -1 (for ever) or "
                        "more",
                        timeout_ms);
    return tn__loader_next(loader, out, timeout_ms);
}

int32_t tn_loader_stop(tn_loader *loader)
{
    if (check_loader("tn_loader_stop", loader) < 0)
        return tn__error_last()->code;
    tn__loader_stop(loader);
    return TN_OK;
}

int64_t tn_loader_batches(const tn_loader *loader)
{
    return loader ? tn__schedule_count(&loader->ring->recipe.schedule, 0) : 0;
}

int32_t tn_loader_fd(tn_loader *loader)
{
    if (check_loader("tn_loader_fd", loader) < 0)
        return -1;
    return tn__ring_fd(loader->ring);
}

int32_t tn_loader_budget(const tn_loader *loader, tn_budget *out)
{
    if (!loader)
        return tn__fail(TN_EINVAL, "tn_loader_budget: loader is NULL");
    if (check_out("tn_loader_budget", out, out ? out->size : 0, sizeof *out) < 0)
        return TN_EINVAL;
    tn__loader_budget(loader, out);
    return TN_OK;
}

int32_t tn_loader_stats(const tn_loader *loader, tn_stats *out)
{
    if (check_loader("tn_loader_stats", loader) < 0 ||
        check_out("tn_loader_stats", out, out ? out->size : 0, sizeof *out) < 0)
        return tn__error_last()->code;
    tn__loader_stats(loader, out);
    return TN_OK;
}

int64_t tn_loader_faults(const tn_loader *loader)
{
    return loader ? loader->faults.n : 0;
}

int32_t tn_loader_fault(const tn_loader *loader, int64_t index, tn_fault *out)
{
    if (!loader)
        return tn__fail(TN_EINVAL, "tn_loader_fault: loader is NULL");
    if (check_out("tn_loader_fault", out, out ? out->size : 0, sizeof *out) < 0)
        return TN_EINVAL;
    assert(out);
    if (index < 0 || index >= loader->faults.n)
        return tn__fail(TN_EINVAL, "tn_loader_fault: index is %lld; there are %lld faults",
                        (long long)index, (long long)loader->faults.n);
    const tn__note *const note = loader->faults.notes[index];
    *out = (tn_fault){
        .size = (int32_t)sizeof *out,
        .code = note->code,
        .epoch = note->epoch,
        .position = note->position,
        .sample = note->sample,
        .stage = note->stage,
        .name = note->name,
        .message = note->message,
    };
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
    if (check_loader("tn_loader_resume", loader) < 0)
        return tn__error_last()->code;
    if (!state)
        return tn__fail(TN_EINVAL, "tn_loader_resume: state is NULL");
    return tn__loader_resume(loader, state);
}
