/* SPDX-License-Identifier: MIT */
/* Where a data set's index is kept: beside the data, or in the user's cache. Files have the same
 * names in both. */
#ifndef TENCH_DATA_INDEX_SHELF_H
#define TENCH_DATA_INDEX_SHELF_H

#include <dirent.h>
#include <stdbool.h>

/* In the order in which they are tried for writing. */
enum { TN__SHELF_BESIDE = 0, TN__SHELF_CACHE = 1, TN__SHELVES = 2 };

#define TN__INDEX_NAME     ".tench-index"
#define TN__INDEX_PART     ".tench-index.part"
#define TN__JOURNAL_FORM   ".tench-index-XXXXXX.journal"
#define TN__JOURNAL_SUFFIX ".journal"

typedef struct tn__shelf {
    char *path;
    int folder; /* its descriptor; -1: there is no such folder */
} tn__shelf;

/* Opens a shelf. `make`: the cache's folders are made where they are missing. A folder that is not
 * there is no failure; TN_ENOMEM, and TN_EIO for a root or a cache that cannot be used. */
int tn__shelf_open(const char *root, int which, bool make, tn__shelf *out);
void tn__shelf_close(tn__shelf *shelf);
/* The names in the folder, to be closed; NULL with errno set. */
DIR *tn__shelf_list(const tn__shelf *shelf);
/* True if a file of the folder is called like a journal. */
bool tn__shelf_is_journal(const char *name);

#endif
