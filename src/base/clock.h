/* SPDX-License-Identifier: MIT */
/* The monotonic clock: seconds for statistics, and deadlines for condition variables that use it.
 */
#ifndef TENCH_BASE_CLOCK_H
#define TENCH_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline double tn__now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Returns the time `timeout_ms` from now. */
static inline struct timespec tn__deadline(int32_t timeout_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

#endif
