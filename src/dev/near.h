/* SPDX-License-Identifier: MIT */
/* The NUMA node that a device is at: threads that feed it, and memory that crosses to it, had
 * better be there. On a machine with one node, or where the node is not known, nothing is done. */
#ifndef TENCH_DEV_NEAR_H
#define TENCH_DEV_NEAR_H

#include <stdint.h>

#include "base/cpus.h"

typedef struct tn__near {
    int32_t node;     /* -1: anywhere; the rest says nothing then */
    tn__cpu_set cpus; /* of the node, that this process may use: at least one */
} tn__near;

/* Of a PCI device, by its bus id, as "0000:3B:00.0"; `root` is "/sys", or a test's. */
tn__near tn__near_find(const char *root, const char *bus);
/* This thread runs there from now on. */
void tn__near_bind(const tn__near *near);

/* How a thread's new memory is placed. */
typedef struct tn__placing {
    int mode; /* -1: as it was */
    unsigned long nodes[16];
} tn__placing;
/* This thread's new memory is placed there as far as it goes, until tn__near_give_back. */
void tn__near_place(const tn__near *near, tn__placing *before);
void tn__near_give_back(const tn__placing *before);

#endif
