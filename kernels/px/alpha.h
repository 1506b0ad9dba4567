/* SPDX-License-Identifier: MIT */
/* Colours times alpha, and back, as Pillow does around a resize of RGBA. Without this, colours of
 * transparent pixels would show at the edges. */
#ifndef TENCH_PX_ALPHA_H
#define TENCH_PX_ALPHA_H

#include "px/fn.h"

/* value * alpha / 255, rounded. */
TN_PX uint8_t tn_px_times_alpha(uint8_t value, uint8_t alpha)
{
    const uint32_t product = (uint32_t)value * alpha + 128;
    return (uint8_t)(((product >> 8) + product) >> 8);
}

/* 255 * value / alpha, truncated and clipped. With alpha 0 the value stays. The quotient of the
 * floats is exact where it matters: below 256 two quotients differ by 1/255 at least. */
TN_PX uint8_t tn_px_over_alpha(uint8_t value, uint8_t alpha)
{
    const float quotient = 255.0f * (float)value / (alpha ? (float)alpha : 255.0f);
    return (uint8_t)(quotient >= 255.0f ? 255.0f : quotient);
}

#endif
