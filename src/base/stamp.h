/* SPDX-License-Identifier: MIT */
/* File times as one number. */
#ifndef TENCH_BASE_STAMP_H
#define TENCH_BASE_STAMP_H

#include <stdint.h>
#include <time.h>

/* Returns nanoseconds since 1970. 0 means "no time". That includes time 0, which reproducible
 * archives give to every file, and times before 1677 or after 2262, which exceed 64 bits. */
static inline int64_t tn__stamp(const struct timespec *time)
{
    int64_t stamp;
    if (__builtin_mul_overflow((int64_t)time->tv_sec, 1000000000, &stamp) ||
        __builtin_add_overflow(stamp, (int64_t)time->tv_nsec, &stamp))
        return 0;
    return stamp;
}

#endif
