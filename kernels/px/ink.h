/* SPDX-License-Identifier: MIT */
/* CMYK to RGB of one pixel, as Pillow does it. */
#ifndef TENCH_PX_INK_H
#define TENCH_PX_INK_H

#include "px/fn.h"

/* Returns R, G or B from its ink and the black. Both are stored inverted: 255 is no ink. The result
 * is what black leaves, less the ink's share of that: clip((255 - K) - C (255 - K) / 255) with the
 * quotient rounded. */
TN_PX uint8_t tn_px_ink(uint8_t inverted_ink, uint8_t inverted_black)
{
    const int32_t product = (255 - inverted_ink) * inverted_black + 128;
    const int32_t value = inverted_black - (((product >> 8) + product) >> 8);
    return (uint8_t)(value < 0 ? 0 : value);
}

#endif
