/* SPDX-License-Identifier: MIT */
/* A coefficient pack as a source: the samples, labels and order of the data set that was packed. */
#ifndef TENCH_DATA_PACK_SOURCE_H
#define TENCH_DATA_PACK_SOURCE_H

#include <stdbool.h>

#include "data/pack/format.h"
#include "data/source.h"
#include "data/split_names.h"
#include "tench.h"

/* 1 if the folder is a pack, 0 if not; a negative status if the system cannot tell. */
int tn__pack_is(const char *folder);
/* The splits of a pack, which are those of the folder that was packed. TN_EIO, TN_EDECODE,
 * TN_ENOMEM. */
int tn__pack_splits(const char *folder, tn__splits *out);
/* Opens the pack at options->root, or its split of the name options->split. NULL: TN_EINVAL for
 * options that a pack does not take, TN_EIO, TN_EDECODE, TN_ENOMEM. */
tn__source *tn__pack_open(const tn_dataset_options *options);
/* True if the source is a pack. */
bool tn__pack_is_source(const tn__source *source);
/* A hash (XXH3, 128 bits) of a pack's manifest and of the choice of its samples. */
void tn__pack_identity(const tn__source *source, uint8_t out[16]);
/* The place of a sample's record; NULL: the source is not a pack. */
const tn__pack_entry *tn__pack_entry_of(const tn__source *source, int64_t sample);

#endif
