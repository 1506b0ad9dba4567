/* SPDX-License-Identifier: MIT */
/* The smaller and the larger of two integers of one type. */
#ifndef TENCH_BASE_LEAST_H
#define TENCH_BASE_LEAST_H

#include <stdint.h>

static inline int32_t tn__least_i32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int64_t tn__least_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t tn__least_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline int32_t tn__most_i32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline uint64_t tn__most_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* clang-format off */
#define tn__least(a, b) \
    _Generic((a) + (b), int32_t: tn__least_i32, int64_t: tn__least_i64, uint64_t: tn__least_u64)(a, b)
#define tn__most(a, b) \
    _Generic((a) + (b), int32_t: tn__most_i32, uint64_t: tn__most_u64)(a, b)
/* clang-format on */

#endif
