/* SPDX-License-Identifier: MIT */
/* The NUMA node of a device. Threads that feed the device, and memory that crosses to it, are
 * fastest on its node. On a machine with one node, or where the node is unknown, these calls do
 * nothing. */
#ifndef TENCH_DEV_NUMA_H
#define TENCH_DEV_NUMA_H

#include <stdint.h>

#include "base/cpus.h"

typedef struct tn__numa {
    int32_t node;     /* -1: anywhere, and the rest is unused */
    tn__cpu_set cpus; /* at least one: CPUs of the node that this process may use */
} tn__numa;

/* Finds the node of a PCI device by its bus id, for example "0000:3B:00.0". `root` is "/sys", or a
 * test's copy. */
tn__numa tn__numa_find(const char *root, const char *bus);
/* Binds this thread to the node's CPUs. */
void tn__numa_bind(const tn__numa *numa);

/* How the system places a thread's new memory. */
typedef struct tn__numa_policy {
    int mode; /* -1: nothing to restore */
    unsigned long nodes[16];
} tn__numa_policy;
/* Places this thread's new memory on the node, if that has space, until tn__numa_restore. */
void tn__numa_prefer(const tn__numa *numa, tn__numa_policy *before);
void tn__numa_restore(const tn__numa_policy *before);

#endif
