/* SPDX-License-Identifier: MIT */
/* Which blocks of a JPEG a rectangle of pixels needs, where their samples go, and how these become
 * pixels.
 *
 * Smooth upsampling looks at one sample on each side, so a component that is halved is needed a
 * little further than the rectangle. A component in full resolution is decoded into the plane that
 * its output channel has in the end: colours are converted in place. */
#ifndef TENCH_CODEC_JPEG_REGION_H
#define TENCH_CODEC_JPEG_REGION_H

#include "base/arena.h"
#include "codec/jpeg/frame.h"

/* A component's part of the region. Blocks and samples count from the component's origin. */
typedef struct tn__jpeg_plane {
    int32_t row_begin, row_end;     /* block rows that are needed */
    int32_t column;                 /* the first block: that of the region's first MCU */
    int32_t n_groups;               /* of four blocks, in a block row */
    int32_t group_begin, group_end; /* those of them that are needed */
    uint8_t *samples;               /* of block (column, row_begin); 64 bytes before are ours too */
    ptrdiff_t stride;
} tn__jpeg_plane;

typedef struct tn__jpeg_region {
    tn_px_rect need;
    int32_t mode;               /* TN_RGB, TN_GREY */
    int32_t mcu_begin, mcu_end; /* columns of MCUs */
    int32_t row_begin, row_end; /* rows of MCUs */
    tn__jpeg_plane plane[TN__JPEG_MAX_COMPONENTS];
} tn__jpeg_region;

/* What a frame's components and their results take together, in quarters of an image's plane. */
int32_t tn__jpeg_plane_quarters(const tn__jpeg_frame *frame);
/* Upper bound of the bytes that making and finishing a region takes from the arena. */
size_t tn__jpeg_region_bytes(int32_t plane_quarters, tn_px_rect need);
/* Works out the blocks and takes the planes; nothing is cleared. `need` lies inside the image. */
int tn__jpeg_region_make(const tn__jpeg_frame *frame, tn_px_rect need, int32_t mode,
                         tn__arena *arena, tn__jpeg_region *region);
/* Where the samples of group `group` of a component's block row begin. */
static inline uint8_t *tn__jpeg_plane_at(const tn__jpeg_plane *plane, int32_t row, int32_t group)
{
    return plane->samples + (ptrdiff_t)8 * (row - plane->row_begin) * plane->stride +
           (ptrdiff_t)group * TN__JPEG_GROUP_W;
}
/* From samples to the image: RGB or L as Pillow has them. */
int tn__jpeg_region_finish(const tn__jpeg_frame *frame, tn__jpeg_region *region, tn__arena *arena,
                           tn_px_image *out);

#endif
