/* SPDX-License-Identifier: MIT */
/* The inputs of a pack: the files that it is made from. A later run checks that they are unchanged.
 *
 * While a pack is made, a journal beside its shards keeps size, time and inode of each file in a
 * finished shard, and the file's hash if the time alone proves nothing. A run that continues
 * compares them, and keeps a shard only if all of its files are unchanged. The journal is removed
 * before the pack gets its manifest. */
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

/* Describes the file that was just read into `file`. */
tn__input tn__input_of(const tn__buffer *file);
/* Compares the sample's file with `known`: size, time and inode, and also the hash if the file
 * changed so recently that its time may not show a further change. `timeless`: compares the hash
 * also if the file has no time. *same: the file is unchanged; false for a file that cannot be read.
 * Returns a failure only if the machine is the reason for it. `scratch` is a buffer for reading. */
int tn__input_compare(const tn_dataset *dataset, int64_t sample, const tn__input *known,
                      bool timeless, tn__buffer *scratch, bool *same);
/* Writes and reads the TN__INPUT_BYTES of an input in the journal. */
int tn__input_put(const tn__input *input, tn__blob *out);
tn__input tn__input_get(const uint8_t *raw);

typedef struct tn__inputs {
    int folder;       /* descriptor of the pack's folder */
    const char *path; /* of the folder, for messages */
    int file;         /* the journal's descriptor; -1: not open */
} tn__inputs;

/* Opens the journal of this job; `folder` and `path` are set. Replaces a journal that is missing or
 * belongs to another job by a new one, and sets *is_new. TN_EIO. */
int tn__inputs_open(tn__inputs *inputs, uint64_t job, bool *is_new);
/* Appends the inputs of shard `number`; `list` is the checksum of the shard's list of records. Does
 * not flush them to the disk: after a power failure that loses them, the shard is packed again.
 * TN_EIO. */
int tn__inputs_add(const tn__inputs *inputs, uint32_t number, uint64_t list, const tn__blob *raw);
/* Reads the block at *at, which must be that of shard `number` with n files; *at moves to its end.
 * TN_EDECODE: there is no such block. TN_ENOMEM. */
int tn__inputs_read(const tn__inputs *inputs, uint64_t *at, uint32_t number, uint64_t list,
                    int64_t n, tn__blob *raw);
/* Truncates the journal at `end`, the place of the next block. TN_EIO. */
int tn__inputs_cut(const tn__inputs *inputs, uint64_t end);
void tn__inputs_close(tn__inputs *inputs);

#endif
