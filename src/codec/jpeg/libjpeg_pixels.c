/* SPDX-License-Identifier: MIT */
/* Interleaved rows from libjpeg to planes. See libjpeg_pixels.h.
 *
 * As in Pillow 13.0, L is made from RGB, and the inks of a JPEG are always taken as stored
 * inverted, the way that Adobe's programs write them. */
#include "codec/jpeg/libjpeg_pixels.h"

#include <assert.h>
#include <string.h>

#include "cpu/rows.h"
#include "px/ink.h"
#include "px/photo.h"

static uint8_t *row_of(const tn_px_image *out, int32_t channel, int32_t row)
{
    return out->plane[channel] + row * out->stride;
}

static void put_grey(const tn_px_image *out, int32_t row, const uint8_t *samples)
{
    for (int32_t c = 0; c < out->channels; c++)
        memcpy(row_of(out, c, row), samples, (size_t)out->w);
}

static void put_rgb(const tn_px_image *out, int32_t row, const uint8_t *samples)
{
    uint8_t *const grey = row_of(out, 0, row);
    if (out->channels == 3) {
        uint8_t *const rows[3] = {grey, row_of(out, 1, row), row_of(out, 2, row)};
        tn__rows_get()->split3(samples, rows, out->w);
        return;
    }
    for (int32_t x = 0; x < out->w; x++, samples += 3)
        grey[x] = tn_px_luma(samples[0], samples[1], samples[2]);
}

static void put_cmyk(const tn_px_image *out, int32_t row, const uint8_t *inks)
{
    const ptrdiff_t at = row * out->stride;
    for (int32_t x = 0; x < out->w; x++, inks += 4) {
        const uint8_t r = tn_px_ink(inks[0], inks[3]), g = tn_px_ink(inks[1], inks[3]),
                      b = tn_px_ink(inks[2], inks[3]);
        if (out->channels == 1) {
            out->plane[0][at + x] = tn_px_luma(r, g, b);
            continue;
        }
        out->plane[0][at + x] = r;
        out->plane[1][at + x] = g;
        out->plane[2][at + x] = b;
    }
}

void tn__libjpeg_put_row(const tn_px_image *out, int32_t row, const uint8_t *samples,
                         int32_t channels)
{
    assert(out->channels == 1 || out->channels == 3);
    if (channels == 1)
        put_grey(out, row, samples);
    else if (channels == 3)
        put_rgb(out, row, samples);
    else
        put_cmyk(out, row, samples);
}
