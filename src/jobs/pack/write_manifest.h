/* SPDX-License-Identifier: MIT */
/* Writes the manifest of a pack: the last step of packing. */
#ifndef TENCH_JOBS_PACK_WRITE_MANIFEST_H
#define TENCH_JOBS_PACK_WRITE_MANIFEST_H

#include <stdbool.h>

#include "data/pack/format.h"
#include "data/source.h"
#include "data/split_names.h"

typedef struct tn__packed_split {
    const char *name;
    const tn__source *source; /* the split, opened alone */
    int64_t first;            /* its first sample in the whole data set */
} tn__packed_split;

/* A data set whose records are all in shards. */
typedef struct tn__packed_set {
    const tn__source *source;
    const tn__pack_entry *entries; /* by sample */
    uint32_t n_shards;
    int32_t n_splits;
    tn__packed_split splits[TN__MAX_SPLITS];
} tn__packed_set;

/* Writes the manifest into the open folder `path`, and removes the journal of inputs. *synced, with
 * errno: whether the folder's entries are on the disk. TN_EIO, TN_ENOMEM. */
int tn__manifest_write(int folder, const char *path, const tn__packed_set *set, bool *synced);

#endif
