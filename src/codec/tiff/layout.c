/* SPDX-License-Identifier: MIT */
/* Finds how a TIFF file keeps its pixels. See layout.h. */
#include "codec/tiff/layout.h"

#include "codec/rows.h"

enum { ORDER_II = 1, ORDER_MM = 2, ANY_ORDER = 3 };
enum { FILL_1 = 1, FILL_2 = 2, ANY_FILL = 3 };
enum { WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, INKS = 5, YCC = 6, LAB = 8 };
enum { UNSIGNED = 1, SIGNED = 2, FLOATS = 3 };
enum { UNKNOWN, MULTIPLIED, ALPHA, COREL = 999 }; /* kinds of extra samples */
enum { MAX_SIDE = 1 << 30 };

/* An entry of Pillow's table. All its entries have samples of equal size, and only the first extra
 * sample differs from 0. */
static const struct mode {
    int32_t order, photometric, format, fill, bits, samples;
    int32_t extras, first_extra;
    int32_t kind, taken, change;
} modes[] = {
    {ANY_ORDER, WHITE_IS_ZERO, UNSIGNED, ANY_FILL, 1, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_INVERTED},
    {ANY_ORDER, BLACK_IS_ZERO, UNSIGNED, ANY_FILL, 1, 1, 0, 0, TN__ROW_GREY8, 1, 0},
    {ANY_ORDER, WHITE_IS_ZERO, UNSIGNED, ANY_FILL, 2, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_INVERTED},
    {ANY_ORDER, BLACK_IS_ZERO, UNSIGNED, ANY_FILL, 2, 1, 0, 0, TN__ROW_GREY8, 1, 0},
    {ANY_ORDER, WHITE_IS_ZERO, UNSIGNED, ANY_FILL, 4, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_INVERTED},
    {ANY_ORDER, BLACK_IS_ZERO, UNSIGNED, ANY_FILL, 4, 1, 0, 0, TN__ROW_GREY8, 1, 0},
    {ANY_ORDER, WHITE_IS_ZERO, UNSIGNED, ANY_FILL, 8, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_INVERTED},
    {ANY_ORDER, BLACK_IS_ZERO, UNSIGNED, ANY_FILL, 8, 1, 0, 0, TN__ROW_GREY8, 1, 0},
    {ANY_ORDER, BLACK_IS_ZERO, SIGNED, FILL_1, 8, 1, 0, 0, TN__ROW_GREY8, 1, 0},
    {ORDER_II, BLACK_IS_ZERO, UNSIGNED, FILL_1, 12, 1, 0, 0, TN__ROW_GREY16, 1, TN__TIFF_TWELVE},
    {ORDER_II, WHITE_IS_ZERO, UNSIGNED, FILL_1, 16, 1, 0, 0, TN__ROW_GREY16, 1, 0},
    {ORDER_II, BLACK_IS_ZERO, UNSIGNED, ANY_FILL, 16, 1, 0, 0, TN__ROW_GREY16, 1, 0},
    {ORDER_MM, BLACK_IS_ZERO, UNSIGNED, FILL_1, 16, 1, 0, 0, TN__ROW_GREY16, 1, 0},
    {ANY_ORDER, BLACK_IS_ZERO, SIGNED, FILL_1, 16, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_SIGNED},
    {ANY_ORDER, WHITE_IS_ZERO, FLOATS, FILL_1, 32, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_FLOATS},
    {ORDER_II, BLACK_IS_ZERO, UNSIGNED, FILL_1, 32, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_SIGNED},
    {ANY_ORDER, BLACK_IS_ZERO, SIGNED, FILL_1, 32, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_SIGNED},
    {ANY_ORDER, BLACK_IS_ZERO, FLOATS, FILL_1, 32, 1, 0, 0, TN__ROW_GREY8, 1, TN__TIFF_FLOATS},
    {ANY_ORDER, BLACK_IS_ZERO, UNSIGNED, FILL_1, 8, 2, 1, UNKNOWN, TN__ROW_GREY8, 1, 0},
    {ANY_ORDER, BLACK_IS_ZERO, UNSIGNED, FILL_1, 8, 2, 1, ALPHA, TN__ROW_GREY_ALPHA8, 2, 0},
    {ANY_ORDER, RGB, UNSIGNED, ANY_FILL, 8, 3, 0, 0, TN__ROW_RGB8, 3, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 4, 0, 0, TN__ROW_RGBA8, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 4, 1, UNKNOWN, TN__ROW_RGBX8, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 5, 2, UNKNOWN, TN__ROW_RGB8, 3, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 6, 3, UNKNOWN, TN__ROW_RGB8, 3, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 4, 1, MULTIPLIED, TN__ROW_RGBA8, 4, TN__TIFF_MULTIPLIED},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 5, 2, MULTIPLIED, TN__ROW_RGBA8, 4, TN__TIFF_MULTIPLIED},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 6, 3, MULTIPLIED, TN__ROW_RGBA8, 4, TN__TIFF_MULTIPLIED},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 4, 1, ALPHA, TN__ROW_RGBA8, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 5, 2, ALPHA, TN__ROW_RGBA8, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 6, 3, ALPHA, TN__ROW_RGBA8, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 8, 4, 1, COREL, TN__ROW_RGBA8, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 16, 3, 0, 0, TN__ROW_RGB16, 3, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 16, 4, 0, 0, TN__ROW_RGBA16, 4, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 16, 4, 1, UNKNOWN, TN__ROW_RGB16, 3, 0},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 16, 4, 1, MULTIPLIED, TN__ROW_RGBA8, 4, TN__TIFF_MULTIPLIED},
    {ANY_ORDER, RGB, UNSIGNED, FILL_1, 16, 4, 1, ALPHA, TN__ROW_RGBA16, 4, 0},
    {ANY_ORDER, PALETTE, UNSIGNED, ANY_FILL, 1, 1, 0, 0, TN__ROW_PALETTE8, 1, 0},
    {ANY_ORDER, PALETTE, UNSIGNED, ANY_FILL, 2, 1, 0, 0, TN__ROW_PALETTE8, 1, 0},
    {ANY_ORDER, PALETTE, UNSIGNED, ANY_FILL, 4, 1, 0, 0, TN__ROW_PALETTE8, 1, 0},
    {ANY_ORDER, PALETTE, UNSIGNED, ANY_FILL, 8, 1, 0, 0, TN__ROW_PALETTE8, 1, 0},
    {ANY_ORDER, PALETTE, UNSIGNED, FILL_1, 8, 2, 1, UNKNOWN, TN__ROW_PALETTE8, 1, 0},
    {ANY_ORDER, PALETTE, UNSIGNED, FILL_1, 8, 2, 1, ALPHA, TN__ROW_RGBA8, 2, TN__TIFF_COLOURS},
    {ANY_ORDER, INKS, UNSIGNED, FILL_1, 8, 4, 0, 0, TN__ROW_CMYK8, 4, 0},
    {ANY_ORDER, INKS, UNSIGNED, FILL_1, 8, 5, 1, UNKNOWN, TN__ROW_CMYK8, 4, 0},
    {ANY_ORDER, INKS, UNSIGNED, FILL_1, 8, 6, 2, UNKNOWN, TN__ROW_CMYK8, 4, 0},
    {ANY_ORDER, INKS, UNSIGNED, FILL_1, 16, 4, 0, 0, TN__ROW_CMYK8, 4, TN__TIFF_HIGH},
    {ANY_ORDER, YCC, UNSIGNED, FILL_1, 8, 1, 0, 0, TN__ROW_GREY8, 1, 0},
    {ANY_ORDER, YCC, UNSIGNED, FILL_1, 8, 3, 0, 0, TN__ROW_RGB8, 3, TN__TIFF_YCC},
    {ANY_ORDER, LAB, UNSIGNED, FILL_1, 8, 3, 0, 0, TN__ROW_RGB8, 3, TN__TIFF_LAB},
};

static bool has_number(uint64_t value, int32_t number)
{
    return value == (uint64_t)number;
}

/* The facts that choose the entry. */
typedef struct key {
    uint64_t photometric, format, fill, bits, samples, extras, first_extra;
    bool big_endian;
} key;

static const struct mode *find_mode(const key *facts)
{
    for (size_t k = 0; k < sizeof modes / sizeof modes[0]; k++) {
        const struct mode *const mode = &modes[k];
        if ((mode->order & (facts->big_endian ? ORDER_MM : ORDER_II)) &&
            has_number(facts->photometric, mode->photometric) &&
            has_number(facts->format, mode->format) && (facts->fill == 1 || facts->fill == 2) &&
            ((uint64_t)mode->fill & facts->fill) && has_number(facts->bits, mode->bits) &&
            has_number(facts->samples, mode->samples) && has_number(facts->extras, mode->extras) &&
            has_number(facts->first_extra, mode->first_extra))
            return mode;
    }
    return NULL;
}

/* Reads a tag whose values must be equal to one another: 0 where they are not. */
static bool read_equal(const tn__tiff *tiff, const tn__tiff_tag *tag, uint64_t n, uint64_t *out)
{
    if (!tn__tiff_is_numbers(tag))
        return false;
    *out = tn__tiff_value(tiff, tag, 0);
    for (uint64_t k = 1; k < n; k++)
        if (tn__tiff_value(tiff, tag, k) != *out)
            *out = 0;
    return true;
}

/* Reads the bits of a sample, and how many samples a pixel has. A file may have too many numbers of
 * bits, or one for all samples. */
static bool read_bits(const tn__tiff *tiff, key *facts)
{
    const tn__tiff_tag tag = tn__tiff_find(tiff, TN__TIFF_BITS);
    facts->bits = 1;
    if (tag.type == 0)
        return true;
    if (tag.n > 1 && tag.n < facts->samples)
        return false;
    return read_equal(tiff, &tag, tag.n < facts->samples ? tag.n : facts->samples, &facts->bits);
}

/* Of separate planes, Pillow drops those at the end that mean nothing. */
static bool read_extras(const tn__tiff *tiff, bool is_planar, key *facts)
{
    const tn__tiff_tag tag = tn__tiff_find(tiff, TN__TIFF_EXTRA_SAMPLES);
    if (tag.type == 0)
        return true;
    if (!tn__tiff_is_numbers(&tag) || tag.n > TN__TIFF_MAX_SAMPLES)
        return false;
    facts->extras = tag.n;
    facts->first_extra = tn__tiff_value(tiff, &tag, 0);
    bool only_zeros = facts->first_extra == 0;
    for (uint64_t k = 1; k < tag.n; k++)
        if (tn__tiff_value(tiff, &tag, k) != 0)
            return false;
    if (is_planar && only_zeros && facts->samples > tag.n) {
        facts->samples -= tag.n;
        facts->extras = 0;
    }
    return true;
}

static bool read_format(const tn__tiff *tiff, key *facts)
{
    const tn__tiff_tag tag = tn__tiff_find(tiff, TN__TIFF_SAMPLE_FORMAT);
    facts->format = UNSIGNED;
    return tag.type == 0 || read_equal(tiff, &tag, tag.n, &facts->format);
}

/* Photometric interpretations of more than one value do not count. */
static bool read_photometric(const tn__tiff *tiff, int32_t compression, key *facts)
{
    const tn__tiff_tag tag = tn__tiff_find(tiff, TN__TIFF_PHOTOMETRIC);
    facts->photometric = WHITE_IS_ZERO;
    if (compression == TN__TIFF_OLD_JPEG)
        facts->photometric = YCC;
    else if (tag.type != 0 && tag.n == 1)
        return tn__tiff_number(tiff, TN__TIFF_PHOTOMETRIC, 0, &facts->photometric);
    return true;
}

static const char *const odd_tag = "one of its tags has values of a wrong type";

static const char *read_key(const tn__tiff *tiff, tn__tiff_layout *out, key *facts)
{
    uint64_t compression, planar, samples;
    if (!tn__tiff_number(tiff, TN__TIFF_COMPRESSION, TN__TIFF_RAW, &compression) ||
        compression > UINT16_MAX || !tn__tiff_number(tiff, TN__TIFF_PLANAR, 1, &planar))
        return odd_tag;
    out->compression = (int32_t)compression;
    out->is_planar = planar == 2;
    *facts = (struct key){.big_endian = tiff->big_endian};
    if (!read_photometric(tiff, out->compression, facts))
        return odd_tag;
    const bool is_old = compression == TN__TIFF_OLD_JPEG;
    if (!tn__tiff_number(tiff, TN__TIFF_SAMPLES, is_old ? 3 : 1, &samples))
        return odd_tag;
    if (samples == 0 || samples > TN__TIFF_MAX_SAMPLES)
        return "a number of samples that is not supported";
    facts->samples = samples;
    if (!read_extras(tiff, out->is_planar, facts) || !read_format(tiff, facts) ||
        !tn__tiff_number(tiff, TN__TIFF_FILL_ORDER, 1, &facts->fill))
        return odd_tag;
    return read_bits(tiff, facts) ? NULL : "not as many numbers of bits as samples";
}

static const char *read_size(const tn__tiff *tiff, tn__tiff_layout *out)
{
    uint64_t w, h;
    if (!tn__tiff_number(tiff, TN__TIFF_WIDTH, 0, &w) ||
        !tn__tiff_number(tiff, TN__TIFF_HEIGHT, 0, &h))
        return odd_tag;
    if (w == 0 || h == 0)
        return "no width or height";
    if (w > MAX_SIDE || h > MAX_SIDE)
        return "an absurd width or height";
    out->w = (int32_t)w;
    out->h = (int32_t)h;
    return NULL;
}

/* Strips count before tiles, where a file has the places of both. Of a compressed file libtiff
 * finds the places itself. */
static const char *read_blocks(const tn__tiff *tiff, tn__tiff_layout *out)
{
    uint64_t w = (uint64_t)out->w, h;
    out->is_tiled = tn__tiff_find(tiff, TN__TIFF_STRIP_OFFSETS).type == 0;
    if (out->is_tiled && tn__tiff_find(tiff, TN__TIFF_TILE_OFFSETS).type == 0) {
        if (out->compression == TN__TIFF_RAW)
            return "neither strips nor tiles";
        out->is_tiled = tn__tiff_find(tiff, TN__TIFF_TILE_WIDTH).type != 0;
    }
    if (out->is_tiled && !tn__tiff_number(tiff, TN__TIFF_TILE_WIDTH, 0, &w))
        return odd_tag;
    const uint32_t tag = out->is_tiled ? TN__TIFF_TILE_HEIGHT : TN__TIFF_ROWS_PER_STRIP;
    if (!tn__tiff_number(tiff, tag, out->is_tiled ? 0 : (uint64_t)out->h, &h))
        return odd_tag;
    if (w == 0 || h == 0 || w > MAX_SIDE)
        return "strips or tiles without a size";
    if (h > (uint64_t)out->h && !out->is_tiled)
        h = (uint64_t)out->h;
    if (h > MAX_SIDE)
        return "strips or tiles of an absurd size";
    out->block_w = (int32_t)w;
    out->block_h = (int32_t)h;
    return NULL;
}

static int32_t channels_of(int32_t kind)
{
    switch (kind) {
    case TN__ROW_GREY8:
    case TN__ROW_GREY16: return 1;
    case TN__ROW_GREY_ALPHA8:
    case TN__ROW_RGBA8:
    case TN__ROW_RGBA16: return 4;
    default: return 3;
    }
}

/* libtiff turns bits around, and makes RGB of luma and differences of colour. */
static void use_libtiff(const key *facts, tn__tiff_layout *out)
{
    out->reversed = false;
    out->is_ycc = has_number(facts->photometric, YCC);
    if (!out->is_ycc)
        return;
    out->as_rgba = out->compression != TN__TIFF_JPEG || out->is_planar;
    out->is_planar = false;
    out->change = TN__TIFF_PLAIN;
    out->bits = 8;
    out->keeps = 3;
    out->samples = out->taken = out->as_rgba ? 4 : 3;
    out->kind = out->as_rgba ? TN__ROW_RGBX8 : TN__ROW_RGB8;
}

/* Pillow has these combinations in its table, but cannot read them without libtiff. */
static bool is_reversed_oddly(const key *facts)
{
    if (facts->fill != FILL_2)
        return false;
    return (facts->photometric == PALETTE && facts->bits < 8) ||
           (facts->photometric == WHITE_IS_ZERO && facts->bits == 8);
}

/* The compressions that Pillow knows. */
static bool is_known(int32_t compression)
{
    static const uint16_t known[] = {1,     2,     3,     4,     5,     6,     7,     8,    32771,
                                     32773, 32809, 32946, 34676, 34677, 34925, 50000, 50001};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (compression == known[k])
            return true;
    return false;
}

const char *tn__tiff_read_layout(tn__bytes file, tn__tiff_layout *out)
{
    key facts;
    *out = (tn__tiff_layout){0};
    if (!tn__tiff_open(file, &out->tiff))
        return "it has no directory";
    if (tn__tiff_find(&out->tiff, TN__TIFF_WINDOWS_PHOTO).type != 0)
        return "it is a Windows Media Photo";
    const char *why = read_size(&out->tiff, out);
    if (!why)
        why = read_key(&out->tiff, out, &facts);
    if (!why)
        why = read_blocks(&out->tiff, out);
    if (why)
        return why;
    const struct mode *const mode = find_mode(&facts);
    if (!is_known(out->compression))
        return "a compression that is not supported";
    if (out->compression == TN__TIFF_RAW && is_reversed_oddly(&facts))
        return "a combination of colours and reversed bits that is not supported";
    if (!mode)
        return "its combination of colours, bits and samples is not supported";
    out->bits = mode->bits;
    out->samples = mode->samples;
    out->kind = mode->kind;
    out->taken = mode->taken;
    out->change = mode->change;
    out->keeps = channels_of(mode->kind);
    out->reversed = facts.fill == FILL_2;
    if (out->compression != TN__TIFF_RAW)
        use_libtiff(&facts, out);
    return NULL;
}

bool tn__tiff_is_lossless(const tn__tiff_layout *layout)
{
    /* None, fax, LZW, deflate, PackBits, LZMA, Zstandard. */
    static const uint16_t lossless[] = {1, 2, 3, 4, 5, 8, 32771, 32773, 32946, 34925, 50000};
    for (size_t k = 0; k < sizeof lossless / sizeof lossless[0]; k++)
        if (layout->compression == lossless[k])
            return true;
    return false;
}
