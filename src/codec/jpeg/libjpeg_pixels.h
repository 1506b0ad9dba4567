/* SPDX-License-Identifier: MIT */
/* Interleaved rows from libjpeg to planes, with Pillow's conversions to RGB and L. */
#ifndef TENCH_CODEC_JPEG_LIBJPEG_PIXELS_H
#define TENCH_CODEC_JPEG_LIBJPEG_PIXELS_H

#include <stdint.h>

#include "px/image.h"

enum { TN__LIBJPEG_LINE_TAIL = 64 };

/* Writes the `out->w` pixels at `samples` to row `row` of `out`. The samples have `channels` (1
 * grey, 3 RGB, 4 CMYK stored inverted) interleaved, with TN__LIBJPEG_LINE_TAIL readable bytes
 * behind them; `out` has 3 planes (RGB) or 1 (L). */
void tn__libjpeg_put_row(const tn_px_image *out, int32_t row, const uint8_t *samples,
                         int32_t channels);

#endif
