/* SPDX-License-Identifier: MIT */
/* Chooses the instruction set. See level.h. */
#include "cpu/level.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const names[TN__CPU_LEVELS] = {"scalar", "avx2", "avx512"};
static atomic_int chosen = -1, best = -1;

#if defined(__x86_64__)
/* Asks the processor for F16C: some compilers' __builtin_cpu_supports does not know it. */
static bool has_f16c(void)
{
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

#if defined(__x86_64__)
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("pclmul") && has_f16c();
}

/* All that Ice Lake and Zen 4 share. A processor needs every part for this level. */
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512vnni");
}
#endif

static int32_t find_best(void)
{
#if defined(__x86_64__)
    if (has_avx2())
        return has_avx512() ? TN__CPU_AVX512 : TN__CPU_AVX2;
#endif
    return TN__CPU_SCALAR;
}

/* Asks the processor once: in a virtual machine, cpuid takes microseconds. */
static int32_t best_level(void)
{
    int level = atomic_load_explicit(&best, memory_order_relaxed);
    if (level < 0) {
        level = find_best();
        atomic_store_explicit(&best, level, memory_order_relaxed);
    }
    return level;
}

static int32_t asked_level(void)
{
    const int32_t most = best_level();
    const char *const asked = getenv("TENCH_CPU");
    for (int32_t level = 0; asked && level < TN__CPU_LEVELS; level++)
        if (level < most && strcmp(asked, names[level]) == 0)
            return level;
    return most;
}

int32_t tn__cpu_level(void)
{
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level < 0) {
        level = asked_level();
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return level;
}

int32_t tn__cpu_lower(int32_t level)
{
    const int32_t most = best_level();
    atomic_store_explicit(&chosen, level < most ? level : most, memory_order_relaxed);
    return tn__cpu_level();
}

const char *tn__cpu_level_name(void)
{
    return names[tn__cpu_level()];
}
