/* SPDX-License-Identifier: MIT */
/* A store is a folder that keeps the notes of a data set: the folder of the data, or one in the
 * user's cache. Files have the same names in both. */
#ifndef TENCH_DATA_NOTES_STORE_H
#define TENCH_DATA_NOTES_STORE_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

/* Writers try the stores in this order. */
enum { TN__STORE_BESIDE = 0, TN__STORE_CACHE = 1, TN__STORES = 2 };

#define TN__INDEX_NAME     ".tench-index"
#define TN__INDEX_PART     ".tench-index.part"
#define TN__INDEX_LOCK     ".tench-index.lock"
#define TN__JOURNAL_FORM   ".tench-index-XXXXXX.journal"
#define TN__JOURNAL_SUFFIX ".journal"

typedef struct tn__store {
    char *path; /* NULL: there is no cache */
    int folder; /* its descriptor; -1: it does not exist, or cannot be opened */
} tn__store;

/* Opens a store. If it does not exist yet, only its path is set. TN_ENOMEM. */
int tn__store_open(const char *root, int which, tn__store *out);
/* Makes the folder of an opened store if it does not exist. TN_EIO. */
int tn__store_make(tn__store *store);
void tn__store_close(tn__store *store);
/* Opens a list of the names in the folder; the caller closes it. NULL: see errno. */
DIR *tn__store_list(const tn__store *store);
/* True if the name has the form of a journal's. */
bool tn__store_is_journal(const char *name);
bool tn__store_has_journals(const tn__store *store);
/* True if this process trusts files of that user: its own user, or root. */
bool tn__store_trusts(uid_t owner);
/* TN_EIO if the store has a file of that name that belongs to another user: this process neither
 * uses nor replaces it. */
int tn__store_check(const tn__store *store, const char *name);

#endif
