/* SPDX-License-Identifier: MIT */
/* A pack as a source: the samples, labels and order of the data set that was packed. */
#ifndef TENCH_DATA_PACK_SOURCE_H
#define TENCH_DATA_PACK_SOURCE_H

#include "data/kind.h"
#include "data/pack/format.h"

extern const tn__source_kind tn__kind_pack;

/* A hash (XXH3, 128 bits) of a pack's manifest and of the choice of its samples. */
void tn__pack_identity(const tn__source *source, uint8_t out[16]);
/* The place of a sample's record; NULL: the source is not a pack. */
const tn__pack_entry *tn__pack_entry_of(const tn__source *source, int64_t sample);
/* Reads the file of a TN__PACK_PIXELS_AND_FILE. TN_EIO, TN_ENOMEM. */
int tn__pack_read_kept(const tn__source *source, int64_t sample, tn__buffer *buffer);

#endif
