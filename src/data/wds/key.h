/* SPDX-License-Identifier: MIT */
/* Names in WebDataset shards: which members make one sample, and what the names of shards say. */
#ifndef TENCH_DATA_WDS_KEY_H
#define TENCH_DATA_WDS_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "data/shards.h"

/* Finds the dot between the key of a member's name and its extension, as webdataset does: the first
 * one after the folders. Returns the length of the key; 0: the name has no key. */
size_t tn__wds_key(const char *name);
/* True for members that describe the shard, such as "__meta__/info". */
bool tn__wds_is_meta(const char *name);
/* Adds the names that a pattern such as "a-{000..127}.tar" or "{a,b}.tar" stands for, in its order,
 * by the rules of webdataset. Ranges may have steps and letters, lists may have braces in them.
 * Several patterns are separated by "::". A number after "|" at the end counts nothing here.
 * TN_EINVAL shows the wrong brace; TN_ELIMIT, TN_ENOMEM. */
int tn__wds_expand(const char *pattern, tn__shards *out);
/* The known split that is a word of a shard's name, as in "cats-train-0001.tar"; NULL: none is. */
const char *tn__wds_split_of(const char *name);

#endif
