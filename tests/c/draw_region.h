/* SPDX-License-Identifier: MIT */
/* For tests that decode a part of an image: draws random regions of it. */
#ifndef TENCH_TESTS_DRAW_REGION_H
#define TENCH_TESTS_DRAW_REGION_H

#include "base/rng.h"
#include "px/image.h"

/* One in three is at most four pixels wide, and one in four is at most four pixels high. */
static inline tn_px_rect draw_region(tn__draws *draws, int32_t w, int32_t h)
{
    const int32_t max_w = tn__draw_integer(draws, 0, 2) == 0 && w > 4 ? 4 : w;
    const int32_t max_h = tn__draw_integer(draws, 0, 3) == 0 && h > 4 ? 4 : h;
    tn_px_rect region = {.w = (int32_t)tn__draw_integer(draws, 1, max_w),
                         .h = (int32_t)tn__draw_integer(draws, 1, max_h)};
    region.x = (int32_t)tn__draw_integer(draws, 0, w - region.w);
    region.y = (int32_t)tn__draw_integer(draws, 0, h - region.h);
    return region;
}

#endif
