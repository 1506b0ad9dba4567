/* SPDX-License-Identifier: MIT */
/* Rows of pixels as a file stores them, and the planes of an image.
 *
 * A codec decodes rows in one of the kinds below and puts each into the image; it has no loop over
 * pixels for that. The values are those of Pillow 13.0's convert. TN_KEEP has rules of its own:
 * grey stays one channel, alpha makes four, and 16 bits stay 16. */
#ifndef TENCH_CODEC_ROWS_H
#define TENCH_CODEC_ROWS_H

#include "codec/codec.h"

/* Kinds of rows. The samples of a pixel follow one another, in this order. The numbers of the kinds
 * in codec/stripes are on disk: they never change. */
enum {
    TN__ROW_GREY8 = 1,
    TN__ROW_GREY_ALPHA8,
    TN__ROW_RGB8,
    TN__ROW_RGBA8,
    TN__ROW_RGBX8, /* the fourth byte means nothing */
    TN__ROW_BGR8,
    TN__ROW_BGRA8,
    TN__ROW_BGRX8,
    TN__ROW_CMYK8,          /* 255 is full ink */
    TN__ROW_CMYK8_INVERTED, /* 255 is no ink, as in JPEGs */
    TN__ROW_PALETTE8,       /* numbers of a palette */
    TN__ROW_GREY16,
    TN__ROW_GREY_ALPHA16,
    TN__ROW_RGB16,
    TN__ROW_RGBA16,
    TN__ROW_KINDS
};

/* How the rows of one file become an image. Fill in `kind` and `mode`, and what else applies. */
typedef struct tn__rows {
    int32_t kind;    /* TN__ROW_GREY8 … */
    int32_t mode;    /* TN_RGB …, of the want */
    bool big_endian; /* order of samples of 16 bits */
    bool has_key;    /* in kinds of grey and RGB without alpha: the colour `key` is transparent */
    uint16_t key[3]; /* compared with the values of the image; of grey key[0] alone counts. At 8
                        bits the low 8 bits count, as in Pillow */
    /* Of a palette; tn__rows_set_palette sets them. */
    int32_t sixteens;                       /* entries, in steps of 16 */
    uint8_t table[TN_PX_MAX_CHANNELS][256]; /* R, G, B, A, or L in table[0] */
} tn__rows;

enum { TN__ROWS_TAIL = 64 }; /* bytes after a row's samples that must be readable */

/* Sets the palette of `n` colours: R, G, B, R, … `alpha` may be NULL. Numbers from n on are opaque
 * black. `info` says whether TN_KEEP makes one channel of it: then R is the grey. */
void tn__rows_set_palette(tn__rows *rows, const tn__info *info, const uint8_t *rgb,
                          const uint8_t *alpha, int32_t n);
/* Puts a row into row `row` of `out`: out->w pixels, from the first one that the image has.
 * TN__ROWS_TAIL readable bytes follow the samples. */
void tn__rows_put(const tn__rows *rows, const tn_px_image *out, int32_t row,
                  const uint8_t *samples);
/* Unpacks n samples of 1, 2 or 4 bits, from sample `first` of the row on: one byte each. The first
 * sample is in the highest bits of a byte. */
void tn__rows_unpack(const uint8_t *packed, int32_t bits, int32_t first, int32_t n, uint8_t *out);

/* Takes the image of a want from the arena; its place is set. */
int tn__rows_image(const tn__info *info, const tn__want *want, tn__arena *arena, tn_px_image *out);
/* Bytes that tn__rows_image takes, at most. */
size_t tn__rows_image_bytes(const tn__info *info, const tn__want *want);
/* Makes an image of 3 channels one of 4, whose pixels are opaque. */
int tn__rows_add_alpha(tn__arena *arena, tn_px_image *image);

#endif
