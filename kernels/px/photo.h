/* SPDX-License-Identifier: MIT */
/* Photometric arithmetic for one pixel, as in Pillow: luma, and the blend of two images. */
#ifndef TENCH_PX_PHOTO_H
#define TENCH_PX_PHOTO_H

#include "px/fn.h"

/* ITU-R 601 luma in 16 fraction bits. */
TN_PX uint8_t tn_px_luma(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint8_t)((19595u * r + 38470u * g + 7471u * b + 32768u) >> 16);
}

/* from + factor * (to - from) in float32, truncated. With a factor outside [0, 1] the value may
 * leave 0…255, and is clipped. */
TN_PX uint8_t tn_px_blend(uint8_t from, uint8_t to, float factor)
{
    const float difference = (float)((int32_t)to - (int32_t)from);
    const float product = factor * difference;
    const float value = (float)from + product;
    return value <= 0.0f ? (uint8_t)0 : value >= 255.0f ? (uint8_t)255 : (uint8_t)value;
}

#endif
