/* SPDX-License-Identifier: MIT */
/* EXIF orientation: turns images and rectangles between the stored image and the oriented one,
 * which is the image as people see it. */
#ifndef TENCH_MAKE_ORIENT_H
#define TENCH_MAKE_ORIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "px/image.h"

/* True if the oriented image has the stored width as its height. */
bool tn__orient_swaps(int32_t orientation);
/* Maps rectangle `rect` of the oriented image to the stored image, which is w × h. */
tn_px_rect tn__orient_to_stored(int32_t orientation, int32_t w, int32_t h, tn_px_rect rect);
/* Makes the oriented form of `image`, a window of a stored image of w × h, in the arena. For
 * orientation 1 *out becomes *image. */
int tn__orient_image(int32_t orientation, int32_t w, int32_t h, const tn_px_image *image,
                     tn__arena *arena, tn_px_image *out);

#endif
