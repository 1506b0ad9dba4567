/* SPDX-License-Identifier: MIT */
/* Which shards a WebDataset has: those of a folder, of a file that describes them, or of a
 * pattern. */
#ifndef TENCH_DATA_WDS_SHARDS_H
#define TENCH_DATA_WDS_SHARDS_H

#include <stdbool.h>

#include "data/split_names.h"
#include "data/wds/described.h"

/* Finds the shards of a split, or all if `split` is NULL. `root` is a folder, a tar, an index of
 * wids, or a pattern (tn__wds_expand). TN_EINVAL: there are none; TN_EIO, TN_EDECODE, TN_ELIMIT,
 * TN_ENOMEM. */
int tn__wds_shards_find(const char *root, const char *split, tn__wds_shards *out);
/* Lists the splits: those of _info.json, or else the words in the names of the shards, if each has
 * one. TN_END: the root is a folder without shards. */
int tn__wds_splits(const char *root, tn__splits *out);
/* True for a split that is a pattern: "train-{000..010}.tar", also with a count "|1234". */
bool tn__wds_split_is_pattern(const char *split);

#endif
