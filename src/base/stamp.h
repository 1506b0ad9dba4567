/* SPDX-License-Identifier: MIT */
/* Times of files as one number. */
#ifndef TENCH_BASE_STAMP_H
#define TENCH_BASE_STAMP_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since 1970. 0 means "no time": the time is 0 itself, which archives that are made
 * reproducibly give to every file, or lies before 1677 or after 2262, outside of 64 bits. */
static inline int64_t tn__stamp(const struct timespec *time)
{
    int64_t stamp;
    if (__builtin_mul_overflow((int64_t)time->tv_sec, 1000000000, &stamp) ||
        __builtin_add_overflow(stamp, (int64_t)time->tv_nsec, &stamp))
        return 0;
    return stamp;
}

#endif
