/* SPDX-License-Identifier: MIT */
/* What the two ways to the blocks of a region share: from the scan's start (blocks.c), and by an
 * index (blocks_indexed.c). */
#ifndef TENCH_CODEC_JPEG_BLOCKS_JOB_H
#define TENCH_CODEC_JPEG_BLOCKS_JOB_H

#include "codec/jpeg/blocks.h"
#include "codec/jpeg/scan.h"

/* TWO: rows that are decoded side by side where an index says where both begin. SEAM_BYTES: a
 * stretch shares the byte that its last MCU ends in, stuffed or not, with the next one. */
enum { TN__BLOCKS_TWO = 2, TN__BLOCKS_SEAM_BYTES = 2 };

typedef struct tn__blocks {
    const tn__jpeg_frame *frame;
    const tn__jpeg_region *region;
    tn__bytes bytes;
    tn__jpeg_tables *tables;
    size_t strip_at[TN__JPEG_MAX_COMPONENTS]; /* in a strip, in coefficients */
    size_t row_size[TN__JPEG_MAX_COMPONENTS]; /* of a block row */
    size_t strip_size;
    int16_t *strip[TN__BLOCKS_TWO]; /* coefficients of a row of MCUs, inside the region */
    uint8_t *unstuffed;             /* room for the scan, and for the ends of two stretches of it */
    tn__jpeg_index *build;
} tn__blocks;

void tn__blocks_clear(const tn__blocks *job, int16_t *strip);
/* The part of a row of MCUs that the region needs, from coefficients to samples. */
void tn__blocks_transform(const tn__blocks *job, int32_t row, const int16_t *strip);
/* By the index. False: it is not the file's, or something is damaged. */
bool tn__blocks_decode_indexed(const tn__blocks *job, const tn__jpeg_index *index);

#endif
