/* SPDX-License-Identifier: MIT */
/* Converts JPEG components to RGB: the colour of one pixel, and samples between neighbours.
 *
 * It follows jdcolor.c and jdsample.c of the IJG, which Pillow uses. */
#ifndef TENCH_PX_YCC_H
#define TENCH_PX_YCC_H

#include "px/fn.h"

TN_PX uint8_t tn_px_clip(int32_t value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* ITU-R 601 in full range, 16 fraction bits: 1.402, 0.344136, 0.714136, 1.772, rounded. */
TN_PX uint8_t tn_px_ycc_red(int32_t y, int32_t cr)
{
    return tn_px_clip(y + ((91881 * (cr - 128) + 32768) >> 16));
}

TN_PX uint8_t tn_px_ycc_green(int32_t y, int32_t cb, int32_t cr)
{
    return tn_px_clip(y + ((-22554 * (cb - 128) - 46802 * (cr - 128) + 32768) >> 16));
}

TN_PX uint8_t tn_px_ycc_blue(int32_t y, int32_t cb)
{
    return tn_px_clip(y + ((116130 * (cb - 128) + 32768) >> 16));
}

/* Returns the sample at a quarter of the way from `near` to `far`. One sample becomes two, which
 * round differently: `bias` is 1 for the first and 2 for the second. */
TN_PX uint8_t tn_px_quarter(int32_t near, int32_t far, int32_t bias)
{
    return (uint8_t)((3 * near + far + bias) >> 2);
}

/* The same from sums of two rows, 3 near + far: `bias` is 8 for the left sample and 7 for the right
 * one. */
TN_PX uint8_t tn_px_quarter_sum(int32_t near, int32_t far, int32_t bias)
{
    return (uint8_t)((3 * near + far + bias) >> 4);
}

#endif
