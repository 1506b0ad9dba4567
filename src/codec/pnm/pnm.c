/* SPDX-License-Identifier: MIT */
/* Decodes PNM files.
 *
 * Samples are scaled from the file's largest value to 255, or to 65535 where the image has 16 bits:
 * grey files of more than 8 bits in all modes, files of colours in the mode TN_KEEP. Pillow divides
 * in double and rounds to even; so does this file. */
#include "codec/pnm/pnm.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/pnm/header.h"
#include "codec/pnm/plain.h"
#include "codec/rows.h"
#include "tench.h"

static const tn__spec spec = {
    .name = "pnm",
    .doc = "PBM, PGM, PPM, plain or not, of up to 16 bits, and grey PFM.",
    .aliases = "pbm pgm ppm pfm",
    .source = "Pillow 13.0 PpmImagePlugin.py",
    .speed = "9.3 times Pillow, crops 20",
};

static bool is_wide(const tn__pnm_header *header)
{
    return header->max > 255 && header->layout != TN__PNM_CMYK;
}

static int32_t bits_of(const tn__pnm_header *header)
{
    if (header->layout == TN__PNM_FLOAT)
        return 32;
    int32_t bits = 1;
    while (header->max >> bits)
        bits++;
    return bits;
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__pnm_header header;
    const int status = tn__pnm_header_read(bytes, &header);
    if (status != TN_OK)
        return status;
    *info = (tn__info){
        .w = header.w,
        .h = header.h,
        .channels = header.layout == TN__PNM_CMYK ? 3 : header.samples,
        .bits = is_wide(&header) ? 16 : 8,
        .file_channels = header.samples,
        .file_bits = bits_of(&header),
        .orientation = 1,
        .no_aid = TN__AID_FORMAT,
        .format = spec.name,
    };
    return TN_OK;
}

static size_t line_bytes(int32_t w)
{
    return 8 * (size_t)w + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__rows_image_bytes(info, want) + line_bytes(want->need.w) + TN_PX_ALIGN;
}

/* A file's rows while they become pixels. */
struct decoding {
    tn__bytes bytes;
    const tn__pnm_header *header;
    tn_px_rect need;
    bool scaled;        /* samples are not yet those of the row's kind */
    bool wide;          /* the kind has 16 bits */
    uint8_t table[256]; /* of samples of 8 bits */
    uint8_t *line;      /* space for a row of the region */
};

static double scale(int32_t value, int32_t max, int32_t out_max)
{
    const double scaled = nearbyint((double)value / max * out_max);
    return scaled < out_max ? scaled : out_max;
}

/* Writes sample number `k` of the line. */
static void put_value(const struct decoding *self, size_t k, int32_t value)
{
    if (!self->wide) {
        self->line[k] = self->header->max < 256 ? self->table[value]
                                                : (uint8_t)scale(value, self->header->max, 255);
        return;
    }
    const uint16_t wide = (uint16_t)scale(value, self->header->max, 65535);
    memcpy(self->line + 2 * k, &wide, sizeof wide);
}

/* Bytes of one sample in a file that is not plain. */
static size_t sample_bytes(const tn__pnm_header *header)
{
    if (header->layout == TN__PNM_FLOAT)
        return 4;
    return header->max < 256 ? 1 : 2;
}

static uint64_t row_bytes(const tn__pnm_header *header)
{
    if (header->layout == TN__PNM_BITS)
        return ((uint64_t)header->w + 7) / 8;
    return (uint64_t)header->w * (uint32_t)header->samples * sample_bytes(header);
}

static const uint8_t *spread_bits(const struct decoding *self, const uint8_t *row)
{
    tn__rows_unpack(row, 1, self->need.x, self->need.w, self->line);
    for (int32_t x = 0; x < self->need.w; x++)
        self->line[x] = self->table[self->line[x]];
    return self->line;
}

/* Floats are cut off at both ends. A value that is not a number is black. */
static const uint8_t *narrow_floats(const struct decoding *self, const uint8_t *samples)
{
    for (int32_t x = 0; x < self->need.w; x++, samples += 4) {
        const uint32_t bits =
            self->header->little_endian ? tn__get_32(samples) : tn__get_32_big(samples);
        float value;
        memcpy(&value, &bits, sizeof value);
        self->line[x] = value > 0 ? (uint8_t)(value < 255 ? value : 255) : 0;
    }
    return self->line;
}

/* The samples of a row that starts at `row`, from the region's first column on. */
static const uint8_t *samples_of(const struct decoding *self, const uint8_t *row)
{
    const tn__pnm_header *const header = self->header;
    if (header->layout == TN__PNM_BITS)
        return spread_bits(self, row);
    const size_t each = sample_bytes(header), samples = (size_t)header->samples;
    const uint8_t *const first = row + (size_t)self->need.x * samples * each;
    if (header->layout == TN__PNM_FLOAT)
        return narrow_floats(self, first);
    if (!self->scaled)
        return first;
    for (size_t k = 0; k < (size_t)self->need.w * samples; k++)
        put_value(self, k, each == 1 ? first[k] : first[2 * k] << 8 | first[2 * k + 1]);
    return self->line;
}

static int put_binary(const struct decoding *self, const tn__rows *rows, const tn_px_image *out)
{
    const tn__pnm_header *const header = self->header;
    const tn_px_rect need = self->need;
    const bool from_below = header->layout == TN__PNM_FLOAT;
    const int32_t first = from_below ? header->h - need.y - need.h : need.y;
    const uint64_t each = row_bytes(header), n_rows = (self->bytes.size - header->pixels_at) / each;
    if (n_rows < (uint64_t)first + (uint32_t)need.h)
        return tn__fail(TN_EDECODE, "truncated PNM: the data ends after %llu of %d rows",
                        (unsigned long long)n_rows, header->h);
    const uint8_t *const pixels = self->bytes.data + header->pixels_at;
    for (int32_t y = 0; y < need.h; y++) {
        const uint64_t row = (uint32_t)(from_below ? first + need.h - 1 - y : first + y);
        tn__rows_put(rows, out, y, samples_of(self, pixels + row * each));
    }
    return TN_OK;
}

/* Reads a row of numbers, and keeps those of the region. */
static int read_plain_row(const struct decoding *self, tn__pnm_plain *plain)
{
    const size_t samples = (size_t)self->header->samples, w = (size_t)self->header->w,
                 from = (size_t)self->need.x * samples, n = (size_t)self->need.w * samples;
    for (size_t k = 0; k < w * samples; k++) {
        int32_t value;
        const int status = tn__pnm_plain_next(plain, &value);
        if (status != TN_OK)
            return status;
        if (k >= from && k - from < n)
            put_value(self, k - from, value);
    }
    return TN_OK;
}

static int put_plain(const struct decoding *self, const tn__rows *rows, const tn_px_image *out)
{
    const tn__pnm_header *const header = self->header;
    const int32_t end = self->need.y + self->need.h;
    tn__pnm_plain plain = {.bytes = self->bytes,
                           .begin = header->pixels_at,
                           .at = header->pixels_at,
                           .bits = header->layout == TN__PNM_BITS,
                           .max = header->max};
    for (int32_t y = 0; y < end; y++) {
        const int status = read_plain_row(self, &plain);
        if (status != TN_OK)
            return status;
        if (y >= self->need.y)
            tn__rows_put(rows, out, y - self->need.y, self->line);
    }
    return end == header->h ? tn__pnm_plain_end(&plain) : TN_OK;
}

static int32_t kind_of(const tn__pnm_header *header, bool wide)
{
    switch (header->layout) {
    case TN__PNM_RGB: return wide ? TN__ROW_RGB16 : TN__ROW_RGB8;
    case TN__PNM_RGBA: return wide ? TN__ROW_RGBA16 : TN__ROW_RGBA8;
    case TN__PNM_CMYK: return TN__ROW_CMYK8;
    default: return wide ? TN__ROW_GREY16 : TN__ROW_GREY8;
    }
}

/* Chooses the row's kind, and how samples get there. Indices are the file's own numbers, with 0 as
 * black. */
static void plan_rows(struct decoding *self, tn__rows *rows)
{
    const tn__pnm_header *const header = self->header;
    self->wide = is_wide(header) && (header->layout == TN__PNM_GREY || rows->mode == TN_KEEP);
    rows->kind = kind_of(header, self->wide);
    rows->big_endian = self->wide && header->max == 65535 && !header->plain;
    self->scaled = header->max != 255 && !rows->big_endian;
    for (int32_t k = 0; k < 256; k++)
        self->table[k] =
            rows->mode == TN_INDICES ? (uint8_t)k : (uint8_t)scale(k, header->max, 255);
    if (header->layout == TN__PNM_BITS) {
        self->table[0] = rows->mode == TN_INDICES ? 1 : 255;
        self->table[1] = 0;
    }
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0;
    tn__pnm_header header;
    int status = tn__pnm_header_read(bytes, &header);
    if (status == TN_OK && (header.w != info->w || header.h != info->h))
        status = tn__info_fail_changed("PNM");
    if (status == TN_OK)
        status = tn__rows_image(info, want, arena, out);
    if (status != TN_OK)
        return status;
    struct decoding self = {.bytes = bytes, .header = &header, .need = want->need};
    self.line = tn__arena_take(arena, line_bytes(want->need.w));
    if (!self.line)
        return tn__error_last()->code;
    tn__rows rows = {.mode = want->mode};
    plan_rows(&self, &rows);
    return header.plain ? put_plain(&self, &rows, out) : put_binary(&self, &rows, out);
}

const tn__codec tn__codec_pnm = {
    .spec = &spec,
    .sniff = tn__pnm_sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
