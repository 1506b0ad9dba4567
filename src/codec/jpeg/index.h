/* SPDX-License-Identifier: MIT */
/* The random access index of a JPEG: places in the entropy-coded data where decoding can begin.
 *
 * An index is a hint that is checked where it is used: what is decoded between two entries must end
 * exactly at the second one, and an entry at the scan's start or at a restart marker must be where
 * that is, with predictors of 0. One wrong entry is found out so and costs time, never a byte. What
 * the decoder cannot see, the checksum of where indexes are kept must: predictors of many entries
 * that are wrong by the same, and those of an entry between two restart markers if the next entry
 * lies behind the second. */
#ifndef TENCH_CODEC_JPEG_INDEX_H
#define TENCH_CODEC_JPEG_INDEX_H

#include <stdint.h>

#include "codec/codec.h"
#include "tench.h"

/* Where MCU `column * step` of a row of MCUs begins. */
typedef struct tn__jpeg_entry {
    uint32_t byte; /* offset in the file of the byte with its first bit; never a stuffed zero's */
    int16_t dc[3]; /* predictors; 0 for components that the file does not have */
    uint8_t bit;   /* 0…7, counted from the top */
} tn__jpeg_entry;

enum { TN__JPEG_MAX_COLUMNS = TN_MAX_INDEX_ENTRIES }; /* entries a row */

typedef struct tn__jpeg_index {
    int32_t rows, columns; /* rows of MCUs; entries a row */
    int32_t step;          /* MCUs between entries */
    tn__jpeg_entry *entry; /* rows × columns, row after row, then one for the end of the scan */
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
