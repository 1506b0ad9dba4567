/* SPDX-License-Identifier: MIT */
/* Mixes two samples: blends them, or pastes a box of the partner.
 *
 * This happens in u8 before normalisation, like timm's FastCollateMixup, or in the output's dtype
 * after erasing, like its Mixup. lambda and 1 - lambda are floats, and each product and sum is
 * rounded by itself. */
#ifndef TENCH_PX_MIX_H
#define TENCH_PX_MIX_H

#include "px/erase.h"

/* Where the mixing happens. */
enum { TN_PX_MIX_NONE = 0, TN_PX_MIX_U8 = 1, TN_PX_MIX_FLOAT = 2 };
/* What a pixel takes: its own value, the partner's, or a blend of both. */
enum { TN_PX_OWN = 0, TN_PX_PARTNER = 1, TN_PX_BLEND = 2 };

/* A row that is its own partner stays as it is. A box with an area is pasted; without one, the
 * whole sample is blended. */
TN_PX int tn_px_mix_at(const tn_px_record *record, int32_t row, int32_t y, int32_t x)
{
    if (record->partner == (uint32_t)row)
        return TN_PX_OWN;
    if (record->mix.w == 0)
        return TN_PX_BLEND;
    return tn_px_box_has(record->mix, y, x) ? TN_PX_PARTNER : TN_PX_OWN;
}

/* Weighted sum. */
TN_PX float tn_px_mix(float own, float partner, float lambda)
{
    const float a = own * lambda;
    const float b = partner * (1.0f - lambda);
    return a + b;
}

/* The same for bytes, rounded to nearest even. */
TN_PX uint8_t tn_px_mix_u8(uint8_t own, uint8_t partner, float lambda)
{
    return (uint8_t)rintf(tn_px_mix((float)own, (float)partner, lambda));
}

#endif
