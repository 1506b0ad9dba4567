/* SPDX-License-Identifier: MIT */
/* Exported calls on random access indexes and on verification: check, then call inward. */
#include "jobs/index.h"
#include "api/check.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"
#include "data/pack/source.h"
#include "jobs/verify.h"

int32_t tn_dataset_index(const tn_dataset *dataset, tn_index_info *out)
{
    if (tn__check_out("tn_dataset_index", dataset, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_index_info info = {.mode = dataset->index_mode};
    if (dataset->index)
        tn__notes_info(dataset->index, &info);
    tn__sized_write(out, &info, sizeof info);
    return TN_OK;
}

int32_t tn_dataset_warning(const tn_dataset *dataset, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_dataset_warning";
    if (tn__check_out(call, dataset, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__finding warning;
    if (!dataset->index || !tn__findings_at(&dataset->index->warnings, index, &warning))
        return tn__fail(TN_EINVAL, "%s: there is no warning %lld", call, (long long)index);
    const tn_fault fault = tn__fault_of(dataset, &warning);
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}

int32_t tn_dataset_index_store(tn_dataset *dataset, int32_t timeout_ms)
{
    static const char call[] = "tn_dataset_index_store";
    if (!dataset)
        return tn__fail(TN_EINVAL, "%s: dataset is NULL", call);
    if (tn__check_timeout(call, timeout_ms) != TN_OK)
        return TN_EINVAL;
    if (!dataset->index || dataset->index_mode != TN_INDEX_AUTO)
        return TN_OK;
    return tn__notes_save(dataset->index, timeout_ms < 0 ? INT32_MAX : timeout_ms);
}

tn_indexer *tn_indexer_start(tn_dataset *dataset, const tn_index_options *options)
{
    static const char call[] = "tn_indexer_start";
    tn_index_options known;
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: dataset is NULL", call);
    if (tn__sized_read(call, options, &known, sizeof known) != TN_OK ||
        tn__check_threads(call, known.threads) != TN_OK ||
        tn__check_flag(call, "force", known.force) != TN_OK)
        return NULL;
    if (known.entries < 0 || known.entries > TN__JPEG_MAX_COLUMNS)
        return tn__fail_null(TN_EINVAL, "%s: entries is %d, not in 0…%d", call, known.entries,
                             TN__JPEG_MAX_COLUMNS);
    if (tn__pack_is_source(dataset->source))
        return tn__fail_null(TN_EINVAL, "%s: \"%s\" is a pack: it has nothing that an index is for",
                             call, tn_dataset_root(dataset));
    if (!known.threads)
        known.threads = tn_cpu_threads();
    if (!known.entries)
        known.entries = TN__INDEX_COLUMNS;
    return tn__indexer_start(dataset, &known);
}

int32_t tn_indexer_wait(tn_indexer *indexer, int32_t timeout_ms)
{
    static const char call[] = "tn_indexer_wait";
    if (!indexer)
        return tn__fail(TN_EINVAL, "%s: indexer is NULL", call);
    if (tn__check_timeout(call, timeout_ms) != TN_OK)
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
    if (tn__check_out("tn_indexer_facts", indexer, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_index_facts facts;
    tn__indexer_facts(indexer, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}

int32_t tn_indexer_fault(const tn_indexer *indexer, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_indexer_fault";
    if (tn__check_out(call, indexer, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    const int64_t n = indexer->is_running ? 0 : (int64_t)indexer->faults.n;
    if (tn__check_place(call, index, n) != TN_OK)
        return TN_EINVAL;
    const tn_fault fault = tn__fault_of(indexer->dataset, &indexer->faults.list[index]);
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}

int32_t tn_indexer_warning(tn_indexer *indexer, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_indexer_warning";
    if (tn__check_out(call, indexer, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__finding warning;
    if (indexer->is_running || !tn__findings_at(&indexer->index->warnings, index, &warning))
        return tn__fail(TN_EINVAL, "%s: there is no warning %lld", call, (long long)index);
    const tn_fault fault = tn__fault_of(indexer->dataset, &warning);
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}

tn_verifier *tn_verifier_start(tn_dataset *dataset, int32_t threads)
{
    static const char call[] = "tn_verifier_start";
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: data set is NULL", call);
    if (tn__check_threads(call, threads) != TN_OK)
        return NULL;
    return tn__verifier_start(dataset, threads ? threads : tn_cpu_threads());
}

int32_t tn_verifier_wait(tn_verifier *verifier, int32_t timeout_ms)
{
    static const char call[] = "tn_verifier_wait";
    if (!verifier)
        return tn__fail(TN_EINVAL, "%s: verifier is NULL", call);
    if (tn__check_timeout(call, timeout_ms) != TN_OK)
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
    if (tn__check_out("tn_verifier_facts", verifier, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_verify_facts facts;
    tn__verifier_facts(verifier, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}

int32_t tn_verifier_finding(const tn_verifier *verifier, int64_t index, tn_finding *out)
{
    static const char call[] = "tn_verifier_finding";
    if (tn__check_out(call, verifier, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    const int64_t n = verifier->is_running ? 0 : (int64_t)verifier->findings.n;
    if (tn__check_place(call, index, n) != TN_OK)
        return TN_EINVAL;
    const tn__finding *const found = &verifier->findings.list[index];
    const tn__source *const source = verifier->dataset->source;
    const tn_finding finding = {
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
    tn__sized_write(out, &finding, sizeof finding);
    return TN_OK;
}
