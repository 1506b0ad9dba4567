/* SPDX-License-Identifier: MIT */
/* Public calls on verification: they check their arguments, then call the engine. */
#include "jobs/verify.h"

#include "api/check.h"
#include "api/task.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"
#include "spec/read.h"

tn_task *tn_verify_start(tn_dataset *dataset, const tn_verify_options *options)
{
    static const char call[] = "tn_verify_start";
    tn_verify_options known;
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: dataset is NULL", call);
    if (tn__options_read(call, &tn__options_verify, options, &known, sizeof known) != TN_OK)
        return NULL;
    return tn__verify_start(dataset, known.threads ? known.threads : tn__cpu_threads());
}

int32_t tn_verify_facts_of(tn_task *task, tn_verify_facts *out)
{
    const int status = tn__check_task("tn_verify_facts_of", task, TN_TASK_VERIFY, out, sizeof *out);
    if (status != TN_OK)
        return status;
    tn_verify_facts facts;
    tn__verify_facts((tn__verification *)task, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}

int32_t tn_verify_finding(tn_task *task, int64_t index, tn_finding *out)
{
    static const char call[] = "tn_verify_finding";
    const int status = tn__check_task(call, task, TN_TASK_VERIFY, out, sizeof *out);
    if (status != TN_OK)
        return status;
    const tn__verification *const verification = (tn__verification *)task;
    const int64_t n = task->is_running ? 0 : (int64_t)verification->findings.n;
    if (tn__check_place(call, index, n) != TN_OK)
        return TN_EINVAL;
    const tn__finding *const found = &verification->findings.list[index];
    const tn_finding finding = {
        .kind = found->kind,
        .code = found->code,
        .guesses = found->guesses,
        .row = found->row,
        .byte = found->byte,
        .sample = found->sample,
        .stage = found->stage,
        .name = found->name,
        .message = found->message,
    };
    tn__sized_write(out, &finding, sizeof finding);
    return TN_OK;
}
