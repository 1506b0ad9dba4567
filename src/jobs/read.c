/* SPDX-License-Identifier: MIT */
/* Reads samples for the threads of a task. See read.h. */
#include "jobs/read.h"

#include "base/error.h"
#include "base/thread.h"

static int64_t sample_of(const tn_task *task, int64_t number)
{
    return task->ops->sample ? task->ops->sample(task, number) : number;
}

/* The part of a sample that the task reads at first. */
static tn__part part_of(const tn_task *task, int64_t sample)
{
    const tn__source *const source = task->dataset->source;
    const int64_t head_bytes = task->ops->head_bytes;
    tn__part part = source->ops->part(source, sample);
    if (head_bytes > 0 && (part.length < 0 || part.length > head_bytes))
        part.length = head_bytes;
    return part;
}

static tn__ahead_view view_of(tn_task *task)
{
    const int64_t n = atomic_load_explicit(&task->reads.n, memory_order_relaxed);
    const int64_t bytes = atomic_load_explicit(&task->reads.bytes, memory_order_relaxed);
    return (tn__ahead_view){.claimed = tn__each_taken(&task->each),
                            .mean_bytes = n > 0 ? bytes / n : 0,
                            .n_threads = task->each.work.n_threads};
}

/* Chooses the parts to read ahead now; returns how many. Locked. */
static int32_t choose_parts(tn_task *task, tn__part parts[TN__AHEAD_STEP])
{
    tn__task_reads *const reads = &task->reads;
    const tn__ahead_view view = view_of(task);
    int64_t numbers[TN__AHEAD_STEP];
    int32_t n_parts = 0;
    if (view.claimed >= reads->ahead.until)
        atomic_store_explicit(&reads->is_ahead, false, memory_order_relaxed);
    if (!tn__ahead_is_due(&reads->ahead, &view))
        return 0;
    const int32_t n = tn__ahead_take(&reads->ahead, &view, numbers);
    for (int32_t i = 0; i < n; i++) {
        const int64_t sample = sample_of(task, numbers[i]);
        if (sample >= 0)
            parts[n_parts++] = part_of(task, sample);
    }
    return n_parts;
}

/* Asks the source for samples that come next. While another thread chooses them, this one goes on
 * with its own sample. */
static void want_next(tn_task *task)
{
    const tn__source *const source = task->dataset->source;
    tn__part parts[TN__AHEAD_STEP];
    if (pthread_mutex_trylock(&task->reads.lock) != 0)
        return;
    const int32_t n = choose_parts(task, parts);
    pthread_mutex_unlock(&task->reads.lock);
    if (n > 0)
        source->ops->want(source, parts, n);
}

static void note_wait(tn_task *task, int64_t number)
{
    tn__task_reads *const reads = &task->reads;
    pthread_mutex_lock(&reads->lock);
    tn__ahead_waited(&reads->ahead, number);
    if (reads->ahead.until > 0)
        atomic_store_explicit(&reads->is_ahead, true, memory_order_relaxed);
    pthread_mutex_unlock(&reads->lock);
}

/* What a thread knows about its read. */
typedef struct watch {
    bool watches;
    int64_t waits; /* of the thread, before the read */
} watch;

static watch begin(const tn_task *task, int64_t number)
{
    const bool watches = task->dataset->source->ops->want && tn__ahead_watches(number);
    return (watch){watches, watches ? tn__thread_waits() : 0};
}

/* Wants nothing after a failure: the thread's last failure must stay as it is. */
static void end(tn_task *task, int64_t number, watch seen, const tn__buffer *file, int status)
{
    tn__task_reads *const reads = &task->reads;
    if (status != TN_OK)
        return;
    atomic_fetch_add_explicit(&reads->n, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&reads->bytes, (int64_t)file->size, memory_order_relaxed);
    if (seen.watches && tn__thread_waits() != seen.waits)
        note_wait(task, number);
    if (atomic_load_explicit(&reads->is_ahead, memory_order_relaxed))
        want_next(task);
}

int tn__task_read(tn_task *task, int64_t number, tn__buffer *file)
{
    const watch seen = begin(task, number);
    const int status = tn__dataset_read_in_turn(task->dataset, sample_of(task, number), file);
    end(task, number, seen, file, status);
    return status;
}

int tn__task_read_header(tn_task *task, int64_t number, tn__buffer *file, tn__info *info,
                         int64_t *file_bytes)
{
    const watch seen = begin(task, number);
    const int status =
        tn__read_header(task->dataset, sample_of(task, number), file, info, file_bytes);
    end(task, number, seen, file, status);
    return status;
}
