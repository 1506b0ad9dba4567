/* SPDX-License-Identifier: MIT */
/* Sets of CPUs on machines of any size. */
#ifndef TENCH_BASE_CPUS_H
#define TENCH_BASE_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* The largest number that Linux supports; a cpu_set_t has only 1024. Use CPU_SET_S and the like. */
enum { TN__MAX_CPUS = 8192 };
typedef struct tn__cpu_set {
    cpu_set_t part[TN__MAX_CPUS / CPU_SETSIZE];
} tn__cpu_set;

/* Gets the CPUs that this thread may run on. False: they are unknown. */
bool tn__cpus_allowed(tn__cpu_set *out);
int32_t tn__cpus_count(const tn__cpu_set *set);
/* Returns the number of threads that can run at once: the allowed CPUs, or a CPU quota rounded up
 * if that is less. At least 1, at most TN_MAX_THREADS. */
int32_t tn__cpu_threads(void);

#endif
