/* SPDX-License-Identifier: MIT */
/* Threads and memory on a device's NUMA node. See numa.h.
 *
 * A container may forbid these calls. Then they do nothing, and the loader is only slower. */
#include "dev/numa.h"

#include <ctype.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/open.h"

enum { LINE_BYTES = 4096, NODES = 8 * sizeof(((tn__numa_policy *)0)->nodes) };

/* Reads the file's first line; false if there is none. */
static bool read_line(const char *path, char line[LINE_BYTES])
{
    FILE *const file = tn__open_stream(path, "re");
    const bool found = file && fgets(line, LINE_BYTES, file);
    if (file)
        fclose(file);
    return found;
}

/* Reads a list of numbers, for example "0-3,8,10-11", into a set. It leaves out numbers that are
 * too large for the set. */
static void read_list(const char *list, tn__cpu_set *out)
{
    memset(out, 0, sizeof *out);
    while (isdigit((unsigned char)*list)) {
        char *end;
        const unsigned long first = strtoul(list, &end, 10);
        const unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
        for (unsigned long cpu = first; cpu <= last && cpu < TN__MAX_CPUS; cpu++)
            CPU_SET_S(cpu, sizeof *out, out->part);
        list = *end == ',' ? end + 1 : end;
    }
}

static int32_t node_of(const char *root, const char *bus)
{
    char path[LINE_BYTES], line[LINE_BYTES], id[64];
    size_t n = 0;
    for (; bus[n] && n < sizeof id - 1;
         n++) /* the driver writes capitals, the kernel small letters */
        id[n] = (char)tolower((unsigned char)bus[n]);
    id[n] = 0;
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/numa_node", root, id);
    return n > 0 && !strchr(id, '/') && read_line(path, line) ? (int32_t)strtol(line, NULL, 10)
                                                              : -1;
}

/* The number of nodes; 0: unknown. */
static int count_nodes(const char *root)
{
    char path[LINE_BYTES], line[LINE_BYTES];
    tn__cpu_set nodes;
    snprintf(path, sizeof path, "%s/devices/system/node/online", root);
    if (!read_line(path, line))
        return 0;
    read_list(line, &nodes);
    return tn__cpus_count(&nodes);
}

tn__numa tn__numa_find(const char *root, const char *bus)
{
    tn__numa numa = {.node = -1};
    char path[LINE_BYTES], line[LINE_BYTES];
    tn__cpu_set allowed;
    const int32_t node = node_of(root, bus);
    if (node < 0 || node >= (int32_t)NODES || count_nodes(root) < 2 || !tn__cpus_allowed(&allowed))
        return numa;
    snprintf(path, sizeof path, "%s/devices/system/node/node%d/cpulist", root, node);
    if (!read_line(path, line))
        return numa;
    read_list(line, &numa.cpus);
    CPU_AND_S(sizeof allowed, numa.cpus.part, numa.cpus.part, allowed.part);
    if (tn__cpus_count(&numa.cpus) > 0)
        numa.node = node;
    return numa;
}

void tn__numa_bind(const tn__numa *numa)
{
    if (numa->node >= 0)
        (void)pthread_setaffinity_np(pthread_self(), sizeof numa->cpus, numa->cpus.part);
}

void tn__numa_prefer(const tn__numa *numa, tn__numa_policy *before)
{
    enum { BITS = 8 * sizeof(unsigned long) };
    tn__numa_policy wanted = {.mode = MPOL_PREFERRED};
    *before = (tn__numa_policy){.mode = -1};
    if (numa->node < 0 ||
        syscall(SYS_get_mempolicy, &before->mode, before->nodes, NODES, NULL, 0) != 0) {
        before->mode = -1;
        return;
    }
    wanted.nodes[numa->node / BITS] = 1ul << numa->node % BITS;
    if (syscall(SYS_set_mempolicy, wanted.mode, wanted.nodes, NODES) != 0)
        before->mode = -1;
}

void tn__numa_restore(const tn__numa_policy *before)
{
    if (before->mode >= 0)
        (void)syscall(SYS_set_mempolicy, before->mode,
                      before->mode == MPOL_DEFAULT ? NULL : before->nodes,
                      before->mode == MPOL_DEFAULT ? 0 : NODES);
}
