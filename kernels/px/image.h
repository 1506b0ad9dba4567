/* SPDX-License-Identifier: MIT */
/* The image that passes between steps: planar, 8 or 16 bits, a window of a larger virtual image.
 *
 * x0, y0 is the window's place in the larger image. So a region that was decoded alone can replace
 * one that was cut from a full decode. Values of 16 bits are uint16_t in the order of the machine.
 * Rows are 64-byte aligned, and 64 readable bytes follow each plane. */
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
    ptrdiff_t stride; /* bytes between rows, equal for all planes */
    int32_t x0, y0;   /* the window's place in the whole image */
    int32_t w, h;     /* of the window */
    int32_t channels;
    int32_t bits; /* 8 or 16 */
} tn_px_image;

/* Bytes between rows of an image that is `w` pixels wide. */
static inline ptrdiff_t tn_px_stride(int32_t w, int32_t bits)
{
    const ptrdiff_t n_bytes = (ptrdiff_t)w * (bits / 8);
    return (n_bytes + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
}

/* Bytes of one plane, with its readable tail. */
static inline size_t tn_px_plane_bytes(int32_t w, int32_t h, int32_t bits)
{
    return (size_t)tn_px_stride(w, bits) * (size_t)h + TN_PX_ALIGN;
}

#endif
