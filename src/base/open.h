/* SPDX-License-Identifier: MIT */
/* Opening files, folders and streams, and asking about them.
 *
 * A call that was interrupted (EINTR) is made again; so is one that met a stale handle of a network
 * file system (ESTALE), after a short wait: a lookup from above then finds the file that the server
 * has now. Both are done a bounded number of times. On failure errno says why. */
#ifndef TENCH_BASE_OPEN_H
#define TENCH_BASE_OPEN_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

/* Tries of a call so far. */
typedef struct tn__tries {
    int interrupted, stale;
} tn__tries;
/* True where a call that failed with `error` is to be made again; waits before, where that helps.
 * Begin with zeroed tries. Leaves errno alone. */
bool tn__try_again(tn__tries *tries, int error);

/* As openat and open, with O_CLOEXEC; a file that it makes has mode 0666 less the umask. */
int tn__open_at(int folder, const char *path, int flags);
int tn__open(const char *path, int flags);
/* The same; a file that it makes has this mode less the umask. */
int tn__open_mode(int folder, const char *path, int flags, mode_t mode);
/* As fopen; give "e" in the mode. */
FILE *tn__open_stream(const char *path, const char *mode);
DIR *tn__open_folder(const char *path);
/* The next entry but "." and "..". NULL at the end, where errno is 0, and on failure. */
const struct dirent *tn__next_entry(DIR *folder);
/* As fstatat and stat. */
bool tn__stat_at(int folder, const char *path, struct stat *facts, int flags);
bool tn__stat(const char *path, struct stat *facts);
/* As fstat: nothing is looked up again. */
bool tn__stat_open(int descriptor, struct stat *facts);

#endif
