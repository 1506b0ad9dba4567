/* SPDX-License-Identifier: MIT */
/* Which shards a WebDataset has: those of a folder, of its _info.json, or of a pattern. */
#ifndef TENCH_DATA_WDS_SHARDS_H
#define TENCH_DATA_WDS_SHARDS_H

#include "base/text.h"
#include "data/shards.h"
#include "data/split_names.h"

typedef struct tn__wds_shards {
    tn__text folder;    /* that the names begin in */
    tn__shards names;   /* in the order of their samples */
    tn__text alt_label; /* the field with the label that _info.json names; "": none */
} tn__wds_shards;

/* Finds the shards of a split, or all if `split` is NULL. `root` is a folder, a tar, or a pattern
 * (tn__wds_expand). TN_EINVAL: there are none; TN_EIO, TN_EDECODE, TN_ELIMIT, TN_ENOMEM. */
int tn__wds_shards_find(const char *root, const char *split, tn__wds_shards *out);
void tn__wds_shards_free(tn__wds_shards *shards);
/* Lists the splits: those of _info.json, or else the words in the names of the shards, if each has
 * one. */
int tn__wds_splits(const char *root, tn__splits *out);

#endif
