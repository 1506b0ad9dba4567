/* SPDX-License-Identifier: MIT */
/* Chooses the rows of a striped image, and writes their samples. See picture.h. */
#include "codec/stripes/picture.h"

#include <string.h>

#include "codec/rows.h"

enum { OPAQUE = 255, BYTE = 8 };

static const uint8_t *row_of(const tn_px_image *image, int32_t channel, int32_t row)
{
    return image->plane[channel] + row * image->stride;
}

static size_t row_bytes(const tn_px_image *image)
{
    return (size_t)image->w * (size_t)(image->bits / BYTE);
}

/* True if two channels have the same values. */
static bool are_equal(const tn_px_image *a, int32_t channel_a, const tn_px_image *b,
                      int32_t channel_b)
{
    for (int32_t y = 0; y < a->h; y++)
        if (memcmp(row_of(a, channel_a, y), row_of(b, channel_b, y), row_bytes(a)) != 0)
            return false;
    return true;
}

/* True if the last channel is opaque everywhere. */
static bool is_opaque(const tn_px_image *image)
{
    const size_t n_bytes = row_bytes(image);
    for (int32_t y = 0; y < image->h; y++) {
        const uint8_t *const row = row_of(image, 3, y);
        for (size_t i = 0; i < n_bytes; i++)
            if (row[i] != OPAQUE)
                return false;
    }
    return true;
}

/* Takes the palette's entries from the pixels: those without a pixel stay opaque black. */
static void find_colours(const tn__stripes_source *source, tn__stripes_image *image)
{
    const tn_px_image *const colours = &source->colours;
    for (int32_t k = 0; k < TN__STRIPES_COLOURS_MOST; k++)
        memcpy(image->palette[k], (uint8_t[]){0, 0, 0, OPAQUE}, TN__STRIPES_COLOUR);
    for (int32_t y = 0; y < colours->h; y++) {
        const uint8_t *const numbers = row_of(&source->numbers, 0, y);
        for (int32_t x = 0; x < colours->w; x++) {
            const uint8_t number = numbers[x];
            image->n_colours = number >= image->n_colours ? number + 1 : image->n_colours;
            for (int32_t c = 0; c < TN__STRIPES_COLOUR; c++)
                image->palette[number][c] = row_of(colours, c, y)[x];
        }
    }
}

/* RGB of 16 bits with equal channels stays RGB: mode L makes other values of grey with 16 bits. */
static int32_t choose_kind(const tn_px_image *kept)
{
    const bool is_wide = kept->bits > BYTE;
    const bool is_grey =
        kept->channels == 1 || (are_equal(kept, 0, kept, 1) && are_equal(kept, 0, kept, 2));
    const bool has_alpha = kept->channels == 4 && !is_opaque(kept);
    if (is_grey && has_alpha)
        return is_wide ? TN__ROW_GREY_ALPHA16 : TN__ROW_GREY_ALPHA8;
    if (has_alpha)
        return is_wide ? TN__ROW_RGBA16 : TN__ROW_RGBA8;
    if (is_grey && (!is_wide || kept->channels == 1))
        return is_wide ? TN__ROW_GREY16 : TN__ROW_GREY8;
    return is_wide ? TN__ROW_RGB16 : TN__ROW_RGB8;
}

static int32_t widest_kind(const tn_px_image *kept)
{
    const bool is_wide = kept->bits > BYTE;
    switch (kept->channels) {
    case 1: return is_wide ? TN__ROW_GREY16 : TN__ROW_GREY8;
    case 3: return is_wide ? TN__ROW_RGB16 : TN__ROW_RGB8;
    default: return is_wide ? TN__ROW_RGBA16 : TN__ROW_RGBA8;
    }
}

/* Sets this kind, unless the numbers of a palette are needed. */
static void set_kind(const tn__stripes_source *source, int32_t kind, tn__stripes_image *image)
{
    const tn_px_image *const kept = &source->kept;
    const bool one_number = image->info.has_palette;
    const bool are_levels =
        one_number && kept->channels == 1 && are_equal(&source->numbers, 0, kept, 0);
    image->kind = one_number && !are_levels ? TN__ROW_PALETTE8 : kind;
    image->n_colours = 0;
    if (image->kind == TN__ROW_PALETTE8)
        find_colours(source, image);
}

void tn__stripes_choose(const tn__stripes_source *source, tn__stripes_image *image)
{
    set_kind(source, choose_kind(&source->kept), image);
}

void tn__stripes_choose_widest(const tn__stripes_source *source, tn__stripes_image *image)
{
    set_kind(source, widest_kind(&source->kept), image);
}

/* The channels of an image that rows of a kind contain: a number for each. */
static int32_t channels_of(int32_t kind, int32_t channels[TN_PX_MAX_CHANNELS])
{
    const bool grey_alpha = kind == TN__ROW_GREY_ALPHA8 || kind == TN__ROW_GREY_ALPHA16;
    for (int32_t c = 0; c < TN_PX_MAX_CHANNELS; c++)
        channels[c] = grey_alpha && c == 1 ? 3 : c;
    switch (kind) {
    case TN__ROW_GREY_ALPHA8:
    case TN__ROW_GREY_ALPHA16: return 2;
    case TN__ROW_RGB8:
    case TN__ROW_RGB16: return 3;
    case TN__ROW_RGBA8:
    case TN__ROW_RGBA16: return 4;
    default: return 1;
    }
}

void tn__stripes_row(const tn__stripes_source *source, const tn__stripes_image *image, int32_t row,
                     uint8_t *out)
{
    const tn_px_image *const from =
        image->kind == TN__ROW_PALETTE8 ? &source->numbers : &source->kept;
    int32_t channels[TN_PX_MAX_CHANNELS];
    const int32_t n = channels_of(image->kind, channels);
    for (int32_t x = 0; x < from->w; x++)
        for (int32_t c = 0; c < n; c++) {
            const uint8_t *const samples = row_of(from, channels[c], row);
            if (from->bits == BYTE) {
                *out++ = samples[x];
                continue;
            }
            const uint16_t value = ((const uint16_t *)(const void *)samples)[x];
            *out++ = (uint8_t)(value >> BYTE);
            *out++ = (uint8_t)value;
        }
}
