/* SPDX-License-Identifier: MIT */
/* Checks how many CPUs tench thinks it may use: on machines of any size, and under control groups,
 * which it reads from a made-up /proc and /sys. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cgroup.h"
#include "base/cpus.h"
#include "suite.h"
#include "tree.h"

enum { MANY = 2000 };

static int n_made_up; /* number of CPUs; 0: the real ones */

/* The linker sends the library's calls here (--wrap). Like the kernel, it refuses a mask that is
 * too small for all CPUs. */
int real_sched_getaffinity(pid_t process, size_t size,
                           cpu_set_t *set) __asm__("__real_sched_getaffinity");
int wrap_sched_getaffinity(pid_t process, size_t size,
                           cpu_set_t *set) __asm__("__wrap_sched_getaffinity");
int wrap_sched_getaffinity(pid_t process, size_t size, cpu_set_t *set)
{
    if (n_made_up == 0)
        return real_sched_getaffinity(process, size, set);
    if (8 * size < (size_t)n_made_up) {
        errno = EINVAL;
        return -1;
    }
    memset(set, 0, size);
    for (int cpu = 0; cpu < n_made_up; cpu++)
        CPU_SET_S((size_t)cpu, size, set);
    return 0;
}

static tree root;

static void set_up(void)
{
    root = tree_make();
    n_made_up = 0;
}

static void tear_down(void)
{
    tree_remove(&root);
}

static void put(const char *path, const char *text)
{
    tree_write(&root, path, text, strlen(text));
}

#define V2_MOUNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_MOUNT                                                                                   \
    "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n"                                            \
    "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"                            \
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"

static const struct {
    const char *what, *cgroup, *mounts;
    struct {
        const char *path, *text;
    } files[4];
    double cpus;
} cases[] = {
    {"nothing", "", "", {{0}}, 0},
    {"version 2, no quota", "0::/\n", V2_MOUNT, {{"sys/fs/cgroup/cpu.max", "max 100000\n"}}, 0},
    {"version 2, at the root of a container",
     "0::/\n",
     V2_MOUNT,
     {{"sys/fs/cgroup/cpu.max", "150000 100000\n"}},
     1.5},
    {"version 2, in a group",
     "0::/user.slice/job\n",
     V2_MOUNT,
     {{"sys/fs/cgroup/user.slice/job/cpu.max", "200000 100000\n"}},
     2},
    {"version 2, a group above has less",
     "0::/a/b/c\n",
     V2_MOUNT,
     {{"sys/fs/cgroup/a/b/c/cpu.max", "max 100000"},
      {"sys/fs/cgroup/a/b/cpu.max", "400000 100000"},
      {"sys/fs/cgroup/a/cpu.max", "50000 50000"},
      {"sys/fs/cgroup/b/cpu.max", "1 100000"}},
     1},
    {"version 2, the group lies outside of what is shown",
     "0::/../../other\n",
     V2_MOUNT,
     {{"sys/fs/cgroup/cpu.max", "300000 100000"}},
     3},
    {"version 1, no quota",
     "4:cpu,cpuacct:/\n",
     V1_MOUNT,
     {{"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"},
      {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"}},
     0},
    {"version 1, in a group",
     "5:cpuset:/x\n4:cpu,cpuacct:/docker/1f\n",
     V1_MOUNT,
     {{"sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_quota_us", "250000\n"},
      {"sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_period_us", "100000\n"}},
     2.5},
    {"version 1, the mount shows the container's own group",
     "4:cpu:/docker/1f\n",
     "32 31 0:29 /docker/1f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
     {{"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "800000"},
      {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "200000"}},
     4},
    {"a mount point with a blank",
     "0::/\n",
     "30 23 0:26 / /my\\040groups rw - cgroup2 none rw\n",
     {{"my groups/cpu.max", "700000 100000"}},
     7},
    {"no sense", "0:/\n:::\n0::\n", "30 23 0:26 / - cgroup2\n - cgroup cgroup cpu\nx\n", {{0}}, 0},
};

START_TEST(quotas_are_found)
{
    put("proc/self/cgroup", cases[_i].cgroup);
    put("proc/self/mountinfo", cases[_i].mounts);
    for (int f = 0; f < 4 && cases[_i].files[f].path; f++)
        put(cases[_i].files[f].path, cases[_i].files[f].text);
    const double cpus = tn__cgroup_cpus(root.root);
    ck_assert_msg(cpus == cases[_i].cpus, "%s: %f CPUs", cases[_i].what, cpus);
}
END_TEST

START_TEST(missing_files_mean_no_quota)
{
    ck_assert_double_eq(tn__cgroup_cpus(root.root), 0);
}
END_TEST

START_TEST(machines_may_have_more_than_1024_cpus)
{
    tn__cpu_set set;
    n_made_up = MANY;
    ck_assert(tn__cpus_allowed(&set));
    ck_assert_int_eq(tn__cpus_count(&set), MANY);
    const int32_t threads = tn_cpu_threads(); /* a quota of the real machine applies here too */
    ck_assert_int_le(threads, TN_MAX_THREADS);
    ck_assert(threads == TN_MAX_THREADS || tn__cgroup_cpus("") > 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("cpus");
    TCase *const tcase = tcase_create("one budget, and it holds");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, quotas_are_found, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, missing_files_mean_no_quota);
    tcase_add_test(tcase, machines_may_have_more_than_1024_cpus);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
