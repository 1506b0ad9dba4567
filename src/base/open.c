/* SPDX-License-Identifier: MIT */
/* Opens files. See open.h. */
#include "base/open.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* Our threads block all signals, so only file systems interrupt their calls. */
enum { MAX_INTERRUPTED = 1000, MAX_STALE = 3, STALE_WAIT_MS = 20 };
enum { NEW_FILE_MODE = 0666 };

bool tn__try_again(tn__tries *tries, int error)
{
    if (error == EINTR)
        return ++tries->interrupted <= MAX_INTERRUPTED;
    if (error != ESTALE || ++tries->stale > MAX_STALE)
        return false;
    const struct timespec pause = {.tv_nsec = STALE_WAIT_MS * 1000000L};
    nanosleep(&pause, NULL);
    errno = error;
    return true;
}

int tn__open_mode(int folder, const char *path, int flags, mode_t mode)
{
    tn__tries tries = {0};
    int descriptor;
    do
        descriptor = openat(folder, path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && tn__try_again(&tries, errno));
    return descriptor;
}

int tn__open_at(int folder, const char *path, int flags)
{
    return tn__open_mode(folder, path, flags, NEW_FILE_MODE);
}

int tn__open(const char *path, int flags)
{
    return tn__open_at(AT_FDCWD, path, flags);
}

FILE *tn__open_stream(const char *path, const char *mode)
{
    tn__tries tries = {0};
    FILE *stream;
    do
        stream = fopen(path, mode);
    while (!stream && tn__try_again(&tries, errno));
    return stream;
}

DIR *tn__open_folder(const char *path)
{
    tn__tries tries = {0};
    DIR *folder;
    do
        folder = opendir(path);
    while (!folder && tn__try_again(&tries, errno));
    return folder;
}

const struct dirent *tn__next_entry(DIR *folder)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(folder);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry;
}

bool tn__stat_at(int folder, const char *path, struct stat *facts, int flags)
{
    tn__tries tries = {0};
    int failed;
    do
        failed = fstatat(folder, path, facts, flags);
    while (failed != 0 && tn__try_again(&tries, errno));
    return failed == 0;
}

bool tn__stat(const char *path, struct stat *facts)
{
    return tn__stat_at(AT_FDCWD, path, facts, 0);
}

bool tn__stat_open(int descriptor, struct stat *facts)
{
    int failed, n_tries = 0;
    do
        failed = fstat(descriptor, facts);
    while (failed != 0 && errno == EINTR && ++n_tries <= MAX_INTERRUPTED);
    return failed == 0;
}
