/* SPDX-License-Identifier: MIT */
/* Decodes strips and tiles that are JPEG streams with our own JPEG decoder, which reads no more of
 * them than the pixels need. libtiff decodes what it does not take. */
#ifndef TENCH_CODEC_TIFF_JPEG_H
#define TENCH_CODEC_TIFF_JPEG_H

#include "codec/tiff/blocks.h"

/* Upper bound of the bytes that tn__tiff_jpeg_decode takes from the arena. */
size_t tn__tiff_jpeg_bytes(const tn__tiff_layout *layout);
/* Decodes all blocks that the want meets into its image. TN__NOT_MINE: libtiff must decode them;
 * the image has no meaning then. TN_ENOMEM, TN_ELIMIT. */
int tn__tiff_jpeg_decode(const tn__tiff_blocks *blocks, const tn__want *want, tn__arena *arena,
                         const tn_px_image *out);

#endif
