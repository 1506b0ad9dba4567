/* SPDX-License-Identifier: MIT */
/* Mixing two samples: a blend, or a box of the partner pasted.
 *
 * In u8, before normalising, as timm's FastCollateMixup; or in the output's dtype, after erasing,
 * as its Mixup. lambda and 1 - lambda are floats; every product and sum is rounded on its own. */
#ifndef TENCH_PX_MIX_H
#define TENCH_PX_MIX_H

#include "px/erase.h"

/* Where the mixing happens. */
enum { TN_PX_MIX_NONE = 0, TN_PX_MIX_U8 = 1, TN_PX_MIX_FLOAT = 2 };
/* What happens at one pixel. */
enum { TN_PX_OWN = 0, TN_PX_PARTNER = 1, TN_PX_BLEND = 2 };

/* A row without partner is its own. A box that has an area is pasted; else the whole is blended. */
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

/* The same of bytes, rounded to nearest even. */
TN_PX uint8_t tn_px_mix_u8(uint8_t own, uint8_t partner, float lambda)
{
    return (uint8_t)rintf(tn_px_mix((float)own, (float)partner, lambda));
}

#endif
