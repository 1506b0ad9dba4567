/* SPDX-License-Identifier: MIT */
/* The image that passes between steps: planar 8-bit, a window of a larger virtual image.
 *
 * x0, y0 is the window's place in that larger image, so that a region that was decoded alone and
 * one cut from a full decode are interchangeable. Rows are 64-byte aligned with 64 readable bytes
 * behind each plane. */
#ifndef TENCH_PX_IMAGE_H
#define TENCH_PX_IMAGE_H

#include <stddef.h>
#include <stdint.h>

enum { TN_PX_MAX_CHANNELS = 4, TN_PX_ALIGN = 64 };

typedef struct tn_px_rect {
    int32_t x, y, w, h;
} tn_px_rect;

typedef struct tn_px_image {
    uint8_t *plane[TN_PX_MAX_CHANNELS];
    ptrdiff_t stride; /* bytes between rows, the same in each plane */
    int32_t x0, y0;   /* the window's place in the whole image */
    int32_t w, h;     /* of the window */
    int32_t channels;
    int32_t bits; /* 8 */
} tn_px_image;

/* Bytes between rows of an image `w` wide. */
static inline ptrdiff_t tn_px_stride(int32_t w)
{
    return ((ptrdiff_t)w + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
}

/* Bytes that one plane takes, the readable tail included. */
static inline size_t tn_px_plane_bytes(int32_t w, int32_t h)
{
    return (size_t)tn_px_stride(w) * (size_t)h + TN_PX_ALIGN;
}

#endif
