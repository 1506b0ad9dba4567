/* SPDX-License-Identifier: MIT */
/* Folders to write to: makes them with their parents, locks them, opens files in them without
 * following links.
 *
 * Some file systems have no locks, or cannot write a folder's entries to the disk on demand
 * (Lustre, CIFS, WSL, FUSE). That must not fail finished work: callers report what was missing. */
#ifndef TENCH_BASE_FOLDER_H
#define TENCH_BASE_FOLDER_H

#include <stdbool.h>

/* Makes a folder and its missing parents. *made: it did not exist before. TN_EIO names the folder;
 * TN_ENOMEM. */
int tn__folder_make(const char *path, bool *made);

enum { TN__LOCK_GOT = 0, TN__LOCK_TAKEN = 1, TN__LOCK_NONE = 2 };
/* Locks an open folder or file until its descriptor is closed. Never waits. TN__LOCK_TAKEN: another
 * process or job holds the lock. TN__LOCK_NONE: the file system has no locks, and errno tells why.
 */
int tn__folder_lock(int folder);

/* Writes an open file to the disk. A file system that does this at its own time is not a failure.
 * False: errno tells why. */
bool tn__file_sync(int file);
/* Writes an open folder's entries to the disk. False: errno tells why. The names exist then, but a
 * power failure may remove them. */
bool tn__folder_sync(int folder);

/* Opens the folder of the file `path` (below `folder`, separated by "/") without following links.
 * `make`: also makes missing folders. The caller closes it. -1: errno tells why: ELOOP or ENOTDIR
 * if a link or a file stands in a folder's place. *name: the file's own name. */
int tn__folder_of(int folder, const char *path, bool make, const char **name);

#endif
