/* SPDX-License-Identifier: MIT */
/* The instruction set in use, and the CPUs that this process may run on. */
#ifndef TENCH_BASE_CPU_H
#define TENCH_BASE_CPU_H

#include <stdint.h>

enum { TN__CPU_SCALAR = 0, TN__CPU_AVX2 = 1, TN__CPU_LEVELS };

/* The level that kernels are chosen by: the machine's best, lowered by TENCH_CPU=scalar|avx2 or by
 * tests. */
int32_t tn__cpu_level(void);
/* For tests: lowers the level, or restores the best with TN__CPU_LEVELS. Returns the level in use.
 */
int32_t tn__cpu_lower(int32_t level);

#endif
