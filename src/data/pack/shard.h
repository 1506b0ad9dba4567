/* SPDX-License-Identifier: MIT */
/* Writing shards, one record after the other, and reading what a finished one holds.
 *
 * A shard that is being written has another name; it gets its own when all of it is on the disk, so
 * a shard that is there is whole. */
#ifndef TENCH_DATA_PACK_SHARD_H
#define TENCH_DATA_PACK_SHARD_H

#include "base/blob.h"
#include "data/pack/format.h"

typedef struct tn__shard_job {
    int folder;       /* descriptor of the pack's folder */
    const char *path; /* of it, for messages */
    uint64_t id;
    int32_t layout;
} tn__shard_job;

/* What a record is, beside its bytes. */
typedef struct tn__shard_item {
    int64_t sample, label;
    const char *name;
    uint32_t kind;
} tn__shard_item;

typedef struct tn__shard_writer {
    tn__shard_job job;
    int file; /* -1: none is open */
    uint32_t number;
    uint64_t size; /* of what was written */
    uint64_t n_records;
    tn__blob entries, names;
} tn__shard_writer;

int tn__shard_begin(tn__shard_writer *writer, uint32_t number, int64_t first);
/* Appends a record; *entry gets where it lies. TN_EIO. */
int tn__shard_add(tn__shard_writer *writer, const tn__shard_item *item, const uint8_t *bytes,
                  size_t n_bytes, tn__pack_entry *entry);
/* Ends the shard: from now on it is there. */
int tn__shard_finish(tn__shard_writer *writer);
/* Takes away what was not finished, and frees memory. */
void tn__shard_drop(tn__shard_writer *writer);

/* Reads the list of a finished shard: its raw entries into *list. TN_EIO: there is none.
 * TN_EDECODE: it is damaged. TN_EINVAL: it is another job's. */
int tn__shard_list(const tn__shard_job *job, uint32_t number, int64_t first, tn__blob *list,
                   int64_t *n_records);

#endif
