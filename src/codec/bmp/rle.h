/* SPDX-License-Identifier: MIT */
/* The runs of a compressed BMP file: RLE8 and RLE4. */
#ifndef TENCH_CODEC_BMP_RLE_H
#define TENCH_CODEC_BMP_RLE_H

#include "codec/bmp/header.h"

/* Decodes the first `n_pixels` of the image into `out`, in the order of the file. Returns how many
 * pixels there were. */
uint64_t tn__bmp_rle_decode(tn__bytes bytes, const tn__bmp_header *header, uint64_t n_pixels,
                            uint8_t *out);

#endif
