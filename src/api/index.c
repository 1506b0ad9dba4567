/* SPDX-License-Identifier: MIT */
/* Public calls on random access indexes: they check their arguments, then call the engine. */
#include "jobs/index.h"

#include "api/check.h"
#include "api/task.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"
#include "data/pack/source.h"
#include "spec/read.h"

int32_t tn_dataset_index(const tn_dataset *dataset, tn_index_info *out)
{
    if (tn__check_out("tn_dataset_index", dataset, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_index_info info = {.mode = dataset->index_mode};
    tn__notes *const notes = dataset->aids.notes;
    if (notes) {
        info.known = tn__notes_count(notes, TN__NOTE_AID);
        info.dropped = atomic_load_explicit(&notes->n_dropped, memory_order_relaxed);
        info.warnings = tn__findings_count(&notes->warnings);
    }
    tn__sized_write(out, &info, sizeof info);
    return TN_OK;
}

int32_t tn_dataset_warning(const tn_dataset *dataset, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_dataset_warning";
    if (tn__check_out(call, dataset, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__finding warning;
    if (!dataset->aids.notes || !tn__findings_at(&dataset->aids.notes->warnings, index, &warning))
        return tn__fail(TN_EINVAL, "%s: there is no warning %lld", call, (long long)index);
    const tn_fault fault = tn__fault_of(&warning);
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
    if (!dataset->aids.notes || dataset->index_mode != TN_INDEX_AUTO)
        return TN_OK;
    return tn__notes_save(dataset->aids.notes, timeout_ms < 0 ? INT32_MAX : timeout_ms);
}

tn_task *tn_index_start(tn_dataset *dataset, const tn_index_options *options)
{
    static const char call[] = "tn_index_start";
    tn_index_options known;
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: dataset is NULL", call);
    if (tn__options_read(call, &tn__options_index, options, &known, sizeof known) != TN_OK)
        return NULL;
    const tn__source *const source = dataset->source;
    if (source->ops->traits & TN__PACKED)
        return tn__fail_null(TN_EINVAL, "data set \"%s\" is a pack, which needs no index",
                             source->root);
    if (!source->folder)
        return tn__fail_null(TN_EINVAL,
                             "data set \"%s\" has no images in files, so it can have no index",
                             source->root);
    if (!known.threads)
        known.threads = tn__cpu_threads();
    return tn__index_start(dataset, &known);
}

int32_t tn_index_facts_of(tn_task *task, tn_index_facts *out)
{
    const int status = tn__check_task("tn_index_facts_of", task, TN_TASK_INDEX, out, sizeof *out);
    if (status != TN_OK)
        return status;
    tn_index_facts facts;
    tn__index_facts((tn__indexing *)task, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}

int32_t tn_index_warning(tn_task *task, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_index_warning";
    const int status = tn__check_task(call, task, TN_TASK_INDEX, out, sizeof *out);
    if (status != TN_OK)
        return status;
    tn__findings *const warnings = &((tn__indexing *)task)->aids.notes->warnings;
    tn__finding warning;
    if (task->is_running || !tn__findings_at(warnings, index, &warning))
        return tn__fail(TN_EINVAL, "%s: there is no warning %lld", call, (long long)index);
    const tn_fault fault = tn__fault_of(&warning);
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}
