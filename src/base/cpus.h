/* SPDX-License-Identifier: MIT */
/* Sets of CPUs, on machines of any size. */
#ifndef TENCH_BASE_CPUS_H
#define TENCH_BASE_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* As many as Linux is built for: a cpu_set_t has room for 1024. For macros such as CPU_SET_S. */
enum { TN__MAX_CPUS = 8192 };
typedef struct tn__cpu_set {
    cpu_set_t part[TN__MAX_CPUS / CPU_SETSIZE];
} tn__cpu_set;

/* Those that this thread may run on. False: not known. */
bool tn__cpus_allowed(tn__cpu_set *out);
int32_t tn__cpus_count(const tn__cpu_set *set);
/* Threads that may run at once: the allowed CPUs, or a CPU quota rounded up where that is less; 1
 * to TN_MAX_THREADS. */
int32_t tn__cpu_threads(void);

#endif
