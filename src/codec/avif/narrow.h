/* SPDX-License-Identifier: MIT */
/* Makes 8 bits of samples of 10 and 12 bits where libavif 1.4 does so before it computes colours.
 * libavif 0.11 computes with all bits there, and its colours differ. */
#ifndef TENCH_CODEC_AVIF_NARROW_H
#define TENCH_CODEC_AVIF_NARROW_H

#include <stddef.h>
#include <stdint.h>

#include <avif/avif.h>

/* Bytes that tn__avif_narrow may need for a view. */
size_t tn__avif_narrow_bytes(int32_t w, int32_t h);
/* Changes a view, which owns no samples, so that avifImageYUVToRGB makes of it what libavif 1.4
 * makes of it with 8 bits a sample. `memory` is aligned, and lives as long as the view. */
void tn__avif_narrow(avifImage *view, uint8_t *memory);

#endif
