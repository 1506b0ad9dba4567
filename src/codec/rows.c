/* SPDX-License-Identifier: MIT */
/* Puts rows into planes. See rows.h.
 *
 * A row goes in tiles that stay in the first cache. A tile is split into planes: at once into those
 * of the image where it has them, else into a buffer, for example of colours that become grey. */
#include "codec/rows.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "cpu/arrange_rows.h"
#include "cpu/photo_rows.h"
#include "cpu/table_rows.h"
#include "px/ink.h"
#include "px/photo.h"
#include "tench.h"

enum { TILE = 512, BLACK = 0, OPAQUE = 255, DEPTH = 16 };

/* What a kind's samples are. */
static const struct kind {
    int8_t samples;   /* of a pixel */
    int8_t colours;   /* 1, 3, or 4 inks */
    bool alpha, wide; /* the last sample is alpha; 16 bits */
    bool bgr, inverted;
} kinds[TN__ROW_KINDS] = {
    [TN__ROW_GREY8] = {.samples = 1, .colours = 1},
    [TN__ROW_GREY_ALPHA8] = {.samples = 2, .colours = 1, .alpha = true},
    [TN__ROW_RGB8] = {.samples = 3, .colours = 3},
    [TN__ROW_RGBA8] = {.samples = 4, .colours = 3, .alpha = true},
    [TN__ROW_RGBX8] = {.samples = 4, .colours = 3},
    [TN__ROW_BGR8] = {.samples = 3, .colours = 3, .bgr = true},
    [TN__ROW_BGRA8] = {.samples = 4, .colours = 3, .alpha = true, .bgr = true},
    [TN__ROW_BGRX8] = {.samples = 4, .colours = 3, .bgr = true},
    [TN__ROW_CMYK8] = {.samples = 4, .colours = 4},
    [TN__ROW_CMYK8_INVERTED] = {.samples = 4, .colours = 4, .inverted = true},
    [TN__ROW_PALETTE8] = {.samples = 1, .colours = 1},
    [TN__ROW_GREY16] = {.samples = 1, .colours = 1, .wide = true},
    [TN__ROW_GREY_ALPHA16] = {.samples = 2, .colours = 1, .alpha = true, .wide = true},
    [TN__ROW_RGB16] = {.samples = 3, .colours = 3, .wide = true},
    [TN__ROW_RGBA16] = {.samples = 4, .colours = 3, .alpha = true, .wide = true},
};

/* A stretch of a row: planes of the image, and buffers for what is not kept. */
struct tile {
    const tn__rows *rows;
    const struct kind *kind;
    int32_t n, channels;
    uint8_t *out[TN_PX_MAX_CHANNELS];
    uint8_t spare[TN_PX_MAX_CHANNELS][TILE];
};

/* Splits a tile's pixels of 1 to 4 bytes into planes. */
static void split(const uint8_t *samples, uint8_t *const plane[TN_PX_MAX_CHANNELS], int32_t count,
                  int32_t n)
{
    if (count == 1) {
        memcpy(plane[0], samples, (size_t)n);
    } else if (count == 2) {
        tn__arrange_rows_get()->split2(samples, plane, n);
    } else if (count == 3) {
        tn__arrange_rows_get()->split3(samples, plane, n);
    } else {
        tn__arrange_rows_get()->split4(samples, plane, n);
    }
}

static void put_grey(struct tile *tile, const uint8_t *samples)
{
    uint8_t *const alpha = tile->channels == 4 ? tile->out[3] : tile->spare[3];
    uint8_t *const plane[TN_PX_MAX_CHANNELS] = {tile->out[0], alpha};
    split(samples, plane, tile->kind->samples, tile->n);
    for (int32_t c = 1; c < 3 && c < tile->channels; c++)
        memcpy(tile->out[c], tile->out[0], (size_t)tile->n);
}

/* Turns inks in four planes into colours in the first three. */
static void print_inks(uint8_t *const plane[4], bool inverted, int32_t n)
{
    const uint8_t turn = inverted ? 0 : 255;
    const uint8_t *const black = plane[3];
    for (int32_t c = 0; c < 3; c++) {
        uint8_t *const ink = plane[c];
        for (ptrdiff_t x = 0; x < n; x++)
            ink[x] = tn_px_ink(ink[x] ^ turn, black[x] ^ turn);
    }
}

static void put_colours(struct tile *tile, const uint8_t *samples)
{
    const struct kind *const kind = tile->kind;
    const bool to_grey = tile->channels == 1;
    uint8_t *plane[TN_PX_MAX_CHANNELS];
    for (int32_t c = 0; c < TN_PX_MAX_CHANNELS; c++)
        plane[c] = c < tile->channels && !to_grey ? tile->out[c] : tile->spare[c];
    uint8_t *const red = plane[0], *const blue = plane[2];
    plane[0] = kind->bgr ? blue : red;
    plane[2] = kind->bgr ? red : blue;
    split(samples, plane, kind->samples, tile->n);
    if (kind->colours == 4)
        print_inks(plane, kind->inverted, tile->n);
    if (to_grey)
        tn__photo_rows_get()->luma(red, plane[1], blue, tile->out[0], tile->n);
}

static void look_up(struct tile *tile, const uint8_t *numbers)
{
    const tn__rows *const rows = tile->rows;
    for (int32_t c = 0; c < tile->channels; c++)
        tn__table_rows_get()->look_up(numbers, rows->table[c], rows->sixteens,
                                      c == 3 ? OPAQUE : BLACK, tile->out[c], tile->n);
}

/* Makes the alpha of pixels that have none: 0 where all values are those of the key. */
static void make_alpha(struct tile *tile)
{
    uint8_t *const alpha = tile->out[3];
    memset(alpha, OPAQUE, (size_t)tile->n);
    if (!tile->rows->has_key)
        return;
    const bool is_grey = tile->kind->colours == 1;
    const uint16_t *const key = tile->rows->key;
    const uint8_t r = (uint8_t)key[0], g = (uint8_t)key[is_grey ? 0 : 1],
                  b = (uint8_t)key[is_grey ? 0 : 2];
    for (ptrdiff_t x = 0; x < tile->n; x++) {
        const int other = (tile->out[0][x] ^ r) | (tile->out[1][x] ^ g) | (tile->out[2][x] ^ b);
        alpha[x] = (uint8_t) - (other != 0);
    }
}

static void put_tile(struct tile *tile, const uint8_t *samples)
{
    const struct kind *const kind = tile->kind;
    if (tile->rows->mode == TN_INDICES) {
        memcpy(tile->out[0], samples, (size_t)tile->n);
        return;
    }
    if (tile->rows->kind == TN__ROW_PALETTE8) {
        look_up(tile, samples);
        return;
    }
    if (kind->colours == 1)
        put_grey(tile, samples);
    else
        put_colours(tile, samples);
    if (tile->channels == 4 && !kind->alpha)
        make_alpha(tile);
}

/* Splits n samples of 16 bits into their bytes. */
static void split_bytes(const tn__rows *rows, const uint8_t *samples, uint8_t *high, uint8_t *low,
                        int32_t n)
{
    uint8_t *const bytes[2] = {rows->big_endian ? high : low, rows->big_endian ? low : high};
    tn__arrange_rows_get()->split2(samples, bytes, n);
}

/* Greys of more than 255 become 255. */
static void saturate(uint8_t *high, const uint8_t *low, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        high[i] = (uint8_t)(low[i] | -(high[i] != 0));
}

/* Makes the alpha of wide pixels that have none. */
static void make_wide_alpha(const tn__rows *rows, uint16_t *const plane[TN_PX_MAX_CHANNELS],
                            int32_t n)
{
    const bool is_grey = kinds[rows->kind].colours == 1;
    const uint16_t r = rows->key[0], g = rows->key[is_grey ? 0 : 1], b = rows->key[is_grey ? 0 : 2];
    for (ptrdiff_t x = 0; x < n; x++) {
        const int other = (plane[0][x] ^ r) | (plane[1][x] ^ g) | (plane[2][x] ^ b);
        plane[3][x] = (uint16_t) - (other != 0 || !rows->has_key);
    }
}

static void join_bytes(const uint8_t *high, const uint8_t *low, uint16_t *out, int32_t n)
{
    for (ptrdiff_t x = 0; x < n; x++)
        out[x] = (uint16_t)(high[x] << 8 | low[x]);
}

/* Puts a tile of n pixels, whose bytes were split, into planes of 16 bits. */
static void put_wide_tile(const tn__rows *rows, const uint8_t *high, const uint8_t *low,
                          uint16_t *const out[TN_PX_MAX_CHANNELS], int32_t channels, int32_t n)
{
    const struct kind *const kind = &kinds[rows->kind];
    uint8_t bytes[2][TN_PX_MAX_CHANNELS][TILE];
    uint8_t *const highs[] = {bytes[0][0], bytes[0][1], bytes[0][2], bytes[0][3]};
    uint8_t *const lows[] = {bytes[1][0], bytes[1][1], bytes[1][2], bytes[1][3]};
    split(high, highs, kind->samples, n);
    split(low, lows, kind->samples, n);
    for (int32_t c = 0; c < channels; c++) {
        const int32_t colour = kind->colours == 1 ? 0 : c,
                      sample = c < 3 ? colour : kind->samples - 1;
        if (c < 3 || kind->alpha)
            join_bytes(highs[sample], lows[sample], out[c], n);
    }
    if (channels == 4 && !kind->alpha)
        make_wide_alpha(rows, out, n);
}

/* Puts a tile of n pixels whose samples have 16 bits, from column x on. */
static void put_wide(struct tile *tile, const tn_px_image *out, const uint8_t *samples)
{
    uint8_t bytes[2][TN_PX_MAX_CHANNELS * TILE + TN__ROWS_TAIL];
    const int32_t n = tile->n * tile->kind->samples;
    uint16_t *plane[TN_PX_MAX_CHANNELS];
    split_bytes(tile->rows, samples, bytes[0], bytes[1], n);
    if (out->bits == DEPTH) {
        for (int32_t c = 0; c < out->channels; c++)
            plane[c] = (uint16_t *)(void *)tile->out[c];
        put_wide_tile(tile->rows, bytes[0], bytes[1], plane, out->channels, tile->n);
        return;
    }
    if (tile->rows->kind == TN__ROW_GREY16)
        saturate(bytes[0], bytes[1], n);
    put_tile(tile, bytes[0]);
}

void tn__rows_put(const tn__rows *rows, const tn_px_image *out, int32_t row, const uint8_t *samples)
{
    const struct kind *const kind = &kinds[rows->kind];
    const ptrdiff_t pixel = (ptrdiff_t)kind->samples * (kind->wide ? 2 : 1);
    struct tile tile;
    assert(out->channels >= 1);
    tile.rows = rows;
    tile.kind = kind;
    tile.channels = out->channels;
    for (int32_t x = 0; x < out->w; x += TILE) {
        tile.n = out->w - x < TILE ? out->w - x : TILE;
        for (int32_t c = 0; c < out->channels; c++)
            tile.out[c] = out->plane[c] + row * out->stride + (ptrdiff_t)x * (out->bits / 8);
        if (kind->wide)
            put_wide(&tile, out, samples + pixel * x);
        else
            put_tile(&tile, samples + pixel * x);
    }
}

void tn__rows_set_palette(tn__rows *rows, const tn__info *info, const uint8_t *rgb,
                          const uint8_t *alpha, int32_t n)
{
    const int32_t channels = tn__info_channels(info, rows->mode);
    rows->sixteens = (n + 15) / 16;
    for (int32_t k = 0; k < 256; k++) {
        static const uint8_t black[3] = {BLACK, BLACK, BLACK};
        const uint8_t *const colour = k < n ? rgb + 3 * k : black;
        for (int32_t c = 0; c < 3; c++)
            rows->table[c][k] = colour[c];
        rows->table[3][k] = alpha && k < n ? alpha[k] : OPAQUE;
        if (channels == 1)
            rows->table[0][k] = tn_px_luma(colour[0], colour[1], colour[2]);
    }
}

/* The samples of a byte, each in a byte of its own, the first one lowest. */
static uint64_t spread(uint64_t byte, int32_t bits)
{
    if (bits == 4)
        return byte >> 4 | (byte & 15) << 8;
    if (bits == 2)
        return byte >> 6 | (byte >> 4 & 3) << 8 | (byte >> 2 & 3) << 16 | (byte & 3) << 24;
    /* The product has the byte eight times, moved by another bit each time. */
    return (byte * 0x8040201008040201u >> 7) & 0x0101010101010101u;
}

void tn__rows_unpack(const uint8_t *packed, int32_t bits, int32_t first, int32_t n, uint8_t *out)
{
    const int32_t a_byte = 8 / bits;
    const uint8_t *at = packed + first / a_byte;
    int32_t skipped = first % a_byte;
    while (n > 0) {
        const bool whole = skipped == 0 && n >= 8; /* all 8 bytes of a spread byte have room */
        uint8_t samples[8];
        int32_t count = a_byte - skipped;
        tn__put_64(whole ? out : samples, spread(*at++, bits));
        count = count < n ? count : n;
        if (!whole)
            memcpy(out, samples + skipped, (size_t)count);
        skipped = 0;
        out += count;
        n -= count;
    }
}

int tn__rows_image(const tn__info *info, const tn__want *want, tn__arena *arena, tn_px_image *out)
{
    const tn_px_rect need = want->need;
    const int status = tn__arena_image(arena, need.w, need.h, tn__info_channels(info, want->mode),
                                       tn__info_bits(info, want->mode), out);
    out->x0 = need.x;
    out->y0 = need.y;
    return status;
}

size_t tn__rows_image_bytes(const tn__info *info, const tn__want *want)
{
    const size_t channels = (size_t)tn__info_channels(info, want->mode);
    const int32_t bits = tn__info_bits(info, want->mode);
    return channels * tn_px_plane_bytes(want->need.w, want->need.h, bits) + TN_PX_ALIGN;
}

int tn__rows_add_alpha(tn__arena *arena, tn_px_image *image)
{
    assert(image->channels == 3 && image->bits == 8);
    const size_t n_bytes = (size_t)image->stride * (size_t)image->h;
    image->plane[3] = tn__arena_take(arena, n_bytes + TN_PX_ALIGN);
    if (!image->plane[3])
        return tn__error_last()->code;
    memset(image->plane[3], OPAQUE, n_bytes);
    memset(image->plane[3] + n_bytes, 0, TN_PX_ALIGN);
    image->channels = 4;
    return TN_OK;
}
