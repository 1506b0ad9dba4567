/* SPDX-License-Identifier: MIT */
/* Runs one action for each number 0 … n - 1 on several threads: surveys, verification, indexing,
 * packing.
 *
 * Threads take blocks of numbers from a counter, so the work stays balanced even if some numbers
 * take longer. The thread that started them waits in slices. Between the slices it can read the
 * progress or stop the work. The first failing action ends the work. */
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
    const char *name; /* of the threads, for example "tench/survey"; static */
    int64_t n;
    int32_t n_threads;
    int32_t block;    /* numbers that a thread takes at once; 0: one */
    void *shared;     /* passed to each call */
    size_t own_bytes; /* of memory for each thread, zero at first */
    /* The action. A failure, which it has recorded, ends the work. */
    int (*visit)(void *shared, void *own, int64_t number);
    /* Called when a thread ends; may be NULL. */
    void (*leave)(void *own);
} tn__each_work;

typedef struct tn__each {
    tn__each_work work;
    tn__threads threads;
    void **own;        /* the memory of each thread, taken before the threads start */
    atomic_int n_owns; /* of them that threads have taken */
    atomic_llong next, n_done;
    atomic_bool stopped;
    pthread_mutex_t lock; /* protects all members below */
    pthread_cond_t over;
    int32_t n_working;
    tn__error error; /* the first failure; TN_OK: none so far */
} tn__each;

/* Takes the threads' memory and starts them. On failure (TN_ENOMEM) there is nothing to end. */
int tn__each_start(tn__each *each, const tn__each_work *work);
/* Waits up to timeout_ms, or for ever if it is -1. True: no thread works any more. */
bool tn__each_wait(tn__each *each, int32_t timeout_ms);
/* Stops the work: no thread begins another number. */
void tn__each_stop(tn__each *each);
/* Returns how many numbers are done. */
int64_t tn__each_done(const tn__each *each);
/* Returns how many numbers threads have taken, which can be done or not. */
int64_t tn__each_taken(const tn__each *each);
/* Joins the threads. Raises the first failure again, or returns TN_OK. */
int tn__each_end(tn__each *each);
/* How a call that waits for the end shows progress, and how it is stopped. */
typedef struct tn__each_watch {
    const char *doing;   /* for example "reading headers" */
    bool progress;       /* show a line such as "reading headers: 5 of 10" */
    const int32_t *stop; /* see tn__is_stopped; the call then fails with TN_ESTOPPED */
} tn__each_watch;
/* Starts the work, waits for it and ends it. */
int tn__each_run(const tn__each_work *work, tn__each_watch watch);

#endif
