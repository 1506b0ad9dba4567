/* SPDX-License-Identifier: MIT */
/* The monotonic clock in seconds, for statistics. */
#ifndef TENCH_BASE_CLOCK_H
#define TENCH_BASE_CLOCK_H

#include <time.h>

static inline double tn__now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
