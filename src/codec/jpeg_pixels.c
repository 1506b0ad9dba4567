/* SPDX-License-Identifier: MIT */
/* Interleaved rows from libjpeg to planes. See jpeg_pixels.h.
 *
 * The arithmetic is that of Pillow 13.0: L = (19595 R + 38470 G + 7471 B + 2^15) >> 16; CMYK goes
 * to RGB as clip(255 - K - C (255 - K) / 255), rounded, and a JPEG's CMYK is always taken as stored
 * inverted, the way that Adobe's programs write it. */
#include "codec/jpeg_pixels.h"

#include <string.h>

static uint8_t luma(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint8_t)((19595u * r + 38470u * g + 7471u * b + 32768u) >> 16);
}

/* One of R, G, B from its inverted ink: what black leaves, less the ink's share of it. */
static uint8_t mix_ink(uint8_t inverted_ink, uint8_t inverted_black)
{
    const int product = (255 - inverted_ink) * inverted_black + 128;
    const int value = inverted_black - (((product >> 8) + product) >> 8);
    return (uint8_t)(value < 0 ? 0 : value);
}

static void put_grey(uint8_t *const plane[], const uint8_t *samples, int32_t w, int32_t n_planes)
{
    for (int32_t c = 0; c < n_planes; c++)
        memcpy(plane[c], samples, (size_t)w);
}

static void put_rgb(uint8_t *const plane[], const uint8_t *samples, int32_t w, int32_t n_planes)
{
    uint8_t *const restrict first = plane[0];
    if (n_planes == 1) {
        for (int32_t x = 0; x < w; x++)
            first[x] = luma(samples[3 * x], samples[3 * x + 1], samples[3 * x + 2]);
        return;
    }
    uint8_t *const restrict second = plane[1], *const restrict third = plane[2];
    for (int32_t x = 0; x < w; x++) {
        first[x] = samples[3 * x];
        second[x] = samples[3 * x + 1];
        third[x] = samples[3 * x + 2];
    }
}

static void put_cmyk(uint8_t *const plane[], const uint8_t *samples, int32_t w, int32_t n_planes)
{
    for (int32_t x = 0; x < w; x++) {
        const uint8_t *const ink = samples + 4 * (ptrdiff_t)x;
        const uint8_t rgb[3] = {mix_ink(ink[0], ink[3]), mix_ink(ink[1], ink[3]),
                                mix_ink(ink[2], ink[3])};
        if (n_planes == 1) {
            plane[0][x] = luma(rgb[0], rgb[1], rgb[2]);
            continue;
        }
        for (int32_t c = 0; c < 3; c++)
            plane[c][x] = rgb[c];
    }
}

void tn__jpeg_put_row(tn_px_image *out, int32_t row, const uint8_t *samples, int32_t channels)
{
    uint8_t *plane[TN_PX_MAX_CHANNELS] = {0};
    for (int32_t c = 0; c < out->channels; c++)
        plane[c] = out->plane[c] + row * out->stride;
    if (channels == 1)
        put_grey(plane, samples, out->w, out->channels);
    else if (channels == 3)
        put_rgb(plane, samples, out->w, out->channels);
    else
        put_cmyk(plane, samples, out->w, out->channels);
}
