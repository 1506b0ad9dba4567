/* SPDX-License-Identifier: MIT */
/* The instruction set in use, called a level. */
#ifndef TENCH_CPU_LEVEL_H
#define TENCH_CPU_LEVEL_H

#include <stdint.h>

enum { TN__CPU_SCALAR = 0, TN__CPU_AVX2 = 1, TN__CPU_AVX512 = 2, TN__CPU_LEVELS };

/* Initialises an array of TN__CPU_LEVELS pointers: to a family's functions at each level. */
#if defined(__x86_64__)
#define TN__BY_LEVEL(family)                                                                       \
    {                                                                                              \
        &family##_scalar, &family##_avx2, &family##_avx512                                         \
    }
/* The same for a family that gains nothing from AVX-512. */
#define TN__BY_LEVEL_TO_AVX2(family)                                                               \
    {                                                                                              \
        &family##_scalar, &family##_avx2, &family##_avx2                                           \
    }
#else
#define TN__BY_LEVEL(family)                                                                       \
    {                                                                                              \
        &family##_scalar, &family##_scalar, &family##_scalar                                       \
    }
#define TN__BY_LEVEL_TO_AVX2(family) TN__BY_LEVEL(family)
#endif

/* Returns the level in use: the best of the machine, unless TENCH_CPU=scalar|avx2|avx512 or a test
 * lowers it. */
int32_t tn__cpu_level(void);
/* For tests: lowers the level; TN__CPU_LEVELS restores the best. Returns the level in use. */
int32_t tn__cpu_lower(int32_t level);
/* Returns its name, as in TENCH_CPU. Static. */
const char *tn__cpu_level_name(void);

#endif
