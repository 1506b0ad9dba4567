/* SPDX-License-Identifier: MIT */
/* Writes PNG files. See write.h. */
#include "codec/png/write.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/png/chunks.h"
#include "flate/checksums.h"
#include "flate/deflate.h"
#include "png/filter.h"
#include "png/unfilter.h"
#include "tench.h"

enum { NAME_BYTES = 4, CHUNK_BYTES = 12, PIECE = 1 << 20, OPAQUE = 255, N_COLOURS = 256 };

static int add_chunk(tn__blob *out, const char *name, const uint8_t *bytes, size_t n_bytes)
{
    uint8_t head[8], sum[4];
    tn__put_32_big(head, (uint32_t)n_bytes);
    memcpy(head + 4, name, NAME_BYTES);
    const uint32_t name_sum = tn__crc32(0, name, NAME_BYTES);
    tn__put_32_big(sum, n_bytes > 0 ? tn__crc32(name_sum, bytes, n_bytes) : name_sum);
    int status = tn__blob_add(out, head, sizeof head);
    if (status == TN_OK && n_bytes > 0)
        status = tn__blob_add(out, bytes, n_bytes);
    return status == TN_OK ? tn__blob_add(out, sum, sizeof sum) : status;
}

static int add_header(const tn__png_image *image, tn__blob *out)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t header[13] = {[8] = (uint8_t)image->bits, (uint8_t)image->colour};
    tn__put_32_big(header, (uint32_t)image->w);
    tn__put_32_big(header + 4, (uint32_t)image->h);
    const int status = tn__blob_add(out, signature, sizeof signature);
    return status == TN_OK ? add_chunk(out, "IHDR", header, sizeof header) : status;
}

/* Adds the palette, and the alpha of its entries up to the last one that is not opaque. */
static int add_palette(const tn__png_image *image, tn__blob *out)
{
    uint8_t colours[N_COLOURS * 3] = {0}, alpha[N_COLOURS];
    size_t n_alpha = 0;
    for (int32_t k = 0; k < image->n_colours; k++) {
        const uint8_t *const entry = image->palette + (ptrdiff_t)4 * k;
        memcpy(colours + (ptrdiff_t)3 * k, entry, 3);
        alpha[k] = entry[3];
        n_alpha = alpha[k] == OPAQUE ? n_alpha : (size_t)k + 1;
    }
    const int status = add_chunk(out, "PLTE", colours, (size_t)image->n_colours * 3);
    return status == TN_OK && n_alpha > 0 ? add_chunk(out, "tRNS", alpha, n_alpha) : status;
}

/* Adds an Exif directory with one entry, the orientation. */
static int add_orientation(int32_t orientation, tn__blob *out)
{
    uint8_t exif[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0,
                      3,   0,   0, 0,  1, 0, 0, 0, 0, 0, 0,    0,    0};
    enum { ORIENTATION_AT = 19 };
    exif[ORIENTATION_AT] = (uint8_t)orientation;
    return add_chunk(out, "eXIf", exif, sizeof exif);
}

static int32_t pixel_bits(const tn__png_image *image)
{
    static const int8_t samples[] = {[TN__PNG_GREY] = 1,
                                     [TN__PNG_RGB] = 3,
                                     [TN__PNG_PALETTE] = 1,
                                     [TN__PNG_GREY_ALPHA] = 2,
                                     [TN__PNG_RGB_ALPHA] = 4};
    return samples[image->colour] * image->bits;
}

/* Filters all rows: those of numbers and of few levels get no filter. */
static int filter_rows(const tn__png_image *image, tn__blob *out)
{
    const int32_t bits = pixel_bits(image);
    const size_t n_bytes = ((size_t)image->w * (size_t)bits + 7) / 8;
    const bool is_plain = bits < 8 || image->colour == TN__PNG_PALETTE;
    tn__blob rows = {0}; /* two */
    int status = tn__blob_add(&rows, NULL, 2 * n_bytes);
    if (status == TN_OK)
        status = tn__blob_add(out, NULL, (n_bytes + 1) * (size_t)image->h);
    uint8_t *row = rows.bytes, *above = row ? row + n_bytes : NULL;
    for (int32_t y = 0; y < image->h && status == TN_OK; y++) {
        image->row(image->context, y, row);
        tn__png_filter(is_plain ? TN__PNG_NONE
                       : y == 0 ? TN__PNG_SUB
                                : TN__PNG_PAETH,
                       row, above, (ptrdiff_t)n_bytes, bits < 8 ? 1 : bits / 8,
                       out->bytes + (size_t)y * (n_bytes + 1));
        uint8_t *const next = above;
        above = row;
        row = next;
    }
    tn__blob_free(&rows);
    return status;
}

/* Compresses the rows, as a zlib stream. */
static int compress(const tn__blob *rows, tn__blob *out)
{
    enum { HEAD_BYTES = 2, SUM_BYTES = 4 };
    static const uint8_t head[HEAD_BYTES] = {0x78, 0x01};
    int status = tn__blob_add(out, head, sizeof head);
    if (status == TN_OK)
        status = tn__blob_reserve(out, tn__deflate_bound(rows->size) + SUM_BYTES);
    if (status != TN_OK)
        return status;
    out->size += tn__deflate(rows->bytes, rows->size, out->bytes + out->size);
    tn__put_32_big(out->bytes + out->size, tn__adler32(TN__ADLER32_START, rows->bytes, rows->size));
    out->size += SUM_BYTES;
    return TN_OK;
}

static int add_pixels(const tn__png_image *image, tn__blob *out)
{
    tn__blob rows = {0}, stream = {0};
    int status = filter_rows(image, &rows);
    if (status == TN_OK)
        status = compress(&rows, &stream);
    for (size_t at = 0; at < stream.size && status == TN_OK; at += PIECE)
        status = add_chunk(out, "IDAT", stream.bytes + at,
                           stream.size - at < PIECE ? stream.size - at : PIECE);
    tn__blob_free(&rows);
    tn__blob_free(&stream);
    return status;
}

int tn__png_write_image(const tn__png_image *image, tn__blob *out)
{
    out->size = 0;
    int status = add_header(image, out);
    if (status == TN_OK && image->colour == TN__PNG_PALETTE)
        status = add_palette(image, out);
    if (status == TN_OK && image->orientation != 1)
        status = add_orientation(image->orientation, out);
    if (status == TN_OK)
        status = add_pixels(image, out);
    return status == TN_OK ? add_chunk(out, "IEND", NULL, 0) : status;
}
