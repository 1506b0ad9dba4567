/* SPDX-License-Identifier: MIT */
/* Public calls on tasks of any kind: they check their arguments, then call the engine. */
#include "api/task.h"

#include "api/check.h"
#include "base/error.h"
#include "base/sized.h"
#include "jobs/index.h"
#include "jobs/survey.h"

int tn__check_task(const char *call, const tn_task *task, int32_t kind, const void *out,
                   size_t n_bytes)
{
    static const char *const names[] = {
        [TN_TASK_SURVEY] = "survey", [TN_TASK_INDEX] = "index",   [TN_TASK_VERIFY] = "verify",
        [TN_TASK_PACK] = "pack",     [TN_TASK_UNPACK] = "unpack",
    };
    if (tn__check_out(call, task, out, n_bytes) != TN_OK)
        return TN_EINVAL;
    if (task->ops->kind != kind)
        return tn__fail(TN_EINVAL, "%s: this is a task of kind %s, not %s", call,
                        names[task->ops->kind], names[kind]);
    return tn__task_check(task);
}

int32_t tn_task_wait(tn_task *task, int32_t timeout_ms)
{
    static const char call[] = "tn_task_wait";
    if (!task)
        return tn__fail(TN_EINVAL, "%s: task is NULL", call);
    if (tn__check_timeout(call, timeout_ms) != TN_OK)
        return TN_EINVAL;
    const int status = tn__task_check(task);
    return status == TN_OK ? tn__task_wait(task, timeout_ms) : status;
}

int32_t tn_task_stop(tn_task *task)
{
    if (!task)
        return tn__fail(TN_EINVAL, "tn_task_stop: task is NULL");
    const int status = tn__task_check(task);
    if (status == TN_OK)
        tn__task_stop(task);
    return status;
}

int32_t tn_task_progress(tn_task *task, tn_progress *out)
{
    if (tn__check_out("tn_task_progress", task, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    const int status = tn__task_check(task);
    if (status != TN_OK)
        return status;
    const tn_progress progress = {
        .kind = task->ops->kind, .samples = task->n, .done = tn__task_done(task)};
    tn__sized_write(out, &progress, sizeof progress);
    return TN_OK;
}

void tn_task_destroy(tn_task *task)
{
    if (task)
        tn__task_destroy(task);
}

/* A task's list of faults; NULL: this kind has none. */
static const tn__findings *faults_of(const tn_task *task)
{
    switch (task->ops->kind) {
    case TN_TASK_SURVEY: return &((const tn__survey *)task)->faults;
    case TN_TASK_INDEX: return &((const tn__indexing *)task)->faults;
    default: return NULL;
    }
}

int32_t tn_task_fault(tn_task *task, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_task_fault";
    if (tn__check_out(call, task, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    const tn__findings *const faults = faults_of(task);
    if (!faults)
        return tn__fail(TN_EINVAL, "%s: only a survey and an index task keep faults", call);
    const int status = tn__task_check(task);
    if (status != TN_OK)
        return status;
    if (tn__check_place(call, index, task->is_running ? 0 : (int64_t)faults->n) != TN_OK)
        return TN_EINVAL;
    const tn_fault fault = tn__fault_of(&faults->list[index]);
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}
