/* SPDX-License-Identifier: MIT */
/* The instruction set in use. */
#ifndef TENCH_CPU_LEVEL_H
#define TENCH_CPU_LEVEL_H

#include <stdint.h>

enum { TN__CPU_SCALAR = 0, TN__CPU_AVX2 = 1, TN__CPU_AVX512 = 2, TN__CPU_LEVELS };

/* Initialiser of an array of TN__CPU_LEVELS pointers: a family's table of functions at each level.
 */
#if defined(__x86_64__)
#define TN__BY_LEVEL(family)                                                                       \
    {                                                                                              \
        &family##_scalar, &family##_avx2, &family##_avx512                                         \
    }
#else
#define TN__BY_LEVEL(family)                                                                       \
    {                                                                                              \
        &family##_scalar, &family##_scalar, &family##_scalar                                       \
    }
#endif

/* The level that kernels are chosen by: the machine's best, lowered by TENCH_CPU=scalar|avx2|avx512
 * or by tests. */
int32_t tn__cpu_level(void);
/* For tests: lowers the level, or restores the best with TN__CPU_LEVELS. Returns the level in use.
 */
int32_t tn__cpu_lower(int32_t level);
/* Its name, as in TENCH_CPU. Static. */
const char *tn__cpu_level_name(void);

#endif
