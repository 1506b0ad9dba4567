/* SPDX-License-Identifier: MIT */
/* The CPUs that this process may run on. */
#include <sched.h>
#include <stdio.h>

#include "tench.h"

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
