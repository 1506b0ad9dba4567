/* SPDX-License-Identifier: MIT */
/* The rows of a PNG file as pixels of an image: unfilters them, and places those of each pass. */
#ifndef TENCH_PNG_PICTURE_H
#define TENCH_PNG_PICTURE_H

#include "codec/png/chunks.h"
#include "codec/rows.h"

/* Bits of a pixel in the file. */
int32_t tn__png_pixel_bits(const tn__png *png);
/* True if decoding a rectangle reads the last row of the file, and so the file's verdict. */
bool tn__png_reaches_end(const tn__png *png, tn_px_rect need);
/* Decodes want->need into an image from the arena. `damage`: 1 if rows are missing, which stay
 * black. `done`: how many rows of the file were decoded, also after a failure. */
int tn__png_decode(tn__png *png, const tn__info *info, const tn__want *want, tn__arena *arena,
                   tn_px_image *out, int32_t *damage, int32_t *done);
/* Bytes that it takes from the arena, at most. `bits` are those of a pixel. */
size_t tn__png_decode_bytes(const tn__info *info, const tn__want *want, int32_t bits,
                            bool interlaced);

#endif
