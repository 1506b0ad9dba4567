/* SPDX-License-Identifier: MIT */
/* Exported calls on coefficient packs: check, then call inward. */
#include "api/check.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"
#include "jobs/pack/job.h"

static const int64_t default_shard_bytes = 256 << 20;

static int check_start(const char *call, const tn_dataset *dataset, const char *path,
                       int32_t threads)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "%s: the data set is NULL", call);
    if (!path || !path[0])
        return tn__fail(TN_EINVAL, "%s: path is missing: the folder to be made", call);
    return tn__check_threads(call, threads);
}

static int check_options(const char *call, const tn_pack_options *options)
{
    if (options->layout != 0 && options->layout != TN_PACK_FAST && options->layout != TN_PACK_SMALL)
        return tn__fail(TN_EINVAL, "%s: layout is %d, not TN_PACK_FAST (%d) or TN_PACK_SMALL (%d)",
                        call, options->layout, TN_PACK_FAST, TN_PACK_SMALL);
    if (options->shard_bytes != 0 && options->shard_bytes < TN_MIN_SHARD_BYTES)
        return tn__fail(TN_EINVAL, "%s: shard_bytes is %lld, below %d", call,
                        (long long)options->shard_bytes, TN_MIN_SHARD_BYTES);
    return tn__check_flag(call, "splits", options->splits);
}

tn_task *tn_pack_start(tn_dataset *dataset, const tn_pack_options *options)
{
    static const char call[] = "tn_pack_start";
    tn_pack_options known;
    if (tn__sized_read(call, options, &known, sizeof known) != TN_OK ||
        check_options(call, &known) != TN_OK ||
        check_start(call, dataset, known.path, known.threads) != TN_OK)
        return NULL;
    if (!known.layout)
        known.layout = TN_PACK_FAST;
    if (!known.threads)
        known.threads = tn__cpu_threads();
    if (!known.shard_bytes)
        known.shard_bytes = default_shard_bytes;
    return tn__pack_start(dataset, &known);
}

tn_task *tn_unpack_start(tn_dataset *pack, const tn_unpack_options *options)
{
    static const char call[] = "tn_unpack_start";
    tn_unpack_options known;
    if (tn__sized_read(call, options, &known, sizeof known) != TN_OK ||
        check_start(call, pack, known.path, known.threads) != TN_OK)
        return NULL;
    if (!known.threads)
        known.threads = tn__cpu_threads();
    return tn__unpack_start(pack, &known);
}

int32_t tn_pack_facts_of(tn_task *task, tn_pack_facts *out)
{
    /* Packing and unpacking have the same facts. */
    const int32_t kind = task && task->ops->kind == TN_TASK_UNPACK ? TN_TASK_UNPACK : TN_TASK_PACK;
    if (tn__check_task("tn_pack_facts_of", task, kind, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_pack_facts facts;
    tn__pack_facts((tn__pack_job *)task, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}
