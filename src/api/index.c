/* SPDX-License-Identifier: MIT */
/* Exported calls on random access indexes and on verification: check, then call inward. */
#include <assert.h>

#include "base/error.h"
#include "base/thread.h"
#include "data/index/build.h"
#include "data/pack/source.h"
#include "data/verify.h"

/* `size` is the first field of a struct that the caller made. */
static int check_out(const char *call, const void *object, const int32_t *size, size_t right)
{
    if (!object)
        return tn__fail(TN_EINVAL, "%s: the first argument is NULL", call);
    if (!size || *size != (int32_t)right)
        return tn__fail(TN_EINVAL, "%s: out->size is %d; set it to the struct's %zu bytes", call,
                        size ? *size : 0, right);
    return TN_OK;
}

static int check_threads(const char *call, int32_t threads)
{
    if (threads >= 0 && threads <= TN__MAX_THREADS)
        return TN_OK;
    return tn__fail(TN_EINVAL, "%s: threads is %d, not in 0…%d", call, threads, TN__MAX_THREADS);
}

static int check_timeout(const char *call, const void *object, int32_t timeout_ms)
{
    if (!object)
        return tn__fail(TN_EINVAL, "%s: the first argument is NULL", call);
    if (timeout_ms < -1)
        return tn__fail(TN_EINVAL, "%s: timeout_ms is %d; it must be -1 (for ever) or more", call,
                        timeout_ms);
    return TN_OK;
}

static int check_place(const char *call, int64_t index, int64_t n)
{
    if (index >= 0 && index < n)
        return TN_OK;
    return tn__fail(TN_EINVAL, "%s: index is %lld; there are %lld", call, (long long)index,
                    (long long)n);
}

/* A finding as the public struct for faults has it. */
static void fill_fault(const tn_dataset *dataset, const tn__finding *finding, tn_fault *out)
{
    const tn__source *const source = dataset->source;
    assert(out);
    *out = (tn_fault){
        .size = (int32_t)sizeof *out,
        .code = finding->code,
        .epoch = -1,
        .position = -1,
        .sample = finding->sample,
        .stage = finding->stage,
        .name = finding->sample >= 0 ? source->ops->name(source, finding->sample) : "",
        .message = finding->message,
    };
}

int32_t tn_dataset_index(const tn_dataset *dataset, tn_index_info *out)
{
    if (check_out("tn_dataset_index", dataset, out ? &out->size : NULL, sizeof *out) != TN_OK)
        return TN_EINVAL;
    assert(out);
    *out = (tn_index_info){.size = (int32_t)sizeof *out, .mode = dataset->index_mode};
    if (dataset->index)
        tn__index_info(dataset->index, out);
    return TN_OK;
}

int32_t tn_dataset_warning(const tn_dataset *dataset, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_dataset_warning";
    if (check_out(call, dataset, out ? &out->size : NULL, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__finding warning;
    if (!dataset->index || !tn__findings_at(&dataset->index->warnings, index, &warning))
        return tn__fail(TN_EINVAL, "%s: there is no warning %lld", call, (long long)index);
    fill_fault(dataset, &warning, out);
    return TN_OK;
}

tn_indexer *tn_indexer_start(tn_dataset *dataset, const tn_index_options *options)
{
    static const char call[] = "tn_indexer_start";
    if (check_out(call, dataset, options ? &options->size : NULL, sizeof *options) != TN_OK ||
        check_threads(call, options ? options->threads : 0) != TN_OK)
        return NULL;
    assert(options);
    if (options->entries < 0 || options->entries > TN__JPEG_MAX_COLUMNS)
        return tn__fail_null(TN_EINVAL, "%s: entries is %d, not in 0…%d", call, options->entries,
                             TN__JPEG_MAX_COLUMNS);
    if (options->force != 0 && options->force != TN_NO && options->force != TN_YES)
        return tn__fail_null(TN_EINVAL, "%s: force is %d, not TN_NO (%d) or TN_YES (%d)", call,
                             options->force, TN_NO, TN_YES);
    if (tn__pack_is(tn_dataset_root(dataset)))
        return tn__fail_null(TN_EINVAL, "%s: \"%s\" is a pack: it has nothing that an index is for",
                             call, tn_dataset_root(dataset));
    tn_index_options known = *options;
    known.threads = options->threads ? options->threads : tn_cpu_threads();
    known.entries = options->entries ? options->entries : TN__INDEX_COLUMNS;
    return tn__indexer_start(dataset, &known);
}

int32_t tn_indexer_wait(tn_indexer *indexer, int32_t timeout_ms)
{
    if (check_timeout("tn_indexer_wait", indexer, timeout_ms) != TN_OK)
        return TN_EINVAL;
    return tn__indexer_wait(indexer, timeout_ms);
}

int32_t tn_indexer_stop(tn_indexer *indexer)
{
    if (!indexer)
        return tn__fail(TN_EINVAL, "tn_indexer_stop: indexer is NULL");
    if (indexer->is_running)
        tn__each_stop(&indexer->each);
    return TN_OK;
}

void tn_indexer_destroy(tn_indexer *indexer)
{
    if (indexer)
        tn__indexer_destroy(indexer);
}

int32_t tn_indexer_facts(const tn_indexer *indexer, tn_index_facts *out)
{
    if (check_out("tn_indexer_facts", indexer, out ? &out->size : NULL, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__indexer_facts(indexer, out);
    return TN_OK;
}

int32_t tn_indexer_fault(const tn_indexer *indexer, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_indexer_fault";
    if (check_out(call, indexer, out ? &out->size : NULL, sizeof *out) != TN_OK)
        return TN_EINVAL;
    const int64_t n = indexer->is_running ? 0 : (int64_t)indexer->faults.n;
    if (check_place(call, index, n) != TN_OK)
        return TN_EINVAL;
    fill_fault(indexer->dataset, &indexer->faults.list[index], out);
    return TN_OK;
}

tn_verifier *tn_verifier_start(tn_dataset *dataset, int32_t threads)
{
    static const char call[] = "tn_verifier_start";
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: data set is NULL", call);
    if (check_threads(call, threads) != TN_OK)
        return NULL;
    return tn__verifier_start(dataset, threads ? threads : tn_cpu_threads());
}

int32_t tn_verifier_wait(tn_verifier *verifier, int32_t timeout_ms)
{
    if (check_timeout("tn_verifier_wait", verifier, timeout_ms) != TN_OK)
        return TN_EINVAL;
    return tn__verifier_wait(verifier, timeout_ms);
}

int32_t tn_verifier_stop(tn_verifier *verifier)
{
    if (!verifier)
        return tn__fail(TN_EINVAL, "tn_verifier_stop: verifier is NULL");
    if (verifier->is_running)
        tn__each_stop(&verifier->each);
    return TN_OK;
}

void tn_verifier_destroy(tn_verifier *verifier)
{
    if (verifier)
        tn__verifier_destroy(verifier);
}

int32_t tn_verifier_facts(const tn_verifier *verifier, tn_verify_facts *out)
{
    if (check_out("tn_verifier_facts", verifier, out ? &out->size : NULL, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__verifier_facts(verifier, out);
    return TN_OK;
}

int32_t tn_verifier_finding(const tn_verifier *verifier, int64_t index, tn_finding *out)
{
    static const char call[] = "tn_verifier_finding";
    if (check_out(call, verifier, out ? &out->size : NULL, sizeof *out) != TN_OK)
        return TN_EINVAL;
    const int64_t n = verifier->is_running ? 0 : (int64_t)verifier->findings.n;
    if (check_place(call, index, n) != TN_OK)
        return TN_EINVAL;
    const tn__finding *const found = &verifier->findings.list[index];
    const tn__source *const source = verifier->dataset->source;
    assert(out);
    *out = (tn_finding){
        .size = (int32_t)sizeof *out,
        .kind = found->kind,
        .code = found->code,
        .guesses = found->guesses,
        .row = found->row,
        .byte = found->byte,
        .sample = found->sample,
        .stage = found->stage,
        .name = found->sample >= 0 ? source->ops->name(source, found->sample) : "",
        .message = found->message,
    };
    return TN_OK;
}
