/* SPDX-License-Identifier: MIT */
/* Turns a row of a TIFF file into a row of one of the kinds of rows.h. */
#ifndef TENCH_CODEC_TIFF_CHANGE_H
#define TENCH_CODEC_TIFF_CHANGE_H

#include "codec/tiff/layout.h"

/* Colours of a palette with alpha beside its numbers. */
typedef struct tn__tiff_palette {
    int32_t n;
    uint8_t rgb[256][3];
} tn__tiff_palette;

/* Bytes of work memory that tn__tiff_change needs for rows of n pixels. */
size_t tn__tiff_change_bytes(int32_t n);
/* Returns the samples of n pixels, from pixel `first` of the row on: in the row itself if they need
 * no change, else in `work`. `is_big` is the order of bytes in samples of 16 bits. */
const uint8_t *tn__tiff_change(const tn__tiff_layout *layout, const tn__tiff_palette *palette,
                               bool is_big, const uint8_t *row, int32_t first, int32_t n,
                               uint8_t *work);

#endif
