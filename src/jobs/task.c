/* SPDX-License-Identifier: MIT */
/* What all tasks share: start, wait, stop, end. See task.h. */
#include "jobs/task.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"

tn_task *tn__task_make(const tn__task_ops *ops, size_t n_bytes, tn_dataset *dataset)
{
    tn_task *const task = calloc(1, n_bytes);
    if (!task)
        return tn__fail_null(TN_ENOMEM, "out of memory: a task");
    task->ops = ops;
    task->dataset = tn__dataset_keep(dataset);
    task->n = dataset->source->n_samples;
    pthread_mutex_init(&task->reads.lock, NULL);
    return task;
}

void tn__task_free(tn_task *task)
{
    pthread_mutex_destroy(&task->reads.lock);
    tn__dataset_release(task->dataset);
    free(task);
}

tn_task *tn__task_run(tn_task *task, tn__each_work work)
{
    work.shared = task;
    tn__ahead_start(&task->reads.ahead, work.n, 0);
    if (tn__each_start(&task->each, &work) != TN_OK) {
        tn__task_destroy(task);
        return NULL;
    }
    task->is_running = true;
    task->pid = getpid();
    return task;
}

static bool is_copy(const tn_task *task)
{
    return task->is_running && task->pid != getpid();
}

int tn__task_check(const tn_task *task)
{
    if (is_copy(task))
        return tn__fail(TN_EFORK,
                        "process %ld started the task, and this is its child %ld: start tasks "
                        "after the fork",
                        (long)task->pid, (long)getpid());
    return TN_OK;
}

/* Joins the threads, which have ended or end after the samples in hand. */
static void end(tn_task *task, bool is_waited)
{
    task->is_running = false;
    int status = tn__each_end(&task->each);
    if (task->ops->end)
        status = task->ops->end(task, status, is_waited);
    if (status != TN_OK)
        tn__error_take(&task->failure);
}

int tn__task_wait(tn_task *task, int32_t timeout_ms)
{
    if (task->is_running) {
        if (!tn__each_wait(&task->each, timeout_ms))
            return tn__fail(TN_ETIMEOUT, "the task is still running");
        end(task, true);
    }
    return task->failure.code == TN_OK ? TN_OK : tn__error_raise(&task->failure);
}

void tn__task_stop(tn_task *task)
{
    if (task->ops->stop)
        task->ops->stop(task);
    if (task->is_running)
        tn__each_stop(&task->each);
}

int64_t tn__task_done(tn_task *task)
{
    return task->ops->done ? task->ops->done(task) : tn__each_done(&task->each);
}

void tn__task_destroy(tn_task *task)
{
    if (is_copy(task))
        return;
    tn__error before;
    tn__error_take(&before);
    tn__task_stop(task);
    if (task->is_running)
        end(task, false);
    task->ops->dispose(task);
    (void)tn__error_raise(&before);
}
