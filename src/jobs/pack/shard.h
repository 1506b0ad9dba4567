/* SPDX-License-Identifier: MIT */
/* Writing shards, one record after the other, and reading what a finished one holds.
 *
 * A shard that is being written has another name; it gets its own when all of it is on the disk, so
 * a shard that is there is whole. */
#ifndef TENCH_JOBS_PACK_SHARD_H
#define TENCH_JOBS_PACK_SHARD_H

#include "base/blob.h"
#include "data/pack/format.h"
#include "jobs/pack/inputs.h"

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
    const tn__input *input; /* the file that the record was made from */
} tn__shard_item;

typedef struct tn__shard_writer {
    tn__shard_job job;
    const tn__inputs *inputs; /* learns what each shard was made from */
    int file;                 /* -1: none is open */
    uint32_t number;
    uint64_t size; /* of what was written */
    uint64_t n_records;
    tn__blob entries, names, files;
} tn__shard_writer;

int tn__shard_begin(tn__shard_writer *writer, uint32_t number, int64_t first);
/* Appends a record; *entry gets where it lies. TN_EIO. */
int tn__shard_add(tn__shard_writer *writer, const tn__shard_item *item, const uint8_t *bytes,
                  size_t n_bytes, tn__pack_entry *entry);
/* Ends the shard: from now on it is there. */
int tn__shard_finish(tn__shard_writer *writer);
/* Takes away what was not finished, and frees memory. */
void tn__shard_drop(tn__shard_writer *writer);

/* TN_OK if a finished shard is this job's; TN_EINVAL if it is another's; TN_EIO. */
int tn__shard_check(const tn__shard_job *job, uint32_t number);

/* What a finished shard holds. */
typedef struct tn__shard_contents {
    tn__blob list; /* raw entries, then the names */
    int64_t n_records;
    uint64_t checksum; /* of the list */
    uint64_t end;      /* of the records in the shard */
} tn__shard_contents;
/* Reads it, for a shard whose first position this is. It has at most `most` records and name_bytes
 * bytes of names: a longer list is not read. TN_EIO: there is no such shard. TN_EDECODE: it is
 * damaged. TN_EINVAL: it is another job's. TN_ENOMEM. */
int tn__shard_list(const tn__shard_job *job, uint32_t number, int64_t first, int64_t most,
                   size_t name_bytes, tn__shard_contents *contents);
typedef struct tn__shard_record {
    uint64_t sample, label;
    tn__pack_entry entry; /* but for `shard` */
    const char *name;     /* not terminated */
    size_t name_length;
} tn__shard_record;
/* False: its name or its bytes would lie elsewhere than in the list and in the shard. */
bool tn__shard_record_at(const tn__shard_contents *contents, int64_t number, tn__shard_record *out);

#endif
