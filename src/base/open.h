/* SPDX-License-Identifier: MIT */
/* Opens files, folders and streams, and reads their facts.
 *
 * A call that was interrupted (EINTR) is repeated. So is a call that met a stale handle of a
 * network file system (ESTALE), after a short wait: a new lookup then finds the file that the
 * server has now. The number of tries is limited. On failure errno tells why. */
#ifndef TENCH_BASE_OPEN_H
#define TENCH_BASE_OPEN_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

/* Counts the tries of a call. */
typedef struct tn__tries {
    int interrupted, stale;
} tn__tries;
/* True if a call that failed with `error` should be repeated. Waits first if that helps. Start with
 * zeroed tries. Leaves errno alone. */
bool tn__try_again(tn__tries *tries, int error);

/* Like openat and open, with O_CLOEXEC. New files get mode 0666 less the umask. */
int tn__open_at(int folder, const char *path, int flags);
int tn__open(const char *path, int flags);
/* The same with another mode for new files. */
int tn__open_mode(int folder, const char *path, int flags, mode_t mode);
/* Like fopen; the mode should contain "e". */
FILE *tn__open_stream(const char *path, const char *mode);
DIR *tn__open_folder(const char *path);
/* Returns the next entry except "." and "..". NULL: the end (errno is 0), or a failure. */
const struct dirent *tn__next_entry(DIR *folder);
/* Like fstatat and stat. */
bool tn__stat_at(int folder, const char *path, struct stat *facts, int flags);
bool tn__stat(const char *path, struct stat *facts);
/* Like fstat: no lookup happens. */
bool tn__stat_open(int descriptor, struct stat *facts);

#endif
