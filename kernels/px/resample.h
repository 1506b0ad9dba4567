/* SPDX-License-Identifier: MIT */
/* Pillow's 8-bit resampling of one pixel: integer weights with 22 fraction bits.
 *
 * For every filter, the magnitudes of the weights of one result pixel add up to less than 2, so 255
 * times that sum, with 22 fraction bits, fits 32 bits. */
#ifndef TENCH_PX_RESAMPLE_H
#define TENCH_PX_RESAMPLE_H

#include "px/fn.h"

enum { TN_PX_WEIGHT_BITS = 22, TN_PX_WEIGHT_HALF = 1 << (TN_PX_WEIGHT_BITS - 1) };

/* Converts a normalised weight to an integer, rounding half away from zero. */
TN_PX int32_t tn_px_weight(double weight)
{
    const double fixed = weight * (double)(1 << TN_PX_WEIGHT_BITS);
    return (int32_t)(weight < 0 ? fixed - 0.5 : fixed + 0.5);
}

/* Converts a sum of weighted source pixels, which started at TN_PX_WEIGHT_HALF, to a pixel. */
TN_PX uint8_t tn_px_weighted(int32_t sum)
{
    const int32_t value = sum >> TN_PX_WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#endif
