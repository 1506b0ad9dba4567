/* SPDX-License-Identifier: MIT */
/* Decodes strips and tiles that are deflated with our own inflate: it accepts a stream exactly
 * where zlib does, and so Pillow. libtiff may use libdeflate, which judges otherwise. */
#ifndef TENCH_CODEC_TIFF_DEFLATE_H
#define TENCH_CODEC_TIFF_DEFLATE_H

#include <tiffio.h>

#include "codec/tiff/layout.h"
#include "flate/inflate.h"

typedef struct tn__tiff_deflate {
    tn__inflate *inflate; /* NULL: libtiff decodes the blocks */
    int32_t sample_bytes;
    int32_t step;      /* samples from one pixel to the next one in a block */
    bool adds_samples; /* a sample is the difference to the one before it */
    bool swaps;        /* samples of several bytes are not in this machine's order */
} tn__tiff_deflate;

/* Bytes that tn__tiff_deflate_open takes from the arena. */
size_t tn__tiff_deflate_bytes(const tn__tiff_layout *layout);
/* Finds whether the blocks of an open file are deflated in a way that is known here. libtiff
 * decodes all others, deflated ones by zlib. */
int tn__tiff_deflate_open(const tn__tiff_layout *layout, TIFF *library, tn__arena *arena,
                          tn__tiff_deflate *out);
/* Decodes whole rows from the start of a block. `block_bytes` is what the whole block has. NULL, or
 * why the block is broken. */
const char *tn__tiff_deflate_read(const tn__tiff_deflate *deflate, TIFF *library, tn__bytes file,
                                  uint32_t number, size_t block_bytes, size_t row_bytes,
                                  size_t n_bytes, uint8_t *out);

#endif
