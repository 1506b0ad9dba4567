/* SPDX-License-Identifier: MIT */
/* Writes PNG files, for images that were packed without their files. */
#ifndef TENCH_PNG_WRITE_H
#define TENCH_PNG_WRITE_H

#include "base/blob.h"

typedef struct tn__png_image {
    int32_t w, h;
    int32_t bits, colour;   /* of a sample; a colour type of chunks.h */
    int32_t n_colours;      /* of the palette */
    const uint8_t *palette; /* R, G, B, A of each */
    int32_t orientation;    /* 1: the file does not say */
    /* Writes the samples of a row, as in a PNG file. */
    void (*row)(const void *context, int32_t row, uint8_t *out);
    const void *context;
} tn__png_image;

/* Writes the file; replaces what `out` has. TN_ENOMEM; TN_ELIMIT: the image is too large. */
int tn__png_write_image(const tn__png_image *image, tn__blob *out);

#endif
