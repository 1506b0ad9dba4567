/* SPDX-License-Identifier: MIT */
/* Threads: those that do one job together and are then joined, and those that are never joined.
 * They block all signals, because the host's handlers run on the host's threads. */
#ifndef TENCH_BASE_THREAD_H
#define TENCH_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tn__threads {
    pthread_t *handle;
    int32_t n;
} tn__threads;

/* Starts up to `n` threads. Fewer than n are not a failure. If none starts: TN_ENOMEM. */
int tn__threads_start(tn__threads *threads, const char *name, int32_t n, void *(*work)(void *),
                      void *argument);
void tn__threads_join(tn__threads *threads);

/* Starts a thread that is never joined, because a host may exit while it works. Returns 0 or
 * errno, and records no failure. */
int tn__thread_detach(void *(*work)(void *), void *argument);
/* How often the calling thread has given up its CPU in order to wait: for a disk, for a lock. */
int64_t tn__thread_waits(void);

/* True once *stop is not 0. A signal handler or another thread may set it. `stop` may be NULL. */
static inline bool tn__is_stopped(const int32_t *stop)
{
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

#endif
