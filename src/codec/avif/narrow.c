/* SPDX-License-Identifier: MIT */
/* Makes 8 bits of samples. See narrow.h. */
#include "codec/avif/narrow.h"

#include <stdbool.h>

/* The colours that libyuv computes. libavif computes the others itself, with all bits. */
static bool has_matrix(const avifImage *view)
{
    switch (view->matrixCoefficients) {
    case AVIF_MATRIX_COEFFICIENTS_BT709:
    case AVIF_MATRIX_COEFFICIENTS_BT470BG:
    case AVIF_MATRIX_COEFFICIENTS_BT601:
    case AVIF_MATRIX_COEFFICIENTS_UNSPECIFIED:
    case AVIF_MATRIX_COEFFICIENTS_BT2020_NCL: return true;
    case AVIF_MATRIX_COEFFICIENTS_CHROMA_DERIVED_NCL: break;
    default: return false;
    }
    switch (view->colorPrimaries) {
    case AVIF_COLOR_PRIMARIES_BT709:
    case AVIF_COLOR_PRIMARIES_UNSPECIFIED:
    case AVIF_COLOR_PRIMARIES_BT470BG:
    case AVIF_COLOR_PRIMARIES_BT601:
    case AVIF_COLOR_PRIMARIES_BT2020: return true;
    default: return false;
    }
}

/* libyuv computes RGB of 8 bits only, except for grey, which libavif computes. For RGBA it also
 * takes colours of 10 bits, and of 12 bits if four pixels share them. */
static bool needs_8_bits(const avifImage *view)
{
    const bool is_grey = view->yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
    if (!view->alphaPlane)
        return !is_grey;
    return is_grey || (view->depth == 12 && view->yuvFormat != AVIF_PIXEL_FORMAT_YUV420);
}

/* Alpha goes with the colours, whose low bits are dropped, or alone, and is rounded. */
static bool rounds_alpha(const avifImage *view)
{
    return view->yuvFormat == AVIF_PIXEL_FORMAT_YUV400 ||
           (view->depth == 12 && view->yuvFormat == AVIF_PIXEL_FORMAT_YUV420);
}

static const uint16_t *row_of(const uint8_t *plane, uint32_t row_bytes, uint32_t y)
{
    return (const uint16_t *)(const void *)(plane + (size_t)y * row_bytes); /* pairs of bytes */
}

/* Drops the low bits of a plane; returns what is left of the memory. */
static uint8_t *narrow_plane(uint8_t **plane, uint32_t *row_bytes, uint32_t w, uint32_t h,
                             uint32_t shift, uint8_t *memory)
{
    uint8_t *to = memory;
    for (uint32_t y = 0; y < h; y++) {
        const uint16_t *const from = row_of(*plane, *row_bytes, y);
        for (uint32_t x = 0; x < w; x++)
            *to++ = (uint8_t)(from[x] >> shift);
    }
    *plane = memory;
    *row_bytes = w;
    return to;
}

static void narrow_colours(avifImage *view, uint8_t *memory)
{
    avifPixelFormatInfo info;
    avifGetPixelFormatInfo(view->yuvFormat, &info);
    const uint32_t shift = view->depth - 8;
    for (int k = AVIF_CHAN_Y; k <= AVIF_CHAN_V; k++) {
        const bool is_y = k == AVIF_CHAN_Y;
        const uint32_t right = is_y ? 0 : (uint32_t)info.chromaShiftX,
                       down = is_y ? 0 : (uint32_t)info.chromaShiftY;
        const uint32_t w = (view->width + right) >> right, h = (view->height + down) >> down;
        if (view->yuvPlanes[k])
            memory = narrow_plane(&view->yuvPlanes[k], &view->yuvRowBytes[k], w, h, shift, memory);
    }
    view->depth = 8;
}

/* Alpha of 8 bits, or a value of 10 bits of which libavif makes these by rounding. */
static void narrow_alpha(avifImage *view, bool to_8_bits, uint8_t *memory)
{
    const uint32_t most = (1u << view->depth) - 1, shift = view->depth - 8;
    const bool rounds = rounds_alpha(view);
    uint8_t *const narrow = memory;
    uint16_t *const wide = (uint16_t *)(void *)memory; /* aligned by the caller */
    for (uint32_t y = 0; y < view->height; y++) {
        const uint16_t *const from = row_of(view->alphaPlane, view->alphaRowBytes, y);
        for (uint32_t x = 0; x < view->width; x++) {
            const size_t at = (size_t)y * view->width + x;
            const uint32_t value = rounds ? (uint32_t)(0.5F + (float)from[x] / (float)most * 255.0F)
                                          : (uint32_t)from[x] >> shift;
            if (to_8_bits)
                narrow[at] = (uint8_t)value;
            else
                wide[at] = (uint16_t)((value * most + 127) / 255);
        }
    }
    view->alphaPlane = memory;
    view->alphaRowBytes = view->width * (to_8_bits ? 1 : 2);
}

enum { ALPHA_BYTES = 2, COLOURS = 3 };

size_t tn__avif_narrow_bytes(int32_t w, int32_t h)
{
    return (size_t)w * (size_t)h * (ALPHA_BYTES + COLOURS);
}

void tn__avif_narrow(avifImage *view, uint8_t *memory)
{
    if (view->depth == 8 || !has_matrix(view))
        return;
    const bool to_8_bits = needs_8_bits(view);
    uint8_t *const colours = memory + (size_t)view->width * view->height * ALPHA_BYTES;
    if (view->alphaPlane)
        narrow_alpha(view, to_8_bits, memory);
    if (to_8_bits)
        narrow_colours(view, colours);
}
