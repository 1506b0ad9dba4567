/* SPDX-License-Identifier: MIT */
/* The files that a pack is made from, and how a later run knows that they are still the same.
 *
 * While a pack is made, a journal beside its shards keeps size, time and inode of each file that
 * went into a shard, and the file's hash where the time alone proves nothing. A run that continues
 * compares them, and keeps a shard only while all of its files are as they were. The journal is
 * removed before the pack gets its manifest. */
#ifndef TENCH_JOBS_PACK_INPUTS_H
#define TENCH_JOBS_PACK_INPUTS_H

#include <stdbool.h>

#include "base/blob.h"
#include "data/dataset.h"

#define TN__PACK_JOURNAL "tench.pack.inputs"

enum { TN__INPUTS_HEAD = 32, TN__INPUT_BYTES = 48 };

typedef struct tn__input {
    uint64_t size;
    int64_t stamp; /* ns since 1970; 0: the file has no time */
    uint64_t inode;
    bool hashed;
    uint8_t hash[16]; /* XXH3, 128 bits, canonical; zeros unless `hashed` */
} tn__input;

/* What a file is that was just read into `file`. */
tn__input tn__input_of(const tn__buffer *file);
/* Compares the sample's file with what it was: size, time and inode, and its hash where it was
 * changed so lately that its time may not show a further change. `timeless`: also its hash where it
 * has no time. *same: it is as it was. A file that cannot be read is not; that the machine cannot
 * read it is a failure, which is returned. `scratch` is used to read it. */
int tn__input_compare(const tn_dataset *dataset, int64_t sample, const tn__input *known,
                      bool timeless, tn__buffer *scratch, bool *same);
/* As TN__INPUT_BYTES of the journal. */
int tn__input_put(const tn__input *input, tn__blob *out);
tn__input tn__input_get(const uint8_t *raw);

typedef struct tn__inputs {
    int folder;       /* descriptor of the pack's folder */
    const char *path; /* of it, for messages */
    int file;         /* the journal's descriptor; -1: not open */
} tn__inputs;

/* Opens the journal of this job, with folder and path given; one that is missing, or another job's,
 * is begun anew: then *is_new. TN_EIO. */
int tn__inputs_open(tn__inputs *inputs, uint64_t job, bool *is_new);
/* Appends what shard `number` was made from; `list` is the checksum of the shard's list of records.
 * It is not waited for until it is on the disk: a power failure that takes it away costs the shard,
 * which is packed again. TN_EIO. */
int tn__inputs_add(const tn__inputs *inputs, uint32_t number, uint64_t list, const tn__blob *raw);
/* Reads the block at *at, that of shard `number` with n files; *at moves to its end. TN_EDECODE:
 * there is no such block. TN_ENOMEM. */
int tn__inputs_read(const tn__inputs *inputs, uint64_t *at, uint32_t number, uint64_t list,
                    int64_t n, tn__blob *raw);
/* Cuts the journal off at `end`, where the next block goes. TN_EIO. */
int tn__inputs_cut(const tn__inputs *inputs, uint64_t end);
void tn__inputs_close(tn__inputs *inputs);

#endif
