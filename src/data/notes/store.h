/* SPDX-License-Identifier: MIT */
/* Where a data set's index is kept: beside the data, or in the user's cache. Files have the same
 * names in both. */
#ifndef TENCH_DATA_NOTES_STORE_H
#define TENCH_DATA_NOTES_STORE_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

/* In the order in which they are tried for writing. */
enum { TN__STORE_BESIDE = 0, TN__STORE_CACHE = 1, TN__STORES = 2 };

#define TN__INDEX_NAME     ".tench-index"
#define TN__INDEX_PART     ".tench-index.part"
#define TN__INDEX_LOCK     ".tench-index.lock"
#define TN__JOURNAL_FORM   ".tench-index-XXXXXX.journal"
#define TN__JOURNAL_SUFFIX ".journal"

typedef struct tn__store {
    char *path; /* NULL: there is no such store */
    int folder; /* its descriptor; -1: it is not there, or cannot be opened */
} tn__store;

/* Opens a store, which may not be there yet: then it has a path only. TN_ENOMEM. */
int tn__store_open(const char *root, int which, tn__store *out);
/* Makes sure that an opened store is there: the cache's folders are made. TN_EIO. */
int tn__store_make(tn__store *store);
void tn__store_close(tn__store *store);
/* The names in the folder, to be closed; NULL with errno set. */
DIR *tn__store_list(const tn__store *store);
/* True if a file of the folder is called like a journal. */
bool tn__store_is_journal(const char *name);
bool tn__store_has_journals(const tn__store *store);
/* True if files of that user are believed: they are this process's user's, or root's. */
bool tn__store_trusts(uid_t owner);
/* TN_OK unless the store has a file of that name that belongs to another user, so that this one
 * neither uses nor replaces it: TN_EIO. */
int tn__store_check(const tn__store *store, const char *name);

#endif
