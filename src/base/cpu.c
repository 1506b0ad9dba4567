/* SPDX-License-Identifier: MIT */
/* The instruction set in use, and the CPUs that this process may run on. See cpu.h. */
#include "base/cpu.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tench.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const names[TN__CPU_LEVELS] = {"scalar", "avx2"};
static atomic_int chosen = -1;

#if defined(__x86_64__)
/* F16C, which not every compiler's __builtin_cpu_supports knows. */
static bool has_f16c(void)
{
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

static int32_t best_level(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2") && has_f16c())
        return TN__CPU_AVX2;
#endif
    return TN__CPU_SCALAR;
}

static int32_t asked_level(void)
{
    const int32_t best = best_level();
    const char *const asked = getenv("TENCH_CPU");
    for (int32_t level = 0; asked && level < best; level++)
        if (strcmp(asked, names[level]) == 0)
            return level;
    return best;
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
    const int32_t best = best_level();
    atomic_store_explicit(&chosen, level < best ? level : best, memory_order_relaxed);
    return tn__cpu_level();
}

const char *tn_cpu_level(void)
{
    return names[tn__cpu_level()];
}

/* CPUs' worth of time that cgroup v2 allows; 0 if there is no quota. */
static int32_t cgroup_quota(void)
{
    FILE *const file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (!file)
        return 0;
    long long quota = 0, period = 0;
    const int n = fscanf(file, "%lld %lld", &quota, &period);
    fclose(file);
    if (n != 2 || quota <= 0 || period <= 0)
        return 0;
    const long long cpus = (quota + period - 1) / period;
    return cpus > 4096 ? 4096 : (int32_t)cpus;
}

int32_t tn_cpu_threads(void)
{
    cpu_set_t set;
    int32_t allowed = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        allowed = CPU_COUNT(&set);
    const int32_t quota = cgroup_quota();
    if (quota > 0 && quota < allowed)
        allowed = quota;
    return allowed > 0 ? allowed : 1;
}
