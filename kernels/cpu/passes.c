/* SPDX-License-Identifier: MIT */
/* The passes of a resize, strip by strip. See passes.h. */
#include "cpu/passes.h"

#include <string.h>

/* The pixel of the source at (x, y) of the whole image. */
static const uint8_t *pixel_at(const tn__passes *passes, int32_t channel, int32_t x, int32_t y)
{
    const tn_px_image *const src = passes->src;
    const ptrdiff_t down = (ptrdiff_t)y - src->y0, right = (ptrdiff_t)x - src->x0;
    return src->plane[channel] + down * src->stride + right;
}

/* Rows of a target's channel. */
static tn__block channel_of(const tn__target *to, int32_t channel)
{
    return (tn__block){to->row[channel], to->stride};
}

static void go_across(const tn__passes *passes, const uint8_t *src, ptrdiff_t src_stride,
                      tn__block dst, int32_t n_rows)
{
    const tn__pass pass = {.weights = passes->across,
                           .src = src,
                           .src_stride = src_stride,
                           .dst = dst.pixels,
                           .dst_stride = dst.stride,
                           .n_rows = n_rows};
    passes->rows_of_level->horizontal(&pass);
}

static void strip_across(const tn__passes *passes, const tn__target *to)
{
    for (int32_t c = 0; c < passes->src->channels; c++)
        go_across(passes, pixel_at(passes, c, passes->columns.first, passes->rows.first + to->y),
                  passes->src->stride, channel_of(to, c), to->n);
}

/* n columns of the target's rows, from a plane that begins at the first row that is needed. */
static void go_down(const tn__passes *passes, const uint8_t *src, ptrdiff_t src_stride,
                    const tn__target *to, tn__block dst, int32_t n)
{
    for (int32_t i = 0; i < to->n; i++)
        passes->rows_of_level->vertical(passes->down, to->y + i, src, src_stride,
                                        dst.pixels + i * dst.stride, n);
}

static void strip_down(const tn__passes *passes, const tn__target *to)
{
    for (int32_t c = 0; c < passes->src->channels; c++)
        go_down(passes, pixel_at(passes, c, passes->columns.first, passes->rows.first),
                passes->src->stride, to, channel_of(to, c), passes->columns.axis.n);
}

static void strip_down_then_across(const tn__passes *passes, const tn__target *to)
{
    const tn__axis_plan *const columns = &passes->columns;
    const tn__block middle = passes->middle;
    for (int32_t c = 0; c < passes->src->channels; c++) {
        go_down(passes, pixel_at(passes, c, columns->first, passes->rows.first),
                passes->src->stride, to, middle, columns->end - columns->first);
        go_across(passes, middle.pixels, middle.stride, channel_of(to, c), to->n);
    }
}

/* Makes the middle's rows up to `end`. */
static void advance(tn__passes *passes, int32_t end)
{
    const tn__axis_plan *const columns = &passes->columns, *const rows = &passes->rows;
    while (passes->ready < end) {
        const int32_t left = rows->end - rows->first - passes->ready;
        const int32_t n = left < TN__STRIP ? left : TN__STRIP;
        tn__block to = passes->middle;
        to.pixels += passes->ready * to.stride;
        for (int32_t c = 0; c < passes->src->channels; c++, to.pixels += columns->axis.n)
            go_across(passes, pixel_at(passes, c, columns->first, rows->first + passes->ready),
                      passes->src->stride, to, n);
        passes->ready += n;
    }
}

/* Channels that lie side by side in the target, too, are one long row. */
static void strip_across_then_down(tn__passes *passes, const tn__target *to)
{
    const tn__weights *const down = passes->down;
    const int32_t last = to->y + to->n - 1, w = passes->columns.axis.n;
    const int32_t channels = passes->src->channels;
    const tn__block middle = passes->middle;
    const bool joined = to->row[0] == passes->strip.pixels;
    advance(passes, down->first[last] + down->count[last]);
    for (int32_t c = 0; c < (joined ? 1 : channels); c++)
        go_down(passes, middle.pixels + (ptrdiff_t)c * w, middle.stride, to, channel_of(to, c),
                joined ? channels * w : w);
}

static void strip_nearest(tn__passes *passes, const tn__target *to)
{
    const int32_t w = passes->columns.axis.n;
    for (int32_t i = 0; i < to->n; i++) {
        const int32_t y = tn__walk_next(&passes->walk);
        for (int32_t c = 0; c < passes->src->channels; c++) {
            const uint8_t *const from = pixel_at(passes, c, passes->src->x0, y);
            uint8_t *const row = to->row[c] + i * to->stride;
            for (int32_t x = 0; x < w; x++)
                row[x] = from[passes->nearest_of[x]];
        }
    }
}

static void strip_copy(const tn__passes *passes, const tn__target *to)
{
    for (int32_t c = 0; c < passes->src->channels; c++)
        for (int32_t i = 0; i < to->n; i++)
            memcpy(to->row[c] + i * to->stride,
                   pixel_at(passes, c, passes->columns.first, passes->rows.first + to->y + i),
                   (size_t)passes->columns.axis.n);
}

void tn__passes_strip(tn__passes *passes, const tn__target *to)
{
    if (passes->nearest_of)
        strip_nearest(passes, to);
    else if (passes->across && passes->down && passes->vertical_first)
        strip_down_then_across(passes, to);
    else if (passes->across && passes->down)
        strip_across_then_down(passes, to);
    else if (passes->across)
        strip_across(passes, to);
    else if (passes->down)
        strip_down(passes, to);
    else
        strip_copy(passes, to);
}
