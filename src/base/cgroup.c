/* SPDX-License-Identifier: MIT */
/* Finds CPU quotas. See cgroup.h.
 *
 * /proc/self/cgroup names the process's group in each hierarchy. /proc/self/mountinfo tells where a
 * hierarchy is mounted, and which of its groups is the root of that mount. The quota of a group
 * also limits all groups below it. */
#include "base/cgroup.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/open.h"
#include "base/text.h"

/* A mounted hierarchy. The texts are parts of a line of mountinfo. */
struct mount {
    char *shown; /* the group that the mount point stands for */
    char *point;
    bool is_v2;
};

static FILE *open_below(const char *root, const char *path, const char *name)
{
    tn__text full = {0};
    tn__text_printf(&full, "%s%s%s%s", root, path, name[0] ? "/" : "", name);
    FILE *const file = full.failed ? NULL : tn__open_stream(full.chars, "re");
    tn__text_free(&full);
    return file;
}

/* Reads a file of one or two numbers, and returns how many it read. */
static int read_numbers(const char *root, const char *group, const char *name, double out[2])
{
    FILE *const file = open_below(root, group, name);
    if (!file)
        return 0;
    const int n = fscanf(file, "%lf %lf", &out[0], &out[1]); /* "max 100000" has no quota */
    fclose(file);
    return n < 0 ? 0 : n;
}

/* Returns the quota of one group, or 0 if it has none. */
static double quota_of(const char *root, const char *group, bool is_v2)
{
    double time[2] = {0}, period[2] = {0};
    bool found;
    if (is_v2) {
        found = read_numbers(root, group, "cpu.max", time) == 2;
        period[0] = time[1];
    } else {
        found = read_numbers(root, group, "cpu.cfs_quota_us", time) >= 1 &&
                read_numbers(root, group, "cpu.cfs_period_us", period) >= 1;
    }
    return found && time[0] > 0 && period[0] > 0 ? time[0] / period[0] : 0;
}

static double smaller(double a, double b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

/* Returns the part of the group's path below `shown`. "": the two are the same, or the group cannot
 * be seen here. */
static const char *below(const char *group, const char *shown)
{
    const size_t length = strcmp(shown, "/") == 0 ? 0 : strlen(shown);
    const bool inside =
        strncmp(group, shown, length) == 0 && (group[length] == '/' || group[length] == '\0');
    return inside && strcmp(group, "/") != 0 && !strstr(group, "/..") ? group + length : "";
}

/* Returns the smallest quota of the group and of those above it, up to the mount point. */
static double quota_up(const char *root, const struct mount *mount, const char *group)
{
    tn__text path = {0};
    tn__text_add(&path, mount->point);
    const size_t top = path.length;
    tn__text_add(&path, below(group, mount->shown));
    double least = 0;
    while (!path.failed) {
        least = smaller(least, quota_of(root, path.chars, mount->is_v2));
        if (path.length <= top)
            break;
        char *const slash = strrchr(path.chars, '/');
        path.length = slash ? (size_t)(slash - path.chars) : top;
        path.chars[path.length] = '\0';
    }
    tn__text_free(&path);
    return least;
}

/* True if `name` is in a list such as "rw,cpu,cpuacct". */
static bool lists(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (;;) {
        const size_t n = strcspn(list, ",\n");
        if (n == length && strncmp(list, name, n) == 0)
            return true;
        if (list[n] != ',')
            return false;
        list += n + 1;
    }
}

/* Decodes mountinfo's form of blanks and backslashes, for example \040. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; to++) {
        unsigned code;
        if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1 && code < 256) {
            *to = (char)code;
            from += strnlen(from, 4);
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* Parses a line of mountinfo. False: it is not of a hierarchy that controls CPU time. ID PARENT
 * DEVICE SHOWN POINT OPTIONS … - TYPE SOURCE SUPEROPTIONS */
static bool read_mount(char *line, struct mount *out)
{
    char *rest = strstr(line, " - "), *after = NULL;
    if (!rest)
        return false;
    *rest = '\0';
    const char *const type = strtok_r(rest + 3, " ", &after);
    (void)strtok_r(NULL, " ", &after);
    const char *const options = strtok_r(NULL, " ", &after);
    out->is_v2 = type && strcmp(type, "cgroup2") == 0;
    if (!out->is_v2 && !(type && strcmp(type, "cgroup") == 0 && options && lists(options, "cpu")))
        return false;
    for (int field = 0; field < 3; field++)
        (void)strtok_r(field == 0 ? line : NULL, " ", &after);
    out->shown = strtok_r(NULL, " ", &after);
    out->point = strtok_r(NULL, " ", &after);
    if (!out->shown || !out->point)
        return false;
    unescape(out->shown);
    unescape(out->point);
    return true;
}

/* Returns the group in a line of /proc/self/cgroup: "4:cpu,cpuacct:/a", or "0::/a" in version 2.
 * NULL: the line is of another hierarchy. */
static char *group_in(char *line, bool is_v2)
{
    char *const names = strchr(line, ':');
    char *const path = names ? strchr(names + 1, ':') : NULL;
    if (!path)
        return NULL;
    *path = '\0';
    const bool fits = is_v2 ? names[1] == '\0' : lists(names + 1, "cpu");
    path[1 + strcspn(path + 1, "\n")] = '\0';
    return fits ? path + 1 : NULL;
}

static double quota_of_mount(const char *root, const struct mount *mount)
{
    FILE *const file = open_below(root, "/proc/self/cgroup", "");
    char *line = NULL;
    size_t capacity = 0;
    double least = 0;
    while (file && getline(&line, &capacity, file) > 0) {
        const char *const group = group_in(line, mount->is_v2);
        if (group)
            least = smaller(least, quota_up(root, mount, group));
    }
    free(line);
    if (file)
        fclose(file);
    return least;
}

double tn__cgroup_cpus(const char *root)
{
    FILE *const file = open_below(root, "/proc/self/mountinfo", "");
    char *line = NULL;
    size_t capacity = 0;
    double least = 0;
    struct mount mount;
    while (file && getline(&line, &capacity, file) > 0)
        if (read_mount(line, &mount))
            least = smaller(least, quota_of_mount(root, &mount));
    free(line);
    if (file)
        fclose(file);
    return least;
}
