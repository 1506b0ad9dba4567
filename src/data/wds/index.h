/* SPDX-License-Identifier: MIT */
/* The index that DALI's wds2idx writes for a shard: where the bytes of each member lie. */
#ifndef TENCH_DATA_WDS_INDEX_H
#define TENCH_DATA_WDS_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tn__wds_index {
    char *text; /* of the file */
    char *at;   /* what follows the last entry */
    int64_t n_samples, n_read;
    bool is_unfit; /* it is damaged, or belongs to another tar */
} tn__wds_index;

typedef struct tn__wds_entry {
    const char *name; /* ends with a NUL; until the index is freed */
    size_t n_name;
    int64_t offset, length;
} tn__wds_entry;

/* Reads an index. TN_END: there is no such file. TN_EDECODE: it is damaged, or of a version without
 * names; TN_ELIMIT, TN_EIO, TN_ENOMEM. */
int tn__wds_index_open(const char *path, tn__wds_index *out);
/* Takes over a text of n bytes with a NUL after them, which was allocated. TN_EDECODE. */
int tn__wds_index_read(char *text, size_t n, tn__wds_index *out);
/* Reads the next member's entry. TN_END: there are no more. TN_EDECODE. */
int tn__wds_index_next(tn__wds_index *index, tn__wds_entry *out);
/* Fails because the index cannot be used: TN_EDECODE. The text ends the sentence "the index …". */
int tn__wds_index_fail(tn__wds_index *index, const char *what, const char *name);
void tn__wds_index_free(tn__wds_index *index);

#endif
