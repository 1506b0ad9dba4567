/* SPDX-License-Identifier: MIT */
/* Shards as a file beside them describes them: _info.json, as timm writes it, or an index of
 * wids. Both say which shards there are, in which order, and what they have. */
#ifndef TENCH_DATA_WDS_DESCRIBED_H
#define TENCH_DATA_WDS_DESCRIBED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/text.h"
#include "data/shards.h"
#include "data/split_names.h"

/* What a shard should have; -1: not said. */
typedef struct tn__wds_facts {
    int64_t n_samples, n_bytes;
} tn__wds_facts;

typedef struct tn__wds_shards {
    tn__text folder;    /* that the names begin in */
    tn__shards names;   /* in the order of their samples */
    tn__blob facts;     /* tn__wds_facts of each; empty: nothing describes them */
    tn__text described; /* the name of the file that does */
    tn__text alt_label; /* the field with the label that _info.json names; "": none */
} tn__wds_shards;

void tn__wds_shards_free(tn__wds_shards *shards);
/* What a shard should have. */
tn__wds_facts tn__wds_facts_of(const tn__wds_shards *shards, uint32_t shard);
/* Adds the shards that _info.json or info.json in a folder lists for a split, or for all if it is
 * NULL. TN_END: there is no such file, or it has no such split. TN_EDECODE: it is wrong, for
 * example its numbers disagree; TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__wds_add_info(const char *folder, const char *split, tn__wds_shards *out);
/* Lists the splits that such a file has. TN_END: there is none. TN_EDECODE: a name that no split
 * may have; TN_ELIMIT: too many. */
int tn__wds_list_info(const char *folder, tn__splits *out);
/* Takes the field with the label from the split of such a file that has this shard, if there is
 * one. */
int tn__wds_find_alt_label(const char *folder, const char *shard, tn__text *out);
/* Adds the shards of an index of wids. TN_END: there is no such file; else as above. */
int tn__wds_add_wids(const char *path, tn__wds_shards *out);

#endif
