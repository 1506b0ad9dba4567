/* SPDX-License-Identifier: MIT */
/* Reads the keys of an LMDB file in their order, and finds their values: a walk over the tree, with
 * pread, without LMDB's library, its lock or a mapping. */
#ifndef TENCH_DATA_LMDB_READER_H
#define TENCH_DATA_LMDB_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__LMDB_LEVELS = 32 };                       /* of the tree, as in LMDB */
enum { TN__LMDB_MAGIC_AT = 16, TN__LMDB_HEAD = 24 }; /* bytes that tell an LMDB file */

typedef struct tn__lmdb_entry {
    const char *key; /* until the next entry is read; no NUL follows it */
    size_t n_key;
    int64_t offset, length; /* of the value in the file */
} tn__lmdb_entry;

/* A page of the tree, and the node in it that comes next. */
typedef struct tn__lmdb_level {
    uint8_t *page;
    uint64_t number;
    uint32_t at, n;
    bool is_leaf;
} tn__lmdb_level;

typedef struct tn__lmdb {
    int descriptor;
    int64_t n_bytes;
    uint32_t page_bytes;
    int64_t n_seen; /* pages */
    int32_t level;  /* -1: there are no more entries */
    tn__lmdb_level levels[TN__LMDB_LEVELS];
} tn__lmdb;

/* True if the first bytes of a file are those of an LMDB file. */
bool tn__lmdb_is(const uint8_t *head, size_t n_head);
/* Opens a file of n_bytes. TN_EDECODE: it is not an LMDB file, damaged, or of a kind that is not
 * read; TN_EIO; TN_ENOMEM. tn__lmdb_close follows in any case. */
int tn__lmdb_open(int descriptor, int64_t n_bytes, tn__lmdb *out);
/* Reads the next entry. TN_END: there are no more. Failures as above. */
int tn__lmdb_next(tn__lmdb *lmdb, tn__lmdb_entry *out);
void tn__lmdb_close(tn__lmdb *lmdb);

#endif
