/* SPDX-License-Identifier: MIT */
/* The random access index of a JPEG: places in the entropy-coded data where decoding can begin.
 *
 * The decoder trusts no index. What it decodes between two entries must end exactly at the second
 * one. An entry at the scan's start or at a restart marker must be at that place, with predictors
 * of 0. So a single wrong entry costs time, but never changes a byte. The decoder cannot notice two
 * errors: predictors of many entries that are wrong by the same amount, and predictors of an entry
 * between two restart markers if the next entry comes after the second marker. The checksum of a
 * stored index finds these. */
#ifndef TENCH_CODEC_JPEG_INDEX_H
#define TENCH_CODEC_JPEG_INDEX_H

#include <stdint.h>

#include "codec/codec.h"
#include "tench.h"

/* The place where MCU `column * step` of a row of MCUs begins. */
typedef struct tn__jpeg_entry {
    uint32_t byte; /* offset of the byte with its first bit; never that of a stuffed zero */
    int16_t dc[3]; /* predictors; 0 for missing components */
    uint8_t bit;   /* 0…7, counted from the most significant bit */
} tn__jpeg_entry;

enum { TN__JPEG_MAX_COLUMNS = TN_MAX_INDEX_ENTRIES }; /* entries in a row */

typedef struct tn__jpeg_index {
    int32_t rows, columns; /* rows of MCUs; entries in a row */
    int32_t step;          /* MCUs between entries */
    tn__jpeg_entry *entry; /* rows × columns, row after row; then one for the end of the scan */
} tn__jpeg_index;

/* The index as the aid that callers hold, and back. */
static inline const tn__aid *tn__jpeg_aid(const tn__jpeg_index *index)
{
    return (const tn__aid *)index;
}

static inline const tn__jpeg_index *tn__jpeg_index_of(const tn__aid *aid)
{
    return (const tn__jpeg_index *)aid;
}

#endif
