/* SPDX-License-Identifier: MIT */
/* EXIF orientation: between the image as stored and the image as it is meant to be seen. */
#ifndef TENCH_MAKE_ORIENT_H
#define TENCH_MAKE_ORIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "px/image.h"

/* True if width and height change places. */
bool tn__orient_swaps(int32_t orientation);
/* The part of a stored w × h image that `rect` of the oriented image shows. */
tn_px_rect tn__orient_to_stored(int32_t orientation, int32_t w, int32_t h, tn_px_rect rect);
/* Turns a window of a stored w × h image into the same window of the oriented image, from the
 * arena. Orientation 1: *out is *image. */
int tn__orient_image(int32_t orientation, int32_t w, int32_t h, const tn_px_image *image,
                     tn__arena *arena, tn_px_image *out);

#endif
