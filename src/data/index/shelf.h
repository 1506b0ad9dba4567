/* SPDX-License-Identifier: MIT */
/* Where a data set's index is kept: beside the data, or in the user's cache. Files have the same
 * names in both. */
#ifndef TENCH_DATA_INDEX_SHELF_H
#define TENCH_DATA_INDEX_SHELF_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

/* In the order in which they are tried for writing. */
enum { TN__SHELF_BESIDE = 0, TN__SHELF_CACHE = 1, TN__SHELVES = 2 };

#define TN__INDEX_NAME     ".tench-index"
#define TN__INDEX_PART     ".tench-index.part"
#define TN__INDEX_LOCK     ".tench-index.lock"
#define TN__JOURNAL_FORM   ".tench-index-XXXXXX.journal"
#define TN__JOURNAL_SUFFIX ".journal"

typedef struct tn__shelf {
    char *path; /* NULL: there is no such shelf */
    int folder; /* its descriptor; -1: it is not there, or cannot be opened */
} tn__shelf;

/* Opens a shelf, which may not be there yet: then it has a path only. TN_ENOMEM. */
int tn__shelf_open(const char *root, int which, tn__shelf *out);
/* Makes sure that an opened shelf is there: the cache's folders are made. TN_EIO. */
int tn__shelf_make(tn__shelf *shelf);
void tn__shelf_close(tn__shelf *shelf);
/* The names in the folder, to be closed; NULL with errno set. */
DIR *tn__shelf_list(const tn__shelf *shelf);
/* True if a file of the folder is called like a journal. */
bool tn__shelf_is_journal(const char *name);
bool tn__shelf_has_journals(const tn__shelf *shelf);
/* True if files of that user are believed: they are this process's user's, or root's. */
bool tn__shelf_trusts(uid_t owner);
/* TN_OK unless the shelf has a file of that name that belongs to another user, so that this one
 * neither uses nor replaces it: TN_EIO. */
int tn__shelf_check(const tn__shelf *shelf, const char *name);

#endif
