/* SPDX-License-Identifier: MIT */
/* Turns samples into pixels. See samples.h. Sums and shifts wrap as in Pillow: white of more than 8
 * bits becomes 256 by rounding, and so 0. */
#include "codec/jp2/samples.h"

#include <string.h>

#include "px/ycc.h"

void tn__jp2_set_component(tn__jp2_pixels *pixels, int32_t number, int32_t bits, bool is_signed)
{
    tn__jp2_component *const one = &pixels->component[number];
    one->bytes = bits <= 8 ? 1 : bits <= 16 ? 2 : 4;
    one->shift = (pixels->is_wide ? 16 : 8) - bits;
    one->added = is_signed ? 1u << (bits - 1) : 0;
    if (one->shift < 0)
        one->added += 1u << (-one->shift - 1);
}

int32_t tn__jp2_sample_bytes(const tn__jp2_pixels *pixels)
{
    int32_t sum = 0;
    for (int32_t k = 0; k < pixels->n; k++)
        sum += pixels->component[k].bytes;
    return sum;
}

static uint32_t get_sample(const uint8_t *samples, int32_t bytes, int32_t place)
{
    uint16_t word;
    uint32_t wide;
    if (bytes == 1)
        return samples[place];
    if (bytes == 2) {
        memcpy(&word, samples + (size_t)place * sizeof word, sizeof word);
        return word;
    }
    memcpy(&wide, samples + (size_t)place * sizeof wide, sizeof wide);
    return wide;
}

static uint32_t convert(const tn__jp2_component *one, uint32_t sample)
{
    const uint32_t sum = sample + one->added;
    return one->shift < 0 ? sum >> -one->shift : sum << one->shift;
}

/* Samples of 8 bits, one for each pixel: the usual ones, which need no shift and no division. */
static void put_bytes(const tn__jp2_pixels *pixels, const tn__jp2_component *one,
                      const uint8_t *samples, int32_t w, uint8_t *out)
{
    for (int32_t k = 0; k < w; k++, out += pixels->n)
        *out = (uint8_t)(samples[k] + one->added);
}

/* Puts a row of one component, `samples`, beside those of the others. */
static void put_component(const tn__jp2_pixels *pixels, int32_t number, const uint8_t *samples,
                          int32_t x, int32_t w, uint8_t *out)
{
    const tn__jp2_component *const one = &pixels->component[number];
    uint16_t *const wide = (uint16_t *)(void *)out; /* aligned by the arena */
    if (one->bytes == 1 && one->dx == 1 && one->shift == 0) {
        put_bytes(pixels, one, samples + x, w, out + number);
        return;
    }
    for (int32_t k = 0; k < w; k++) {
        const uint32_t value = convert(one, get_sample(samples, one->bytes, (x + k) / one->dx));
        const ptrdiff_t place = (ptrdiff_t)k * pixels->n + number;
        if (pixels->is_wide)
            wide[place] = (uint16_t)value;
        else
            out[place] = (uint8_t)value;
    }
}

/* What a colour adds to a channel, in whole steps: Pillow rounds its products to 64ths, and those
 * below 0 towards 0. */
static int32_t product(double factor, int32_t colour)
{
    return (int32_t)(factor * 64 * (colour - 128) + 0.5);
}

static void convert_ycc(uint8_t *pixel)
{
    const int32_t y = pixel[0], cb = pixel[1], cr = pixel[2];
    pixel[0] = tn_px_clip(y + (product(1.402, cr) >> 6));
    pixel[1] = tn_px_clip(y + ((product(-0.34414, cb) + product(-0.71414, cr)) >> 6));
    pixel[2] = tn_px_clip(y + (product(1.772, cb) >> 6));
}

void tn__jp2_put_pixels(const tn__jp2_pixels *pixels, const tn__jp2_tile *tile, int32_t x,
                        int32_t y, int32_t w, uint8_t *out)
{
    const uint8_t *samples = tile->samples;
    for (int32_t k = 0; k < pixels->n; k++) {
        const tn__jp2_component *const one = &pixels->component[k];
        const size_t row_bytes = (size_t)(tile->w / one->dx) * (size_t)one->bytes;
        put_component(pixels, k, samples + (size_t)(y / one->dy) * row_bytes, x, w, out);
        samples += row_bytes * (size_t)(tile->h / one->dy);
    }
    for (int32_t k = 0; pixels->is_ycc && k < w; k++)
        convert_ycc(out + (ptrdiff_t)k * pixels->n);
}
