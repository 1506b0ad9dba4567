/* SPDX-License-Identifier: MIT */
/* The NUMA node that a device is at: threads that feed it, and memory that crosses to it, had
 * better be there. On a machine with one node, or where the node is not known, nothing is done. */
#ifndef TENCH_DEV_NUMA_H
#define TENCH_DEV_NUMA_H

#include <stdint.h>

#include "base/cpus.h"

typedef struct tn__numa {
    int32_t node;     /* -1: anywhere; the rest says nothing then */
    tn__cpu_set cpus; /* of the node, that this process may use: at least one */
} tn__numa;

/* Of a PCI device, by its bus id, as "0000:3B:00.0"; `root` is "/sys", or a test's. */
tn__numa tn__numa_find(const char *root, const char *bus);
/* This thread runs there from now on. */
void tn__numa_bind(const tn__numa *numa);

/* How a thread's new memory is placed. */
typedef struct tn__numa_policy {
    int mode; /* -1: as it was */
    unsigned long nodes[16];
} tn__numa_policy;
/* This thread's new memory is placed there as far as it goes, until tn__numa_restore. */
void tn__numa_prefer(const tn__numa *numa, tn__numa_policy *before);
void tn__numa_restore(const tn__numa_policy *before);

#endif
