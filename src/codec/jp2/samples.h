/* SPDX-License-Identifier: MIT */
/* Turns the samples of a tile of JPEG 2000 into pixels as Pillow 13.0 does. */
#ifndef TENCH_CODEC_JP2_SAMPLES_H
#define TENCH_CODEC_JP2_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__JP2_MAX_COMPONENTS = 4 };

/* How one component stands in a decoded tile, and how its samples become 8 or 16 bits. */
typedef struct tn__jp2_component {
    int32_t bytes;  /* of a sample: 1, 2 or 4 */
    int32_t dx, dy; /* pixels that share a sample, across and down */
    int32_t shift;  /* to the left; negative: to the right */
    uint32_t added; /* before the shift: half of the last bit that stays, and 0 of signed samples */
} tn__jp2_component;

/* The pixels of a file. */
typedef struct tn__jp2_pixels {
    int32_t n; /* components */
    tn__jp2_component component[TN__JP2_MAX_COMPONENTS];
    bool is_wide; /* 16 bits come out */
    bool is_ycc;  /* the first three are Y, Cb, Cr, and become R, G, B; not wide */
} tn__jp2_pixels;

/* A decoded tile: the components follow one another. */
typedef struct tn__jp2_tile {
    const uint8_t *samples;
    int32_t w, h;
} tn__jp2_tile;

/* `bits` and `is_signed` are those of the samples. Whether the pixels are wide is known. */
void tn__jp2_set_component(tn__jp2_pixels *pixels, int32_t number, int32_t bits, bool is_signed);
/* Bytes of the samples of one pixel in a tile without shared samples. */
int32_t tn__jp2_sample_bytes(const tn__jp2_pixels *pixels);
/* Puts w pixels of row y, from column x on, into `out`. dx and dy divide the sides of the tile. */
void tn__jp2_put_pixels(const tn__jp2_pixels *pixels, const tn__jp2_tile *tile, int32_t x,
                        int32_t y, int32_t w, uint8_t *out);

#endif
