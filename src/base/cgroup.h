/* SPDX-License-Identifier: MIT */
/* The share of the CPUs that control groups leave to this process. */
#ifndef TENCH_BASE_CGROUP_H
#define TENCH_BASE_CGROUP_H

/* CPUs' worth of time: the smallest quota of the process's groups and of those above them, in
 * version 1 and 2. 0: there is none. `root` is "", or the folder of a test that holds a made-up
 * /proc and /sys. */
double tn__cgroup_cpus(const char *root);

#endif
