/* SPDX-License-Identifier: MIT */
/* Writes shards record by record, and lists the records of a finished shard.
 *
 * An unfinished shard has a temporary name. It is renamed when all of it is on the disk, so a shard
 * with its own name is complete. */
#ifndef TENCH_JOBS_PACK_SHARD_H
#define TENCH_JOBS_PACK_SHARD_H

#include "base/blob.h"
#include "data/pack/format.h"
#include "jobs/pack/inputs.h"

typedef struct tn__shard_job {
    int folder;       /* descriptor of the pack's folder */
    const char *path; /* of the folder, for messages */
    uint64_t id;
    int32_t layout;
} tn__shard_job;

/* The facts about a record. */
typedef struct tn__shard_item {
    int64_t sample, label;
    const char *name;
    uint32_t kind;
    const tn__input *input; /* the file that the record was made from */
} tn__shard_item;

typedef struct tn__shard_writer {
    tn__shard_job job;
    const tn__inputs *inputs; /* gets the inputs of each finished shard */
    int file;                 /* -1: none is open */
    uint32_t number;
    uint64_t size; /* bytes that were written */
    uint64_t n_records;
    tn__blob entries, names, files;
} tn__shard_writer;

int tn__shard_begin(tn__shard_writer *writer, uint32_t number, int64_t first);
/* Appends a record; *entry gets its place. TN_EIO, TN_ENOMEM. */
int tn__shard_add(tn__shard_writer *writer, const tn__shard_item *item, const uint8_t *bytes,
                  size_t n_bytes, tn__pack_entry *entry);
/* Completes the shard and gives it its name. TN_EIO, TN_ENOMEM. */
int tn__shard_finish(tn__shard_writer *writer);
/* Removes an unfinished shard, and frees memory. */
void tn__shard_drop(tn__shard_writer *writer);

/* TN_OK if a finished shard belongs to this job; TN_EINVAL if it belongs to another; TN_EIO. */
int tn__shard_check(const tn__shard_job *job, uint32_t number);

/* The contents of a finished shard. */
typedef struct tn__shard_contents {
    tn__blob list; /* raw entries, then the names */
    int64_t n_records;
    uint64_t checksum; /* of the list */
    uint64_t end;      /* of the records in the shard */
} tn__shard_contents;
/* Lists a shard that begins at position `first`. Refuses a list with more than `most` records or
 * name_bytes bytes of names. TN_EIO: there is no such shard. TN_EDECODE: it is damaged. TN_EINVAL:
 * it belongs to another job. TN_ENOMEM. */
int tn__shard_list(const tn__shard_job *job, uint32_t number, int64_t first, int64_t most,
                   size_t name_bytes, tn__shard_contents *contents);
typedef struct tn__shard_record {
    uint64_t sample, label;
    tn__pack_entry entry; /* its `shard` is not set */
    const char *name;     /* no NUL ends it */
    size_t name_length;
} tn__shard_record;
/* False: the entry points outside of the list or the shard. */
bool tn__shard_record_at(const tn__shard_contents *contents, int64_t number, tn__shard_record *out);

#endif
