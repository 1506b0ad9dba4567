/* SPDX-License-Identifier: MIT */
/* Tasks: threads work on all samples of a data set in the background.
 *
 * Each kind of task (survey, index, verify, pack, unpack) is a struct that begins with a tn_task,
 * and a table of operations. For implementers:
 *
 * - Threads call the `visit` of tn__task_run's work. They never touch `is_running` and `failure`:
 *   these belong to the thread that waits.
 * - Facts that change while threads work are atomic, or guarded by a lock in the kind's struct. All
 *   other facts may be read only after the end.
 * - `dispose` must cope with a task that never started. */
#ifndef TENCH_JOBS_TASK_H
#define TENCH_JOBS_TASK_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/each.h"
#include "data/dataset.h"
#include "make/ahead.h"
#include "tench.h"

typedef struct tn__task_ops {
    int32_t kind; /* TN_TASK_SURVEY … */
    /* Wakes threads that wait for each other, so that they end. NULL: no thread ever waits. */
    void (*stop)(tn_task *task);
    /* Samples that are done. NULL: as many as `visit` calls have returned. */
    int64_t (*done)(tn_task *task);
    /* Called once, after the last thread has ended: sums up, stores. `status` is the result of the
     * threads; returns the result of the task. `is_waited` is false in tn__task_destroy: then the
     * call must not wait for other processes. NULL: there is nothing to do. */
    int (*end)(tn_task *task, int status, bool is_waited);
    /* Frees all but the tn_task's own fields, and then the task itself. */
    void (*dispose)(tn_task *task);
    /* The sample that a thread reads when it visits a number; -1: none. NULL: the numbers are
     * samples. */
    int64_t (*sample)(const tn_task *task, int64_t number);
    int64_t head_bytes; /* of a sample that threads read at first; 0: they read it whole */
} tn__task_ops;

/* What the threads of a task tell each other about their reads. See read.h. */
typedef struct tn__task_reads {
    atomic_bool is_ahead; /* samples may be wanted now */
    atomic_llong n, bytes;
    pthread_mutex_t lock; /* protects `ahead` */
    tn__ahead ahead;
} tn__task_reads;

struct tn_task {
    const tn__task_ops *ops;
    tn_dataset *dataset;
    int64_t n; /* samples of the data set */
    tn__each each;
    tn__task_reads reads;
    bool is_running;   /* threads were started, and their end has not been seen */
    pid_t pid;         /* of the process that started the threads */
    tn__error failure; /* how the task ended; code TN_OK: without a failure, or not yet */
};

/* Takes n_bytes for a kind's struct, zeroed, and keeps the data set. NULL: TN_ENOMEM. */
tn_task *tn__task_make(const tn__task_ops *ops, size_t n_bytes, tn_dataset *dataset);
/* Starts the threads; work->shared becomes the task. On failure the task is destroyed: NULL. */
tn_task *tn__task_run(tn_task *task, tn__each_work work);
/* Gives the data set back and frees the task: the last act of each `dispose`. */
void tn__task_free(tn_task *task);

/* TN_EFORK in a forked child: it has a copy of a running task, without the threads. The calls
 * below, except the last, and all that read facts need TN_OK. */
int tn__task_check(const tn_task *task);
/* Waits up to timeout_ms, -1 for ever: TN_ETIMEOUT, or how the task ended. */
int tn__task_wait(tn_task *task, int32_t timeout_ms);
void tn__task_stop(tn_task *task);
int64_t tn__task_done(tn_task *task);
/* Stops, waits for the samples in hand, and frees. Does nothing in a forked child, whose copies of
 * the locks may be taken for ever. Leaves this thread's last failure alone. */
void tn__task_destroy(tn_task *task);

#endif
