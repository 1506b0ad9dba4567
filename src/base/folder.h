/* SPDX-License-Identifier: MIT */
/* Folders that are written to: made with their parents, locked, reached without following links.
 *
 * Some file systems have no locks, or cannot write a folder's entries to the disk on demand
 * (Lustre, CIFS, WSL, FUSE). Neither may fail work that is done: callers say what was missing. */
#ifndef TENCH_BASE_FOLDER_H
#define TENCH_BASE_FOLDER_H

#include <stdbool.h>

/* Makes a folder, and those above it that are missing. *made: it was not there before. TN_EIO with
 * the folder's name, TN_ENOMEM. */
int tn__folder_make(const char *path, bool *made);

enum { TN__LOCK_GOT = 0, TN__LOCK_TAKEN = 1, TN__LOCK_NONE = 2 };
/* Locks an open folder or file until its descriptor is closed; never waits. TN__LOCK_TAKEN: another
 * process or job has the lock. TN__LOCK_NONE: the file system cannot lock; errno says why. */
int tn__folder_lock(int folder);

/* Writes an open file to the disk. A file system that does so in its own time is no failure.
 * False: errno says why not. */
bool tn__file_sync(int file);
/* Writes an open folder's entries to the disk. False: errno says why not; the names are there all
 * the same, but a power failure may take them away. */
bool tn__folder_sync(int folder);

/* Opens the folder in which the file `path` (below `folder`, parts separated by "/") lies, without
 * following a link. `make`: makes the folders that are missing. Yours to close; -1: errno says why
 * not (ELOOP or ENOTDIR for a link or a file in a folder's place). *name: the file's own name. */
int tn__folder_of(int folder, const char *path, bool make, const char **name);

#endif
