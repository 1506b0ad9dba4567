/* SPDX-License-Identifier: MIT */
/* The compressed data of a GIF frame. */
#ifndef TENCH_CODEC_GIF_LZW_H
#define TENCH_CODEC_GIF_LZW_H

#include "codec/codec.h"

enum { TN__GIF_MAX_CODE_BITS = 12 };
enum { TN__GIF_SLACK = 16 }; /* bytes after the pixels that the decoder may overwrite */

enum { TN__GIF_DONE, TN__GIF_TRUNCATED, TN__GIF_BROKEN };

/* Decodes the first `n_pixels` of a frame, whose blocks begin at offset `at`. TN__GIF_SLACK bytes
 * follow `out`. `*done` is the number of pixels that were decoded. */
int tn__gif_decode(tn__bytes bytes, size_t at, int32_t code_bits, size_t n_pixels, uint8_t *out,
                   size_t *done);

#endif
