/* SPDX-License-Identifier: MIT */
/* Reads the header of a BMP file. See header.h.
 *
 * Most rules are those of the Windows documentation (BITMAPINFOHEADER to BITMAPV5HEADER). Pillow
 * adds its own: it knows eleven orders of channels, it takes a file for grey if its palette is the
 * grey ramp, and then reads one byte or one bit a pixel, whatever the header says. */
#include "codec/bmp/header.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

enum { FILE_HEADER_BYTES = 14, CORE_HEADER_BYTES = 12, INFO_HEADER_BYTES = 40 };
enum { RAW = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };
enum { MAX_COLOURS = 65536 };

/* What the reader needs to know besides the header. */
struct reader {
    tn__bytes bytes;
    uint64_t at;           /* the next byte to read */
    uint32_t header_bytes; /* of the second header */
    uint32_t compression;
    uint32_t n_colours; /* the header's claim */
    int32_t depth;      /* its bits of a pixel */
    int32_t entry_bytes;
    tn__bmp_header *out;
};

static bool is_header_size(uint32_t n_bytes)
{
    static const uint32_t known[] = {CORE_HEADER_BYTES, INFO_HEADER_BYTES, 52, 56, 64, 108, 124};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (known[k] == n_bytes)
            return true;
    return false;
}

static bool is_file(tn__bytes bytes)
{
    return bytes.size >= 2 && bytes.data[0] == 'B' && bytes.data[1] == 'M';
}

bool tn__bmp_sniff(tn__bytes bytes)
{
    return is_file(bytes) || (bytes.size >= 4 && is_header_size(tn__get_32(bytes.data)));
}

static int fail_short(void)
{
    return tn__fail(TN_EDECODE, "truncated BMP: the data ends within its header");
}

/* Moves past `n_bytes`, and returns where they begin; NULL: the file ends before them. */
static const uint8_t *take(struct reader *reader, uint32_t n_bytes)
{
    if (reader->at > reader->bytes.size || reader->bytes.size - reader->at < n_bytes)
        return NULL;
    const uint8_t *const taken = reader->bytes.data + reader->at;
    reader->at += n_bytes;
    return taken;
}

static int set_size(tn__bmp_header *out, uint32_t w, uint32_t h)
{
    if (w == 0 || h == 0)
        return tn__fail(TN_EDECODE, "broken BMP: its size is %ux%u", w, h);
    if (w > INT32_MAX || h > INT32_MAX)
        return tn__fail(TN_ELIMIT, "BMP of %ux%u pixels: too large", w, h);
    out->w = (int32_t)w;
    out->h = (int32_t)h;
    return TN_OK;
}

static int read_core(struct reader *reader, const uint8_t *fields)
{
    reader->depth = tn__get_16(fields + 6);
    reader->compression = RAW;
    reader->entry_bytes = 3;
    return set_size(reader->out, tn__get_16(fields), tn__get_16(fields + 2));
}

/* A height with FF in its upper byte is negative: the rows are in order from the top. */
static int read_info(struct reader *reader, const uint8_t *fields)
{
    const uint32_t h = tn__get_32(fields + 4);
    reader->out->top_down = fields[7] == 0xff;
    reader->depth = tn__get_16(fields + 10);
    reader->compression = tn__get_32(fields + 12);
    reader->n_colours = tn__get_32(fields + 28);
    reader->entry_bytes = 4;
    return set_size(reader->out, tn__get_32(fields), reader->out->top_down ? 0u - h : h);
}

typedef struct channel_masks {
    int32_t depth;
    uint32_t mask[4]; /* red, green, blue, alpha */
    int32_t layout;
} channel_masks;

static const channel_masks known_masks[] = {
    {32, {0xff0000, 0xff00, 0xff, 0}, TN__BMP_BGRX},
    {32, {0xff000000, 0xff0000, 0xff00, 0}, TN__BMP_XBGR},
    {32, {0xff000000, 0xff00, 0xff, 0}, TN__BMP_BGXR},
    {32, {0xff000000, 0xff0000, 0xff00, 0xff}, TN__BMP_ABGR},
    {32, {0xff, 0xff00, 0xff0000, 0xff000000}, TN__BMP_RGBA},
    {32, {0xff0000, 0xff00, 0xff, 0xff000000}, TN__BMP_BGRA},
    {32, {0xff000000, 0xff00, 0xff, 0xff0000}, TN__BMP_BGAR},
    {32, {0, 0, 0, 0}, TN__BMP_BGRA},
    {24, {0xff0000, 0xff00, 0xff, 0}, TN__BMP_BGR},
    {16, {0xf800, 0x7e0, 0x1f, 0}, TN__BMP_565},
    {16, {0x7c00, 0x3e0, 0x1f, 0}, TN__BMP_555},
};

static bool fits(const channel_masks *known, int32_t depth, const uint32_t mask[4])
{
    const size_t n = depth == 32 ? 4 : 3;
    return known->depth == depth && memcmp(known->mask, mask, n * sizeof mask[0]) == 0;
}

/* The masks lie in the header; after a header of 40 bytes, three of them follow it. */
static int read_masks(struct reader *reader, const uint8_t *fields)
{
    uint32_t mask[4] = {0};
    const bool inside = reader->header_bytes > INFO_HEADER_BYTES;
    const uint8_t *const at = inside ? fields + 36 : take(reader, 12);
    if (!at)
        return fail_short();
    const int n = inside && reader->header_bytes >= 56 ? 4 : 3;
    for (ptrdiff_t k = 0; k < n; k++)
        mask[k] = tn__get_32(at + 4 * k);
    for (size_t k = 0; k < sizeof known_masks / sizeof known_masks[0]; k++) {
        if (fits(&known_masks[k], reader->depth, mask)) {
            reader->out->layout = known_masks[k].layout;
            return TN_OK;
        }
    }
    return tn__fail(TN_EDECODE,
                    "unsupported BMP: %d bits a pixel, masks %08x %08x %08x, alpha %08x",
                    reader->depth, mask[0], mask[1], mask[2], mask[3]);
}

static int layout_of_depth(int32_t depth)
{
    switch (depth) {
    case 1:
    case 4:
    case 8: return TN__BMP_INDEX;
    case 16: return TN__BMP_555;
    case 24: return TN__BMP_BGR;
    case 32: return TN__BMP_BGRX;
    default: return 0;
    }
}

static int read_layout(struct reader *reader, const uint8_t *fields)
{
    tn__bmp_header *const out = reader->out;
    out->layout = layout_of_depth(reader->depth);
    if (!out->layout)
        return tn__fail(TN_EDECODE, "unsupported BMP: %d bits a pixel", reader->depth);
    out->bits = reader->depth;
    if (reader->compression == BITFIELDS)
        return read_masks(reader, fields);
    out->rle = reader->compression == RLE8 || reader->compression == RLE4;
    out->rle4 = reader->compression == RLE4;
    if (out->rle && out->layout != TN__BMP_INDEX)
        return tn__fail(TN_EDECODE, "broken BMP: runs of %d bits a pixel", reader->depth);
    if (!out->rle && reader->compression != RAW)
        return tn__fail(TN_EDECODE, "unsupported BMP: compression %u", reader->compression);
    return TN_OK;
}

/* Two colours are the ramp if they are black and white. Pillow compares the lower byte of numbers
 * above 255. */
static bool is_grey_ramp(const uint8_t *entries, size_t n_bytes, const struct reader *reader)
{
    const size_t each = (size_t)reader->entry_bytes;
    if (n_bytes < each * (reader->n_colours - 1) + 3)
        return false;
    for (uint32_t k = 0; k < reader->n_colours; k++) {
        const uint8_t *const entry = entries + k * each;
        const uint8_t grey = (uint8_t)(reader->n_colours == 2 ? k * 255 : k);
        if (entry[0] != grey || entry[1] != grey || entry[2] != grey)
            return false;
    }
    return true;
}

static int set_palette(struct reader *reader, const uint8_t *entries, size_t n_bytes)
{
    const size_t each = (size_t)reader->entry_bytes, n = n_bytes / each;
    if (n > TN__BMP_COLOURS)
        return tn__fail(TN_EDECODE, "unsupported BMP: a palette of %zu colours", n);
    for (size_t k = 0; k < n; k++)
        for (size_t c = 0; c < 3; c++)
            reader->out->palette[k][c] = entries[k * each + 2 - c];
    return TN_OK;
}

/* Reads the palette, or as much of it as the file has. */
static int read_palette(struct reader *reader)
{
    tn__bmp_header *const out = reader->out;
    if (reader->n_colours == 0 || reader->n_colours > MAX_COLOURS)
        return tn__fail(TN_EDECODE, "unsupported BMP: a palette of %u colours", reader->n_colours);
    const uint64_t left = reader->bytes.size - reader->at,
                   claimed = (uint64_t)reader->n_colours * (uint32_t)reader->entry_bytes;
    const uint8_t *const entries = reader->bytes.data + reader->at;
    const size_t n_bytes = (size_t)(claimed < left ? claimed : left);
    reader->at += n_bytes;
    if (!is_grey_ramp(entries, n_bytes, reader))
        return set_palette(reader, entries, n_bytes);
    out->layout = reader->n_colours <= 2 ? TN__BMP_BITS : TN__BMP_GREY;
    out->bits = out->layout == TN__BMP_BITS ? 1 : 8;
    return TN_OK;
}

/* The rows follow the palette if the file gives no offset, or one that leaves no room for it. */
static int place_rows(struct reader *reader, uint32_t offset)
{
    tn__bmp_header *const out = reader->out;
    out->pixels_at = offset ? offset : reader->at;
    if (offset == FILE_HEADER_BYTES + reader->header_bytes && reader->depth <= 8)
        out->pixels_at += (uint64_t)reader->n_colours * (uint32_t)reader->entry_bytes;
    out->stride = ((uint64_t)out->w * (uint32_t)reader->depth + 31) / 32 * 4;
    if (!out->rle && ((uint64_t)out->w * (uint32_t)out->bits + 7) / 8 > out->stride)
        return tn__fail(TN_EDECODE, "broken BMP: %d bits a pixel, and a palette of %u greys",
                        reader->depth, reader->n_colours);
    return TN_OK;
}

int tn__bmp_header_read(tn__bytes bytes, tn__bmp_header *header)
{
    *header = (tn__bmp_header){0};
    struct reader reader = {.bytes = bytes, .out = header};
    uint32_t offset = 0;
    if (is_file(bytes)) {
        const uint8_t *const first = take(&reader, FILE_HEADER_BYTES);
        if (!first)
            return fail_short();
        offset = tn__get_32(first + 10);
    }
    const uint8_t *const length = take(&reader, 4);
    if (!length)
        return fail_short();
    reader.header_bytes = tn__get_32(length);
    if (!is_header_size(reader.header_bytes))
        return tn__fail(TN_EDECODE, "unsupported BMP: a header of %u bytes", reader.header_bytes);
    const uint8_t *const fields = take(&reader, reader.header_bytes - 4);
    if (!fields)
        return fail_short();
    int status =
        (reader.header_bytes == CORE_HEADER_BYTES ? read_core : read_info)(&reader, fields);
    if (status == TN_OK)
        status = read_layout(&reader, fields);
    if (status == TN_OK && reader.n_colours == 0)
        reader.n_colours = 1u << (reader.depth <= 8 ? reader.depth : 0);
    if (status == TN_OK && header->layout == TN__BMP_INDEX)
        status = read_palette(&reader);
    return status == TN_OK ? place_rows(&reader, offset) : status;
}
