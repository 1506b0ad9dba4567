/* SPDX-License-Identifier: MIT */
/* Decodes the blocks of a region: from a baseline file's entropy-coded data to the samples of its
 * planes. */
#ifndef TENCH_CODEC_JPEG_BLOCKS_H
#define TENCH_CODEC_JPEG_BLOCKS_H

#include "codec/jpeg/region.h"

/* Upper bound of the bytes that decoding takes from the arena, for a region `w` wide in an image
 * `h` high, with `encoded_bytes` from the first entropy-coded byte on. */
size_t tn__jpeg_blocks_bytes(int32_t w, int32_t h, size_t encoded_bytes);
/* Decodes into the region's planes: with access->aid if that is right, else from the scan's start.
 * Builds an index if access->build asks for one. TN__NOT_MINE: something that the region needs is
 * damaged. `access` may be NULL. */
int tn__jpeg_blocks_decode(const tn__jpeg_frame *frame, const tn__jpeg_region *region,
                           tn__bytes bytes, tn__access *access, tn__arena *arena);

#endif
