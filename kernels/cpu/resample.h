/* SPDX-License-Identifier: MIT */
/* Pillow's resize, byte for byte: planar u8, two passes with a u8 image between them, and 22-bit
 * weights. */
#ifndef TENCH_CPU_RESAMPLE_H
#define TENCH_CPU_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "cpu/finish.h"
#include "cpu/weight_cache.h"
#include "px/filter.h"
#include "px/image.h"

typedef struct tn__resize {
    int32_t filter; /* TN_FILTER_NEAREST … */
    int32_t pillow; /* 11: horizontal first, always; 13: vertical first if (H-h) > 0 and (H-h) > 2
                       (W-w) */
    int32_t source_w, source_h; /* whole source image */
    int32_t w, h;               /* whole result */
    tn_px_rect out;             /* the wanted part of the result */
    int32_t mirrored;           /* 1: that part is mirrored left to right */
} tn__resize;

/* Returns the part of the source that `out` depends on. */
tn_px_rect tn__resize_need(const tn__resize *resize);
/* Returns the size of the image between the two passes, or 0 x 0 if it is not kept whole. */
void tn__resize_between(const tn__resize *resize, int32_t *w, int32_t *h);
/* Bytes of scratch for a resize, at every level. */
size_t tn__resize_scratch(const tn__resize *resize, int32_t channels);
/* Resizes an image. `src` covers tn__resize_need(), and its x0, y0 tell its place. `dst` has the
 * size of `out`; its place is set. `cache` may be NULL. `scratch` is 64-byte aligned. */
void tn__resize_run(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst,
                    tn__weight_cache *cache, void *scratch);
/* Resizes an image and writes each row to the output while it is in the first cache. The writer's
 * record has the size of `out`, and the writer mirrors if needed. */
void tn__resize_write(const tn__resize *resize, const tn_px_image *src, const tn__writer *writer,
                      tn__weight_cache *cache, void *scratch);

#endif
