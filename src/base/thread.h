/* SPDX-License-Identifier: MIT */
/* A few threads that do one job together and are then joined: the scan, the survey. */
#ifndef TENCH_BASE_THREAD_H
#define TENCH_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct tn__threads {
    pthread_t *handle;
    int32_t n;
} tn__threads;

/* Starts up to `n` threads in `work`, with all signals blocked: the host's handlers run on the
 * host's threads. Fewer than n are no failure, none is: TN_ENOMEM. */
int tn__threads_start(tn__threads *threads, const char *name, int32_t n, void *(*work)(void *),
                      void *argument);
void tn__threads_join(tn__threads *threads);

/* True once the caller's number, which a signal handler or another thread may set, is not 0. NULL:
 * there is none. */
static inline bool tn__is_stopped(const int32_t *stop)
{
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

#endif
