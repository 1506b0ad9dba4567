/* SPDX-License-Identifier: MIT */
/* EXIF orientation. See orient.h.
 *
 * Each orientation may swap the axes, and may mirror each of the stored axes. */
#include "make/orient.h"

#include <string.h>

#include "base/error.h"

static const struct {
    bool swap, mirror_x, mirror_y; /* mirror: of the stored x and y */
} turns[9] = {
    [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
    [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, false, true},
    [7] = {true, true, true},    [8] = {true, true, false},
};

bool tn__orient_swaps(int32_t orientation)
{
    return turns[orientation].swap;
}

tn_px_rect tn__orient_to_stored(int32_t orientation, int32_t w, int32_t h, tn_px_rect rect)
{
    tn_px_rect stored = rect;
    if (turns[orientation].swap)
        stored = (tn_px_rect){rect.y, rect.x, rect.h, rect.w};
    if (turns[orientation].mirror_x)
        stored.x = w - stored.x - stored.w;
    if (turns[orientation].mirror_y)
        stored.y = h - stored.y - stored.h;
    return stored;
}

/* Maps a rectangle of the stored image to the oriented image. */
static tn_px_rect to_oriented(int32_t orientation, int32_t w, int32_t h, tn_px_rect stored)
{
    if (turns[orientation].mirror_x)
        stored.x = w - stored.x - stored.w;
    if (turns[orientation].mirror_y)
        stored.y = h - stored.y - stored.h;
    if (turns[orientation].swap)
        return (tn_px_rect){stored.y, stored.x, stored.h, stored.w};
    return stored;
}

/* Copies one plane. `start` is the first pixel of the result. Its neighbour in x is step_x bytes
 * away, its neighbour in y step_y bytes. */
static void turn_plane(const uint8_t *start, ptrdiff_t step_x, ptrdiff_t step_y, uint8_t *out,
                       ptrdiff_t out_stride, int32_t w, int32_t h)
{
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++)
            out[y * out_stride + x] = start[y * step_y + x * step_x];
}

/* The same for values of 16 bits. */
static void turn_wide_plane(const uint8_t *start, ptrdiff_t step_x, ptrdiff_t step_y, uint8_t *out,
                            ptrdiff_t out_stride, int32_t w, int32_t h)
{
    for (int32_t y = 0; y < h; y++)
        for (ptrdiff_t x = 0; x < w; x++)
            memcpy(out + y * out_stride + 2 * x, start + y * step_y + x * step_x, 2);
}

int tn__orient_image(int32_t orientation, int32_t w, int32_t h, const tn_px_image *image,
                     tn__arena *arena, tn_px_image *out)
{
    if (orientation == 1) {
        *out = *image;
        return TN_OK;
    }
    const tn_px_rect stored = {image->x0, image->y0, image->w, image->h};
    const tn_px_rect seen = to_oriented(orientation, w, h, stored);
    const int status = tn__arena_image(arena, seen.w, seen.h, image->channels, image->bits, out);
    if (status != TN_OK)
        return status;
    out->x0 = seen.x;
    out->y0 = seen.y;
    const bool right = turns[orientation].mirror_x, bottom = turns[orientation].mirror_y;
    const ptrdiff_t bytes = image->bits / 8;
    const ptrdiff_t first =
        (right ? image->w - 1 : 0) * bytes + (bottom ? image->h - 1 : 0) * image->stride;
    const ptrdiff_t along_x = right ? -bytes : bytes,
                    along_y = bottom ? -image->stride : image->stride;
    const bool swap = turns[orientation].swap;
    for (int32_t c = 0; c < image->channels; c++)
        (bytes == 2 ? turn_wide_plane : turn_plane)(
            image->plane[c] + first, swap ? along_y : along_x, swap ? along_x : along_y,
            out->plane[c], out->stride, seen.w, seen.h);
    return TN_OK;
}
