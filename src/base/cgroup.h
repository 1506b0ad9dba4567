/* SPDX-License-Identifier: MIT */
/* The share of the CPUs that control groups allow this process. */
#ifndef TENCH_BASE_CGROUP_H
#define TENCH_BASE_CGROUP_H

/* Returns the smallest quota, in CPUs, of the process's groups and those above them, in both
 * versions of control groups. 0: there is none. `root` is "", or a test's folder with its own /proc
 * and /sys.
 */
double tn__cgroup_cpus(const char *root);

#endif
