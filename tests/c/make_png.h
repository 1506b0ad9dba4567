/* SPDX-License-Identifier: MIT */
/* For tests: makes PNG files of random pixels with zlib. */
#ifndef TENCH_TESTS_MAKE_PNG_H
#define TENCH_TESTS_MAKE_PNG_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct png_recipe {
    const char *name;
    int32_t w, h, bits, colour; /* colour: as in the header */
    int32_t filter;             /* of all rows; -1: each row has another one */
    int32_t level;              /* of zlib */
    int32_t piece;              /* bytes of a chunk of image data */
} png_recipe;

typedef struct made_png {
    uint8_t *bytes; /* zero bytes follow, as the codec wants */
    size_t size;
    uint8_t *rows; /* the packed samples, row after row */
    size_t row_bytes;
    int32_t pixel; /* bytes of a pixel; 1 if it has fewer than 8 bits */
} made_png;

enum { PNG_PADDING = 64 };

static inline uint8_t *png_put_32(uint8_t *out, uint32_t value)
{
    for (int k = 0; k < 4; k++)
        *out++ = (uint8_t)(value >> (24 - 8 * k));
    return out;
}

static inline uint8_t *png_put_chunk(uint8_t *out, const char *name, const uint8_t *content,
                                     uint32_t n)
{
    out = png_put_32(out, n);
    uint8_t *const begin = out;
    memcpy(out, name, 4);
    if (n > 0)
        memcpy(out + 4, content, n);
    return png_put_32(out + 4 + n, (uint32_t)crc32(crc32(0, NULL, 0), begin, 4 + n));
}

static inline int32_t png_predict(int32_t filter, int32_t a, int32_t b, int32_t c)
{
    const int32_t pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
    switch (filter) {
    case 1: return a;
    case 2: return b;
    case 3: return (a + b) / 2;
    case 4: return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    default: return 0;
    }
}

/* Slopes and noise, so that the streams have matches and literals. */
static inline void png_fill(made_png *png, int32_t h)
{
    uint32_t state = 1;
    for (size_t i = 0; i < png->row_bytes * (size_t)h; i++) {
        state = state * 1664525u + 1013904223u;
        const size_t x = i % png->row_bytes, y = i / png->row_bytes;
        png->rows[i] = (uint8_t)(x / 3 + y / 2 + (x / 40 % 3 ? state >> 29 : 0));
    }
}

static inline void png_filter(const made_png *png, const png_recipe *recipe, uint8_t *out)
{
    for (int32_t y = 0; y < recipe->h; y++) {
        const uint8_t *const row = png->rows + (size_t)y * png->row_bytes;
        const int32_t filter = recipe->filter < 0 ? (y * 7 + y / 5) % 5 : recipe->filter;
        *out++ = (uint8_t)filter;
        for (size_t i = 0; i < png->row_bytes; i++) {
            const bool left = i >= (size_t)png->pixel;
            const int32_t a = left ? row[i - (size_t)png->pixel] : 0;
            const int32_t b = y > 0 ? *(row + i - png->row_bytes) : 0;
            const int32_t c = y > 0 && left ? *(row + i - png->row_bytes - png->pixel) : 0;
            *out++ = (uint8_t)(row[i] - png_predict(filter, a, b, c));
        }
    }
}

static inline made_png make_png(const png_recipe *recipe)
{
    static const int32_t samples[] = {1, 0, 3, 1, 2, 0, 4};
    const int32_t bits = recipe->bits * samples[recipe->colour];
    made_png png = {.row_bytes = ((size_t)recipe->w * (size_t)bits + 7) / 8,
                    .pixel = bits < 8 ? 1 : bits / 8};
    const size_t n_filtered = (png.row_bytes + 1) * (size_t)recipe->h;
    uLongf n_packed = compressBound(n_filtered);
    uint8_t *const filtered = malloc(n_filtered), *const packed = malloc(n_packed);
    png.rows = calloc(1, n_filtered);
    ck_assert(png.rows && filtered && packed);
    png_fill(&png, recipe->h);
    png_filter(&png, recipe, filtered);
    ck_assert_int_eq(compress2(packed, &n_packed, filtered, n_filtered, recipe->level), Z_OK);
    const size_t n_pieces = n_packed / (size_t)recipe->piece + 1;
    uint8_t palette[768];
    for (int k = 0; k < 768; k++)
        palette[k] = (uint8_t)(k * 91);
    png.bytes = calloc(1, n_packed + 12 * n_pieces + 1000);
    ck_assert(png.bytes);
    uint8_t header[13];
    memcpy(png.bytes, "\x89PNG\r\n\x1a\n", 8);
    memcpy(png_put_32(png_put_32(header, (uint32_t)recipe->w), (uint32_t)recipe->h),
           (uint8_t[]){(uint8_t)recipe->bits, (uint8_t)recipe->colour, 0, 0, 0}, 5);
    uint8_t *at = png_put_chunk(png.bytes + 8, "IHDR", header, sizeof header);
    if (recipe->colour == 3)
        at = png_put_chunk(at, "PLTE", palette, sizeof palette);
    for (size_t k = 0; k < n_packed; k += (size_t)recipe->piece) {
        const size_t left = n_packed - k, piece = (size_t)recipe->piece;
        at = png_put_chunk(at, "IDAT", packed + k, (uint32_t)(left < piece ? left : piece));
    }
    png.size = (size_t)(png_put_chunk(at, "IEND", NULL, 0) - png.bytes);
    free(filtered);
    free(packed);
    return png;
}

static inline void free_png(made_png *png)
{
    free(png->bytes);
    free(png->rows);
}

#endif
