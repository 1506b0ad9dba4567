/* SPDX-License-Identifier: MIT */
/* One action for each number 0 … n - 1, by threads: surveys, verification, indexing, packing.
 *
 * Threads draw blocks of numbers from a counter, so that the work is shared out evenly however long
 * a number takes. The thread that started them waits in slices, and can look at what has been done
 * or stop it in between. The first action that fails ends the work. */
#ifndef TENCH_BASE_EACH_H
#define TENCH_BASE_EACH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/thread.h"

typedef struct tn__each_work {
    const char *name; /* of the threads, as "tench/survey"; static */
    int64_t n;
    int32_t n_threads;
    int32_t block;    /* numbers that a thread draws at once; 0: one */
    void *shared;     /* handed to each call */
    size_t own_bytes; /* of what a thread keeps for itself: zero at first */
    /* The action: TN_OK, or a recorded failure that ends all. */
    int (*visit)(void *shared, void *own, int64_t number);
    /* When a thread is done; NULL: nothing to do. */
    void (*leave)(void *own);
} tn__each_work;

typedef struct tn__each {
    tn__each_work work;
    tn__threads threads;
    atomic_llong next, n_done;
    atomic_bool stopped;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t over;
    int32_t n_working;
    tn__error error; /* the first failure: code 0 if there is none */
} tn__each;

/* Starts the threads. On failure (TN_ENOMEM) there is nothing to end. */
int tn__each_start(tn__each *each, const tn__each_work *work);
/* True once no thread works any more; waits for that up to timeout_ms, -1 for ever. */
bool tn__each_wait(tn__each *each, int32_t timeout_ms);
/* No number is begun from now on. */
void tn__each_stop(tn__each *each);
/* Numbers that are done. */
int64_t tn__each_done(const tn__each *each);
/* Waits for the threads and frees them. The first failure, raised again, or TN_OK. */
int tn__each_end(tn__each *each);
/* How a call that waits for the end is watched, and ended. */
typedef struct tn__each_watch {
    const char *doing;   /* as "reading headers" */
    bool progress;       /* shows a line: "reading headers: 5 of 10" */
    const int32_t *stop; /* of tn__is_stopped: then TN_ESTOPPED */
} tn__each_watch;
/* All of it in one call. */
int tn__each_run(const tn__each_work *work, tn__each_watch watch);

#endif
