/* SPDX-License-Identifier: MIT */
/* Exported calls on coefficient packs: check, then call inward. */
#include "api/check.h"
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

tn_pack_job *tn_pack_start(tn_dataset *dataset, const tn_pack_options *options)
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
        known.threads = tn_cpu_threads();
    if (!known.shard_bytes)
        known.shard_bytes = default_shard_bytes;
    return tn__pack_start(dataset, &known);
}

tn_pack_job *tn_unpack_start(tn_dataset *pack, const char *path, int32_t threads)
{
    if (check_start("tn_unpack_start", pack, path, threads) != TN_OK)
        return NULL;
    return tn__unpack_start(pack, path, threads ? threads : tn_cpu_threads());
}

int32_t tn_pack_job_wait(tn_pack_job *job, int32_t timeout_ms)
{
    static const char call[] = "tn_pack_job_wait";
    if (!job)
        return tn__fail(TN_EINVAL, "%s: the job is NULL", call);
    if (tn__check_timeout(call, timeout_ms) != TN_OK)
        return TN_EINVAL;
    return tn__pack_job_wait(job, timeout_ms);
}

int32_t tn_pack_job_stop(tn_pack_job *job)
{
    if (!job)
        return tn__fail(TN_EINVAL, "tn_pack_job_stop: the job is NULL");
    tn__pack_job_stop(job);
    return TN_OK;
}

void tn_pack_job_destroy(tn_pack_job *job)
{
    if (job)
        tn__pack_job_destroy(job);
}

int32_t tn_pack_job_facts(tn_pack_job *job, tn_pack_facts *out)
{
    if (tn__check_out("tn_pack_job_facts", job, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_pack_facts facts;
    tn__pack_job_facts(job, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}
