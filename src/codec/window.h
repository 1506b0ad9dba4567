/* SPDX-License-Identifier: MIT */
/* Windows: the part of an image that a library decodes for a region. It is larger than the region
 * where the library upsamples colours across the window's borders. */
#ifndef TENCH_CODEC_WINDOW_H
#define TENCH_CODEC_WINDOW_H

#include "codec/rows.h"

/* Returns the window for `need`, which is inside an image of w × h. It has a margin on each side
 * that is not the image's own, and begins at even places: colours are halved. */
static inline tn_px_rect tn__window_of(tn_px_rect need, int32_t w, int32_t h, int32_t margin)
{
    const int32_t left = need.x > margin ? (need.x - margin) & ~1 : 0;
    const int32_t top = need.y > margin ? (need.y - margin) & ~1 : 0;
    const int32_t right = need.x + need.w + margin, bottom = need.y + need.h + margin;
    return (tn_px_rect){left, top, (right < w ? right : w) - left, (bottom < h ? bottom : h) - top};
}

/* Returns the size of the window's pixels as rows.h reads them. */
static inline size_t tn__window_bytes(tn_px_rect window, int32_t samples)
{
    return (size_t)window.w * (size_t)window.h * (size_t)samples + TN__ROWS_TAIL;
}

#endif
