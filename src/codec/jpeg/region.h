/* SPDX-License-Identifier: MIT */
/* Finds the blocks that a rectangle of pixels needs, provides the planes for their samples, and
 * converts these to pixels.
 *
 * Smooth upsampling uses one sample on each side, so a halved component is needed a little beyond
 * the rectangle. A component in full resolution is decoded into the plane of its output channel:
 * colours are converted in place. */
#ifndef TENCH_CODEC_JPEG_REGION_H
#define TENCH_CODEC_JPEG_REGION_H

#include "base/arena.h"
#include "codec/jpeg/frame.h"

/* A component's part of the region. Blocks and samples count from the component's origin. */
typedef struct tn__jpeg_plane {
    int32_t row_begin, row_end;     /* needed block rows */
    int32_t column;                 /* first block: that of the region's first MCU */
    int32_t n_groups;               /* groups of four blocks in a block row */
    int32_t group_begin, group_end; /* needed groups */
    uint8_t *samples; /* of block (column, row_begin); 64 bytes before it belong to the plane */
    ptrdiff_t stride;
} tn__jpeg_plane;

typedef struct tn__jpeg_region {
    tn_px_rect need;
    int32_t channels;           /* of the image */
    int32_t mcu_begin, mcu_end; /* columns of MCUs */
    int32_t row_begin, row_end; /* rows of MCUs */
    tn__jpeg_plane plane[TN__JPEG_MAX_COMPONENTS];
} tn__jpeg_region;

/* Memory for a frame's components and their results, in quarters of the size of an image's
 * plane. */
int32_t tn__jpeg_plane_quarters(const tn__jpeg_frame *frame);
/* Upper bound of the bytes that a region takes from the arena. */
size_t tn__jpeg_region_bytes(const tn__info *info, const tn__want *want);
/* Finds the blocks and takes the planes, which are not cleared. `need` lies inside the image. */
int tn__jpeg_region_make(const tn__jpeg_frame *frame, const tn__info *info, const tn__want *want,
                         tn__arena *arena, tn__jpeg_region *region);
/* Returns the first sample of group `group` in a block row. */
static inline uint8_t *tn__jpeg_plane_at(const tn__jpeg_plane *plane, int32_t row, int32_t group)
{
    return plane->samples + (ptrdiff_t)8 * (row - plane->row_begin) * plane->stride +
           (ptrdiff_t)group * TN__JPEG_GROUP_W;
}
/* Converts the samples to an image, as Pillow does. */
int tn__jpeg_region_finish(const tn__jpeg_frame *frame, tn__jpeg_region *region, tn__arena *arena,
                           tn_px_image *out);

#endif
