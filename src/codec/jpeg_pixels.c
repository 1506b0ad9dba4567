/* SPDX-License-Identifier: MIT */
/* Interleaved rows from libjpeg to planes. See jpeg_pixels.h.
 *
 * As in Pillow 13.0, L is made from RGB, and the inks of a JPEG are always taken as stored
 * inverted, the way that Adobe's programs write them. */
#include "codec/jpeg_pixels.h"

#include <assert.h>
#include <string.h>

#include "cpu/rows.h"
#include "px/ink.h"
#include "px/photo.h"

static void put_grey(uint8_t *const plane[], const uint8_t *samples, int32_t w, int32_t n_planes)
{
    for (int32_t c = 0; c < n_planes; c++)
        memcpy(plane[c], samples, (size_t)w);
}

static void put_rgb(uint8_t *const plane[], const uint8_t *samples, int32_t w, int32_t n_planes)
{
    if (n_planes == 3) {
        tn__rows_get()->split3(samples, plane, w);
        return;
    }
    for (int32_t x = 0; x < w; x++, samples += 3)
        plane[0][x] = tn_px_luma(samples[0], samples[1], samples[2]);
}

static void put_cmyk(uint8_t *const plane[], const uint8_t *samples, int32_t w, int32_t n_planes)
{
    for (int32_t x = 0; x < w; x++) {
        const uint8_t *const ink = samples + 4 * (ptrdiff_t)x;
        const uint8_t rgb[3] = {tn_px_ink(ink[0], ink[3]), tn_px_ink(ink[1], ink[3]),
                                tn_px_ink(ink[2], ink[3])};
        if (n_planes == 1) {
            plane[0][x] = tn_px_luma(rgb[0], rgb[1], rgb[2]);
            continue;
        }
        for (int32_t c = 0; c < 3; c++)
            plane[c][x] = rgb[c];
    }
}

void tn__jpeg_put_row(tn_px_image *out, int32_t row, const uint8_t *samples, int32_t channels)
{
    const int32_t n_planes = out->channels;
    assert(n_planes == 1 || n_planes == 3);
    uint8_t *plane[TN_PX_MAX_CHANNELS] = {0};
    for (int32_t c = 0; c < n_planes; c++)
        plane[c] = out->plane[c] + row * out->stride;
    if (channels == 1)
        put_grey(plane, samples, out->w, n_planes);
    else if (channels == 3)
        put_rgb(plane, samples, out->w, n_planes);
    else
        put_cmyk(plane, samples, out->w, n_planes);
}
