/* SPDX-License-Identifier: MIT */
/* The module for TIFF: the first image of a file, in the modes of Pillow's table (layout.h).
 *
 * Pillow turns a TIFF by its orientation when it loads it. */
#include <stdio.h>
#include <string.h>

#include "codec/rows.h"
#include "codec/tiff/blocks.h"
#include "codec/tiff/change.h"
#include "codec/tiff/core.h"
#include "codec/tiff/jpeg.h"
#include "codec/tiff/lab.h"
#include "tench.h"

const tn__services *core;

static int32_t orientation_of(const tn__tiff *tiff)
{
    const tn__tiff_tag xmp = tn__tiff_find(tiff, TN__TIFF_XMP);
    const tn__bytes file = tiff->file;
    const int32_t orientation =
        core->orientation(file.data, file.size, xmp.bytes.data, xmp.bytes.size);
    return orientation ? orientation : 1;
}

static int read_layout(tn__bytes bytes, tn__tiff_layout *layout)
{
    const char *const why = tn__tiff_read_layout(bytes, layout);
    if (why)
        return core->fail(TN_EDECODE, "TIFF that cannot be read: %s", why);
    if (tn__tiff_blocks_are_absurd(layout))
        return core->fail(TN_EDECODE,
                          "TIFF that cannot be read: tiles of %dx%d in an image of %dx%d",
                          layout->block_w, layout->block_h, layout->w, layout->h);
    return TN_OK;
}

/* Planes of samples that are not compressed, as Pillow reads them: a byte each. It reads those of
 * L*a*b* too, but takes numbers with a sign for numbers without one. */
static int check_planes(const tn__tiff_layout *layout)
{
    if (!layout->is_planar || layout->samples == 1)
        return TN_OK;
    if (layout->change == TN__TIFF_LAB)
        return core->fail(TN_EDECODE, "TIFF that cannot be read: planes of L*a*b*");
    const bool is_raw = layout->compression == TN__TIFF_RAW;
    if (layout->bits == 8 && (!is_raw || layout->change == TN__TIFF_PLAIN))
        return TN_OK;
    if (layout->bits == 16 && !is_raw)
        return TN_OK;
    return core->fail(TN_EDECODE, "TIFF that cannot be read: planes of %d bits", layout->bits);
}

/* The levels of a grey file of 1, 2 or 4 bits are a palette, so that TN_INDICES gives its numbers.
 */
static bool has_palette(const tn__tiff_layout *layout)
{
    return layout->kind == TN__ROW_PALETTE8 || layout->bits < 8;
}

enum { OWN_BYTES }; /* places in tn__info.own */

/* Memory for blocks of the whole image: what a part needs is less. */
static uint64_t bytes_of_whole(const tn__tiff_layout *layout)
{
    return tn__tiff_blocks_bytes(layout, (tn_px_rect){0, 0, layout->w, layout->h}) +
           tn__tiff_jpeg_bytes(layout);
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__tiff_layout layout;
    int status = read_layout(bytes, &layout);
    if (status == TN_OK)
        status = check_planes(&layout);
    if (status != TN_OK)
        return status;
    const bool is_wide = layout.kind == TN__ROW_GREY16 || layout.kind == TN__ROW_RGB16 ||
                         layout.kind == TN__ROW_RGBA16;
    *info = (tn__info){
        .w = layout.w,
        .h = layout.h,
        .channels = layout.kind == TN__ROW_PALETTE8 ? 3 : layout.keeps,
        .bits = is_wide ? 16 : 8,
        .file_channels = layout.samples,
        .file_bits = layout.bits,
        .has_palette = has_palette(&layout),
        .orientation = orientation_of(&layout.tiff),
        .always_turned = true,
        .is_cut = !tn__tiff_is_whole(&layout.tiff),
        .lossless = tn__tiff_is_lossless(&layout) && tn__tiff_is_alone(&layout.tiff),
        .no_aid = TN__AID_FORMAT,
        .format = "tiff",
        .own = {[OWN_BYTES] = bytes_of_whole(&layout)},
    };
    return TN_OK;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return core->rows_image_bytes(info, want) + (size_t)info->own[OWN_BYTES] +
           tn__tiff_change_bytes(want->need.w) + TN_PX_ALIGN + sizeof(tn__tiff_palette);
}

static void make_greys(int32_t bits, tn__tiff_palette *palette)
{
    palette->n = 1 << bits;
    for (int32_t k = 0; k < palette->n; k++)
        memset(palette->rgb[k], k * 255 / (palette->n - 1), 3);
}

/* The map has all reds, then all greens, then all blues. Pillow takes the high bytes. */
static int read_colours(const tn__tiff *tiff, tn__tiff_palette *palette)
{
    const tn__tiff_tag map = tn__tiff_find(tiff, TN__TIFF_COLOR_MAP);
    if (!tn__tiff_is_numbers(&map) || map.n > 3 * 256)
        return core->fail(TN_EDECODE, "TIFF that cannot be read: its palette has %llu numbers",
                          (unsigned long long)map.n);
    palette->n = (int32_t)(map.n / 3);
    for (int32_t k = 0; k < palette->n; k++)
        for (int32_t c = 0; c < 3; c++)
            palette->rgb[k][c] =
                (uint8_t)(tn__tiff_value(tiff, &map,
                                         (uint64_t)c * (uint64_t)palette->n + (uint64_t)k) >>
                          8);
    return TN_OK;
}

/* The grey of a pixel in luma and differences of colour is the luma, as in Pillow. */
static void take_luma(tn__tiff_layout *layout)
{
    layout->kind = TN__ROW_GREY8;
    layout->taken = 1;
    layout->change = TN__TIFF_PLAIN;
}

/* Pillow has no grey for L*a*b*. */
static int prepare_lab(const tn__want *want)
{
    if (want->mode == TN_GREY)
        return core->fail(TN_EDECODE, "TIFF of L*a*b*, which has no conversion to grey");
    return tn__tiff_lab_ready() ? TN_OK : core->fail(TN_ENOMEM, "LittleCMS: out of memory");
}

static int make_rows(const tn__tiff_layout *layout, const tn__info *info, const tn__want *want,
                     tn__tiff_palette *palette, tn__rows *rows)
{
    const bool is_host_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    const bool is_raw = layout->compression == TN__TIFF_RAW;
    *rows = (tn__rows){.kind = has_palette(layout) ? TN__ROW_PALETTE8 : layout->kind,
                       .mode = want->mode,
                       .big_endian = is_raw ? layout->tiff.big_endian : is_host_big};
    if (layout->change == TN__TIFF_TWELVE)
        rows->big_endian = is_host_big;
    int status = TN_OK;
    if (layout->kind == TN__ROW_PALETTE8 || layout->change == TN__TIFF_COLOURS)
        status = read_colours(&layout->tiff, palette);
    else if (has_palette(layout))
        make_greys(layout->bits, palette);
    if (status == TN_OK && has_palette(layout))
        core->rows_set_palette(rows, info, palette->rgb[0], NULL, palette->n);
    return status;
}

static int put_rows(tn__tiff_blocks *blocks, const tn__rows *rows, const tn__tiff_palette *palette,
                    uint8_t *work, const tn_px_image *out)
{
    for (int32_t y = 0; y < out->h; y++) {
        const uint8_t *row;
        const int status = tn__tiff_blocks_row(blocks, out->y0 + y, &row);
        if (status != TN_OK)
            return status;
        core->rows_put(
            rows, out, y,
            tn__tiff_change(blocks->layout, palette, rows->big_endian, row, out->x0, out->w, work));
    }
    return TN_OK;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0; /* the library does not tell of guesses */
    tn__tiff_layout layout;
    tn__tiff_palette *palette = NULL;
    tn__rows rows;
    uint8_t *work, *memory;
    int status = read_layout(bytes, &layout);
    if (status == TN_OK && (layout.w != info->w || layout.h != info->h))
        status = core->fail_changed("TIFF");
    if (status == TN_OK && want->mode == TN_GREY && layout.change == TN__TIFF_YCC)
        take_luma(&layout);
    if (status == TN_OK && layout.change == TN__TIFF_LAB)
        status = prepare_lab(want);
    if (status == TN_OK)
        status = core->take(arena, sizeof *palette, &memory);
    if (status != TN_OK)
        return status;
    palette = (tn__tiff_palette *)(void *)memory; /* aligned by the arena */
    memset(palette, 0, sizeof *palette);
    status = make_rows(&layout, info, want, palette, &rows);
    if (status == TN_OK)
        status = core->take(arena, tn__tiff_change_bytes(want->need.w), &work);
    if (status == TN_OK)
        status = core->rows_image(info, want, arena, out);
    if (status != TN_OK)
        return status;
    tn__tiff_blocks blocks;
    status = tn__tiff_blocks_open(&blocks, &layout, want->need, arena);
    if (status == TN_OK)
        status = tn__tiff_jpeg_decode(&blocks, want, arena, out);
    if (status == TN__NOT_MINE)
        status = put_rows(&blocks, &rows, palette, work, out);
    tn__tiff_blocks_close(&blocks);
    return status;
}

static const tn__spec spec = {.name = "tiff"};
static const tn__codec tiff = {
    .spec = &spec,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
static const tn__codec *const codecs[] = {&tiff, NULL};

/* The first line of TIFFGetVersion is "LIBTIFF, Version 4.5.0". */
static void versions(char *out, size_t size)
{
    const char *const text = TIFFGetVersion();
    const char *const number = strstr(text, "Version ");
    const char *const from = number ? number + sizeof "Version " - 1 : text;
    snprintf(out, size, "libtiff %.*s", (int)strcspn(from, "\n"), from);
}

TN__MODULE(codecs, versions)
