/* SPDX-License-Identifier: MIT */
/* Decodes BMP files: rows of the file, in any of their layouts, become rows of pixels. */
#include "codec/bmp/bmp.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/least.h"
#include "codec/bmp/header.h"
#include "codec/bmp/rle.h"
#include "codec/rows.h"
#include "tench.h"

enum { IS_RLE }; /* a number of our own in tn__info */

static const tn__spec spec = {
    .name = "bmp",
    .doc = "Windows and OS/2 bitmaps of 1 to 32 bits, plain, with masks, or with runs.",
    .source = "Pillow 13.0 BmpImagePlugin.py",
    .speed = "4.5 times Pillow, crops 22",
};

static int32_t kind_of(const tn__bmp_header *header)
{
    switch (header->layout) {
    case TN__BMP_BITS:
    case TN__BMP_GREY: return TN__ROW_GREY8;
    case TN__BMP_INDEX: return TN__ROW_PALETTE8;
    case TN__BMP_BGR: return TN__ROW_BGR8;
    case TN__BMP_BGRX: return TN__ROW_BGRX8;
    case TN__BMP_RGBA:
    case TN__BMP_ABGR: return TN__ROW_RGBA8;
    case TN__BMP_BGRA:
    case TN__BMP_BGAR: return TN__ROW_BGRA8;
    default: return TN__ROW_RGB8;
    }
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__bmp_header header;
    const int status = tn__bmp_header_read(bytes, &header);
    if (status != TN_OK)
        return status;
    const int32_t kind = kind_of(&header);
    const bool is_index = kind == TN__ROW_GREY8 || kind == TN__ROW_PALETTE8;
    *info = (tn__info){
        .w = header.w,
        .h = header.h,
        .channels = kind == TN__ROW_GREY8        ? 1
                    : tn__bmp_has_alpha(&header) ? 4
                                                 : 3,
        .bits = 8,
        .file_channels = is_index                     ? 1
                         : tn__bmp_has_alpha(&header) ? 4
                                                      : 3,
        .file_bits = header.bits == 16 ? 5
                     : header.bits < 8 ? header.bits
                                       : 8,
        .has_palette = is_index,
        .orientation = 1,
        .lossless = true,
        .no_aid = TN__AID_FORMAT,
        .format = spec.name,
        .own = {[IS_RLE] = header.rle},
    };
    return TN_OK;
}

static size_t line_bytes(int32_t w)
{
    return 4 * (size_t)w + TN__ROWS_TAIL;
}

/* Pixels of the whole file, if they are runs: the rows of a region may be the last ones. */
static size_t scratch(const tn__info *info, const tn__want *want)
{
    const size_t n_pixels = info->own[IS_RLE] ? (size_t)info->w * (size_t)info->h : 0;
    return tn__rows_image_bytes(info, want) + line_bytes(want->need.w) + n_pixels + TN__ROWS_TAIL +
           (size_t)2 * TN_PX_ALIGN;
}

/* A file's rows while they become pixels. */
struct decoding {
    const tn__bmp_header *header;
    tn_px_rect need;
    int32_t mode;
    uint8_t *line; /* space for a row of the region */
};

/* Number of the file's row that is row `y` of the image. */
static int32_t row_in_file(const tn__bmp_header *header, int32_t y)
{
    return header->top_down ? y : header->h - 1 - y;
}

/* The last row of the file that has a row of the region. */
static uint64_t last_row_needed(const struct decoding *self)
{
    const int32_t first = row_in_file(self->header, self->need.y),
                  last = row_in_file(self->header, self->need.y + self->need.h - 1);
    return (uint64_t)tn__most(first, last);
}

static void spread_bits(const struct decoding *self, const uint8_t *row)
{
    tn__rows_unpack(row, 1, self->need.x, self->need.w, self->line);
    for (int32_t x = 0; x < self->need.w && self->mode != TN_INDICES; x++)
        self->line[x] = (uint8_t)-self->line[x];
}

static void spread_565(const struct decoding *self, const uint8_t *pixels, int32_t green_bits)
{
    const int32_t green_max = (1 << green_bits) - 1;
    uint8_t *out = self->line;
    for (int32_t x = 0; x < self->need.w; x++, pixels += 2, out += 3) {
        const int32_t pixel = tn__get_16(pixels);
        out[0] = (uint8_t)((pixel >> (5 + green_bits) & 31) * 255 / 31);
        out[1] = (uint8_t)((pixel >> 5 & green_max) * 255 / green_max);
        out[2] = (uint8_t)((pixel & 31) * 255 / 31);
    }
}

/* Copies `count` of a pixel's four bytes, in the order of `from`. */
static void reorder(const struct decoding *self, const uint8_t *pixels, const int32_t *from,
                    int32_t count)
{
    uint8_t *out = self->line;
    for (int32_t x = 0; x < self->need.w; x++, pixels += 4)
        for (int32_t c = 0; c < count; c++)
            *out++ = pixels[from[c]];
}

/* The samples of a row that starts at `row`, from the region's first column on. */
static const uint8_t *samples_of(const struct decoding *self, const uint8_t *row)
{
    static const int32_t reversed[] = {3, 2, 1, 0}, bgxr[] = {3, 1, 0}, bgar[] = {0, 1, 3, 2};
    const tn__bmp_header *const header = self->header;
    const uint8_t *const first = row + (size_t)self->need.x * (size_t)header->bits / 8;
    switch (header->layout) {
    case TN__BMP_BITS: spread_bits(self, row); return self->line;
    case TN__BMP_555: spread_565(self, first, 5); return self->line;
    case TN__BMP_565: spread_565(self, first, 6); return self->line;
    case TN__BMP_XBGR: reorder(self, first, reversed, 3); return self->line;
    case TN__BMP_BGXR: reorder(self, first, bgxr, 3); return self->line;
    case TN__BMP_ABGR: reorder(self, first, reversed, 4); return self->line;
    case TN__BMP_BGAR: reorder(self, first, bgar, 4); return self->line;
    default: break;
    }
    if (header->bits == 8 || header->layout != TN__BMP_INDEX)
        return first;
    tn__rows_unpack(row, header->bits, self->need.x, self->need.w, self->line);
    return self->line;
}

static int fail_short(uint64_t n_rows, int32_t h)
{
    return tn__fail(TN_EDECODE, "truncated BMP: the data ends after %llu of %d rows",
                    (unsigned long long)n_rows, h);
}

/* The last row needs no padding. Counts the rows that the file has, up to `n_rows`. */
static uint64_t count_rows(tn__bytes bytes, const tn__bmp_header *header)
{
    const uint64_t row = ((uint64_t)header->w * (uint32_t)header->bits + 7) / 8;
    if (header->pixels_at > bytes.size || bytes.size - header->pixels_at < row)
        return 0;
    return (bytes.size - header->pixels_at - row) / header->stride + 1;
}

static int put_plain(tn__bytes bytes, const struct decoding *self, const tn__rows *rows,
                     const tn_px_image *out)
{
    const tn__bmp_header *const header = self->header;
    const uint64_t n_rows = count_rows(bytes, header);
    if (n_rows <= last_row_needed(self))
        return fail_short(n_rows, header->h);
    const uint8_t *const pixels = bytes.data + header->pixels_at;
    for (int32_t y = 0; y < self->need.h; y++) {
        const uint64_t at = (uint64_t)row_in_file(header, self->need.y + y) * header->stride;
        tn__rows_put(rows, out, y, samples_of(self, pixels + at));
    }
    return TN_OK;
}

static int put_runs(tn__bytes bytes, const struct decoding *self, const tn__rows *rows,
                    tn__arena *arena, const tn_px_image *out)
{
    const tn__bmp_header *const header = self->header;
    const uint64_t w = (uint64_t)header->w, n_pixels = w * (last_row_needed(self) + 1);
    uint8_t *const numbers = tn__arena_take(arena, (size_t)n_pixels + TN__ROWS_TAIL);
    if (!numbers)
        return tn__error_last()->code;
    const uint64_t done = tn__bmp_rle_decode(bytes, header, n_pixels, numbers);
    if (done < n_pixels)
        return fail_short(done / w, header->h);
    const uint8_t white = self->mode == TN_INDICES ? 1 : 255;
    for (uint64_t k = 0; k < n_pixels && header->layout == TN__BMP_BITS; k++)
        numbers[k] = numbers[k] ? white : 0;
    for (int32_t y = 0; y < self->need.h; y++) {
        const uint64_t at = (uint64_t)row_in_file(header, self->need.y + y) * w;
        tn__rows_put(rows, out, y, numbers + at + self->need.x);
    }
    return TN_OK;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0;
    tn__bmp_header header;
    int status = tn__bmp_header_read(bytes, &header);
    if (status == TN_OK && (header.w != info->w || header.h != info->h))
        status = tn__info_fail_changed("BMP");
    if (status == TN_OK)
        status = tn__rows_image(info, want, arena, out);
    if (status != TN_OK)
        return status;
    struct decoding self = {.header = &header, .need = want->need, .mode = want->mode};
    self.line = tn__arena_take(arena, line_bytes(want->need.w));
    if (!self.line)
        return tn__error_last()->code;
    tn__rows rows = {.kind = kind_of(&header), .mode = want->mode};
    if (rows.kind == TN__ROW_PALETTE8)
        tn__rows_set_palette(&rows, info, header.palette[0], NULL, TN__BMP_COLOURS);
    return header.rle ? put_runs(bytes, &self, &rows, arena, out)
                      : put_plain(bytes, &self, &rows, out);
}

const tn__codec tn__codec_bmp = {
    .spec = &spec,
    .sniff = tn__bmp_sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
