/* SPDX-License-Identifier: MIT */
/* Counts the CPUs that this process may use. See cpus.h. */
#include "base/cpus.h"

#include <math.h>
#include <string.h>

#include "base/cgroup.h"
#include "tench.h"

bool tn__cpus_allowed(tn__cpu_set *out)
{
    memset(out, 0, sizeof *out);
    return sched_getaffinity(0, sizeof *out, out->part) == 0;
}

int32_t tn__cpus_count(const tn__cpu_set *set)
{
    return CPU_COUNT_S(sizeof *set, set->part);
}

int32_t tn__cpu_threads(void)
{
    tn__cpu_set set;
    int32_t n = tn__cpus_allowed(&set) ? tn__cpus_count(&set) : 1;
    const double quota = ceil(tn__cgroup_cpus(""));
    if (quota > 0 && quota < n)
        n = (int32_t)quota;
    return n > TN_MAX_THREADS ? TN_MAX_THREADS : n > 0 ? n : 1;
}
