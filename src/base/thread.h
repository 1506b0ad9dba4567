/* SPDX-License-Identifier: MIT */
/* Threads that do one job together and are then joined, as in the scan and the survey. */
#ifndef TENCH_BASE_THREAD_H
#define TENCH_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tn__threads {
    pthread_t *handle;
    int32_t n;
} tn__threads;

/* Starts up to `n` threads with all signals blocked: the host's handlers run on the host's threads.
 * Fewer than n threads are no failure. If none starts: TN_ENOMEM. */
int tn__threads_start(tn__threads *threads, const char *name, int32_t n, void *(*work)(void *),
                      void *argument);
void tn__threads_join(tn__threads *threads);

/* True once *stop is not 0. A signal handler or another thread may set it. `stop` may be NULL. */
static inline bool tn__is_stopped(const int32_t *stop)
{
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

#endif
