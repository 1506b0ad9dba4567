/* SPDX-License-Identifier: MIT */
/* Public calls on packs: they check their arguments, then call the engine. */
#include "jobs/pack/pack.h"
#include "api/task.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"
#include "jobs/pack/job.h"
#include "jobs/pack/unpack.h"
#include "spec/read.h"

tn_task *tn_pack_start(tn_dataset *dataset, const tn_pack_options *options)
{
    static const char call[] = "tn_pack_start";
    tn_pack_options known;
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: dataset is NULL", call);
    if (tn__options_read(call, &tn__options_pack, options, &known, sizeof known) != TN_OK)
        return NULL;
    if (!known.threads)
        known.threads = tn__cpu_threads();
    return tn__pack_start(dataset, &known);
}

tn_task *tn_unpack_start(tn_dataset *pack, const tn_unpack_options *options)
{
    static const char call[] = "tn_unpack_start";
    tn_unpack_options known;
    if (!pack)
        return tn__fail_null(TN_EINVAL, "%s: pack is NULL", call);
    if (tn__options_read(call, &tn__options_unpack, options, &known, sizeof known) != TN_OK)
        return NULL;
    if (!known.threads)
        known.threads = tn__cpu_threads();
    return tn__unpack_start(pack, &known);
}

int32_t tn_pack_facts_of(tn_task *task, tn_pack_facts *out)
{
    /* Packing and unpacking have the same facts. */
    const int32_t kind = task && task->ops->kind == TN_TASK_UNPACK ? TN_TASK_UNPACK : TN_TASK_PACK;
    const int status = tn__check_task("tn_pack_facts_of", task, kind, out, sizeof *out);
    if (status != TN_OK)
        return status;
    tn_pack_facts facts;
    tn__pack_facts((tn__pack_job *)task, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}
