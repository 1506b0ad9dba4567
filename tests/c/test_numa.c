/* SPDX-License-Identifier: MIT */
/* Threads and memory on a device's NUMA node: what tench reads from a made-up /sys, and which
 * threads of a loader move to the node. */
#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dev/fake.h"
#include "fake.h"
#include "load/loader.h"
#include "suite.h"

static char root[64];

/* Writes a file below the root and makes its folders. */
static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *const file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s", path);
    fputs(text, file);
    fclose(file);
}

static void set_up(void)
{
    fake_reset();
    tn__fake_knobs_now = (tn__fake_knobs){0};
    strcpy(root, "/tmp/tench-numa-XXXXXX");
    ck_assert(mkdtemp(root) != NULL);
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

static void tear_down(void)
{
    enum { OPEN_FOLDERS = 8 };
    ck_assert_int_eq(nftw(root, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS), 0);
}

static tn__cpu_set allowed(void)
{
    tn__cpu_set set;
    ck_assert(tn__cpus_allowed(&set));
    return set;
}

static size_t first_of(const tn__cpu_set *set)
{
    size_t cpu = 0;
    while (!CPU_ISSET_S(cpu, sizeof *set, set->part))
        cpu++;
    return cpu;
}

static const struct {
    const char *bus, *node, *online, *cpus; /* NULL: the file is missing */
    int expected;
} cases[] = {
    {"0000:3B:00.0", "1\n", "0-1\n", "0-1023\n", 1},
    {"0000:3B:00.0", "1\n", "0,1", "0-1023", 1},
    {"0000:3B:00.0", "-1\n", "0-1\n", "0-1023\n", -1},
    {"0000:3B:00.0", "1\n", "0\n", "0-1023\n", -1},
    {"0000:3B:00.0", "1\n", NULL, "0-1023\n", -1},
    {"0000:3B:00.0", "1\n", "0-1\n", NULL, -1},
    {"0000:3B:00.0", "1\n", "0-1\n", "\n", -1},
    {"0000:3B:00.0", NULL, "0-1\n", "0-1023\n", -1},
    {"0000:3B:00.0", "1\n", "0-1\n", "1022-99999999,x\n", -1},
    {"0000:3B:00.0", "5000\n", "0-1\n", "0-1023\n", -1},
    {"", "1\n", "0-1\n", "0-1023\n", -1},
    {"../3b", "1\n", "0-1\n", "0-1023\n", -1},
};

START_TEST(nodes_are_found)
{
    if (cases[_i].node)
        put("bus/pci/devices/0000:3b:00.0/numa_node", cases[_i].node);
    if (cases[_i].online)
        put("devices/system/node/online", cases[_i].online);
    if (cases[_i].cpus)
        put("devices/system/node/node1/cpulist", cases[_i].cpus);
    const tn__numa numa = tn__numa_find(root, cases[_i].bus);
    const tn__cpu_set all = allowed();
    ck_assert_int_eq(numa.node, cases[_i].expected);
    ck_assert(numa.node < 0 || CPU_EQUAL_S(sizeof all, numa.cpus.part, all.part));
}
END_TEST

/* Only those CPUs of the node count that this process may use. */
START_TEST(only_allowed_cpus_count)
{
    const tn__cpu_set all = allowed();
    char list[64];
    snprintf(list, sizeof list, "%zu,1000-1010\n", first_of(&all));
    put("bus/pci/devices/0000:3b:00.0/numa_node", "0\n");
    put("devices/system/node/online", "0,2-3\n");
    put("devices/system/node/node0/cpulist", list);
    const tn__numa numa = tn__numa_find(root, "0000:3B:00.0");
    ck_assert_int_eq(numa.node, 0);
    ck_assert_int_eq(tn__cpus_count(&numa.cpus), 1);
    ck_assert(CPU_ISSET_S(first_of(&all), sizeof all, numa.cpus.part));
}
END_TEST

START_TEST(memory_is_placed_for_a_while)
{
    enum { NODES = 1024 };
    unsigned long nodes[NODES / 8 / sizeof(unsigned long)];
    int before, mode;
    if (syscall(SYS_get_mempolicy, &before, nodes, NODES, NULL, 0) != 0)
        return; /* the system forbids it, and the calls do nothing */
    tn__numa_policy placing;
    const tn__numa numa = {.node = 0}, anywhere = {.node = -1};
    tn__numa_prefer(&anywhere, &placing);
    ck_assert_int_eq(placing.mode, -1);
    tn__numa_prefer(&numa, &placing);
    ck_assert_int_eq(syscall(SYS_get_mempolicy, &mode, nodes, NODES, NULL, 0), 0);
    ck_assert_int_eq(mode, placing.mode < 0 ? before : MPOL_PREFERRED);
    ck_assert(placing.mode < 0 || nodes[0] == 1);
    tn__numa_restore(&placing);
    ck_assert_int_eq(syscall(SYS_get_mempolicy, &mode, nodes, NODES, NULL, 0), 0);
    ck_assert_int_eq(mode, before);
}
END_TEST

/* Counts threads of this name that may run on these CPUs only. */
static int count_threads(const char *name, const tn__cpu_set *cpus)
{
    DIR *const tasks = opendir("/proc/self/task");
    ck_assert(tasks != NULL);
    int n = 0;
    for (const struct dirent *task = readdir(tasks); task; task = readdir(tasks)) {
        char path[300], found[32] = "";
        tn__cpu_set set;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *const file = fopen(path, "r");
        if (file && fgets(found, sizeof found, file))
            found[strcspn(found, "\n")] = 0;
        if (file)
            fclose(file);
        n += strcmp(found, name) == 0 &&
             sched_getaffinity(atoi(task->d_name), sizeof set, set.part) == 0 &&
             CPU_EQUAL_S(sizeof set, set.part, cpus->part);
    }
    closedir(tasks);
    return n;
}

/* Waits, because a thread without work may not have bound itself yet. */
static bool is_bound(const char *name, const tn__cpu_set *cpus)
{
    enum { TRIES = 1000, TRY_US = 10000 };
    for (int t = 0; t < TRIES; t++) {
        if (count_threads(name, cpus) == 1)
            return true;
        usleep(TRY_US);
    }
    return false;
}

/* The process's pool stays where it is. A pool of one thread moves to the node, which has one
 * CPU; a pool of two does not. */
START_TEST(a_loaders_threads_follow_its_device)
{
    const tn__cpu_set all = allowed();
    static tn__numa numa;
    numa = (tn__numa){.node = 0};
    CPU_SET_S(first_of(&all), sizeof all, numa.cpus.part);
    tn__fake_knobs_now.numa = &numa;
    tn_loader *const loader =
        fake_loader(40, (tn_loader_options){.batch_size = 4, .threads = _i, .device = "fake"});
    ck_assert_msg(loader != NULL, "%s", tn_error());
    int64_t n_batches;
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    fake_hash(loader, &n_batches);
    ck_assert(is_bound("tench/pump", &numa.cpus));
    ck_assert(is_bound("tench/1", _i == 1 ? &numa.cpus : &all));
    ck_assert(_i < 2 || is_bound("tench/2", &all));
    const tn__cpu_set after = allowed();
    ck_assert_msg(CPU_EQUAL(&after, &all), "the consumer's own thread was bound");
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

int main(void)
{
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, nodes_are_found, 0, sizeof cases / sizeof *cases);
    tcase_add_test(all, only_allowed_cpus_count);
    tcase_add_test(all, memory_is_placed_for_a_while);
    tcase_add_loop_test(all, a_loaders_threads_follow_its_device, 0, 3);
    Suite *const suite = suite_create("numa");
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
