/* SPDX-License-Identifier: MIT */
/* Finds the files of an older run --dump by their names and removes them, and no others. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/fail.h"

/* lua/tench/cli/dump.lua writes these: PREFIX_NUMBER.npy, and the rows' lines. */
static const char *const prefixes[] = {"batch_", "label_", "target_"};
static const char lines[] = "samples.jsonl";

enum { LEAST_DIGITS = 5 };

/* True for the ending of a file that a killed writer leaves: ".PROCESS-COUNT.part", or ".part". */
static bool is_unfinished(const char *end)
{
    if (*end == '.' && end[1] >= '0' && end[1] <= '9') {
        end += 1 + strspn(end + 1, "0123456789");
        if (*end != '-')
            return false;
        end += 1 + strspn(end + 1, "0123456789");
    }
    return strcmp(end, ".part") == 0;
}

/* Number of the batch in the file; -1 if it holds no batch. */
static int64_t batch_of(const char *name)
{
    static const char type[] = ".npy";
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        const size_t length = strlen(prefixes[p]);
        if (strncmp(name, prefixes[p], length) != 0)
            continue;
        const char *const digits = name + length;
        const size_t n = strspn(digits, "0123456789");
        const char *const end = digits + n;
        if (n < LEAST_DIGITS || n > 18 || strncmp(end, type, sizeof type - 1) != 0)
            return -1;
        const char *const rest = end + sizeof type - 1;
        return *rest == '\0' || is_unfinished(rest) ? strtoll(digits, NULL, 10) : -1;
    }
    return -1;
}

/* The part of a dump in a file of this name: the number of its batch, UNFINISHED, or LINES.
 * FOREIGN: no dump writes such a file. */
enum { FOREIGN = -3, UNFINISHED, LINES };
static int64_t part_of(const char *name)
{
    const int64_t batch = batch_of(name);
    if (batch >= 0)
        return batch;
    if (strncmp(name, lines, sizeof lines - 1) != 0)
        return FOREIGN;
    const char *const rest = name + sizeof lines - 1;
    return *rest == '\0' ? LINES : is_unfinished(rest) ? UNFINISHED : FOREIGN;
}

/* Removes the entry if the dump will write it again, from batch `first` on, or if it is a link,
 * which no dump makes. False: it cannot be removed, and errno says why. */
static bool clean(int folder, const char *name, int64_t first)
{
    struct stat facts;
    const int64_t part = part_of(name);
    if (part == FOREIGN)
        return true;
    if (fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    const bool is_kept = part >= 0 ? part < first : part == LINES && first > 0;
    if (S_ISDIR(facts.st_mode) || (is_kept && !S_ISLNK(facts.st_mode)))
        return true;
    return unlinkat(folder, name, 0) == 0 || errno == ENOENT;
}

int32_t tncli_remove_dump(const char *path, int64_t first)
{
    DIR *const folder = opendir(path);
    if (!folder)
        return tn__program_fail_system(errno, "%s: cannot read this folder", path);
    int32_t status = TN_OK;
    const struct dirent *entry;
    while (errno = 0, status == TN_OK && (entry = readdir(folder)))
        if (!clean(dirfd(folder), entry->d_name, first))
            status = tn__program_fail_system(errno, "%s/%s: cannot remove this file", path,
                                             entry->d_name);
    if (status == TN_OK && errno)
        status = tn__program_fail_system(errno, "%s: cannot read this folder", path);
    closedir(folder);
    return status;
}
