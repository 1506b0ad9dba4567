/* SPDX-License-Identifier: MIT */
/* Runs one action for each number on several threads. See each.h. */
#include "base/each.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/progress.h"

/* Visits numbers until none are left, or until the work is stopped. */
static int visit_all(tn__each *each, void *own)
{
    const tn__each_work *const work = &each->work;
    const int64_t block = work->block > 0 ? work->block : 1;
    for (;;) {
        const int64_t first = atomic_fetch_add_explicit(&each->next, block, memory_order_relaxed);
        const int64_t end = work->n - first < block ? work->n : first + block;
        if (first >= work->n)
            return TN_OK;
        for (int64_t number = first; number < end; number++) {
            if (atomic_load_explicit(&each->stopped, memory_order_relaxed))
                return TN_OK;
            const int status = work->visit(work->shared, own, number);
            if (status != TN_OK)
                return status;
            atomic_fetch_add_explicit(&each->n_done, 1, memory_order_relaxed);
        }
    }
}

static void *run(void *argument)
{
    tn__each *const each = argument;
    void *const own = each->own[atomic_fetch_add(&each->n_owns, 1)];
    const int status = visit_all(each, own);
    if (each->work.leave)
        each->work.leave(own);
    pthread_mutex_lock(&each->lock);
    if (status != TN_OK && each->error.code == TN_OK)
        tn__error_take(&each->error);
    if (status != TN_OK)
        tn__each_stop(each);
    each->n_working--;
    pthread_cond_signal(&each->over);
    pthread_mutex_unlock(&each->lock);
    return NULL;
}

static void free_own(tn__each *each)
{
    for (int32_t thread = 0; each->own && thread < each->work.n_threads; thread++)
        free(each->own[thread]);
    free(each->own);
}

/* Takes the memory of all threads, so that a thread that has started cannot fail before its first
 * visit: other threads may wait for that visit. */
static int take_own(tn__each *each)
{
    const size_t n = (size_t)each->work.n_threads, n_bytes = each->work.own_bytes;
    each->own = calloc(n, sizeof *each->own);
    bool taken = each->own != NULL;
    for (size_t thread = 0; taken && thread < n; thread++) {
        each->own[thread] = calloc(1, n_bytes + 1);
        taken = each->own[thread] != NULL;
    }
    if (taken)
        return TN_OK;
    free_own(each);
    return tn__fail_memory("the memory of the threads", n * n_bytes);
}

static void dispose(tn__each *each)
{
    free_own(each);
    pthread_cond_destroy(&each->over);
    pthread_mutex_destroy(&each->lock);
}

int tn__each_start(tn__each *each, const tn__each_work *work)
{
    *each = (tn__each){.work = *work, .lock = PTHREAD_MUTEX_INITIALIZER};
    int status = take_own(each);
    if (status != TN_OK)
        return status;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&each->over, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_lock(&each->lock); /* until n_working is known */
    status = tn__threads_start(&each->threads, each->work.name, each->work.n_threads, run, each);
    each->n_working = each->threads.n;
    pthread_mutex_unlock(&each->lock);
    if (status != TN_OK)
        dispose(each);
    return status;
}

bool tn__each_wait(tn__each *each, int32_t timeout_ms)
{
    const struct timespec deadline = tn__deadline(timeout_ms);
    int error = 0;
    pthread_mutex_lock(&each->lock);
    while (each->n_working > 0 && error != ETIMEDOUT)
        error = timeout_ms < 0 ? pthread_cond_wait(&each->over, &each->lock)
                               : pthread_cond_timedwait(&each->over, &each->lock, &deadline);
    const bool over = each->n_working == 0;
    pthread_mutex_unlock(&each->lock);
    return over;
}

void tn__each_stop(tn__each *each)
{
    atomic_store_explicit(&each->stopped, true, memory_order_relaxed);
}

int64_t tn__each_done(const tn__each *each)
{
    return atomic_load_explicit(&each->n_done, memory_order_relaxed);
}

int64_t tn__each_taken(const tn__each *each)
{
    const int64_t next = atomic_load_explicit(&each->next, memory_order_relaxed);
    return next < each->work.n ? next : each->work.n;
}

int tn__each_end(tn__each *each)
{
    tn__threads_join(&each->threads);
    dispose(each);
    return each->error.code == TN_OK ? TN_OK : tn__error_raise(&each->error);
}

int tn__each_run(const tn__each_work *work, tn__each_watch watch)
{
    tn__each each;
    int status = tn__each_start(&each, work);
    if (status != TN_OK)
        return status;
    tn__progress line;
    tn__progress_begin(&line, watch.progress);
    bool stopped = false;
    while (!tn__each_wait(&each, TN__PROGRESS_MS)) {
        tn__progress_show(&line, "%s: %lld of %lld", watch.doing, (long long)tn__each_done(&each),
                          (long long)work->n);
        if (!stopped && tn__is_stopped(watch.stop)) {
            stopped = true;
            tn__each_stop(&each);
        }
    }
    tn__progress_end(&line);
    const int64_t n_done = tn__each_done(&each);
    status = tn__each_end(&each);
    if (status == TN_OK && stopped && n_done < work->n)
        return tn__fail(TN_ESTOPPED, "stopped while %s: %lld of %lld were done", watch.doing,
                        (long long)n_done, (long long)work->n);
    return status;
}
