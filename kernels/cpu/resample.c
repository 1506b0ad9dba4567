/* SPDX-License-Identifier: MIT */
/* Resizes an image: chooses the passes, their order and the part that they cover, and runs them.
 * See resample.h.
 *
 * Weights depend on the whole source and the whole result. The wanted part only decides which
 * weights are computed and how much of the source they use. The result is made in strips of a few
 * rows. All channels of a strip are made in turn, so that each pass, and the last write, find their
 * input in the first cache. */
#include "cpu/resample.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/least.h"
#include "cpu/arrange_rows.h"
#include "cpu/resample_rows.h"

enum { STRIP = 8 }; /* rows; a multiple of the rows that a horizontal pass handles together */

/* One axis: the wanted results use source pixels first…end-1. */
struct axis_plan {
    bool filtered;
    tn__axis axis;
    int32_t first, end;
};

/* Finds the source pixel for each result pixel of the nearest filter. Pillow adds the scale for
 * each pixel, so errors add up; so do ours. */
struct walk {
    double at, scale;
    int32_t last;
};

static int32_t walk_next(struct walk *walk)
{
    const int32_t pixel = walk->at < (double)walk->last ? (int32_t)walk->at : walk->last;
    walk->at += walk->scale;
    return pixel;
}

/* Rows of pixels, with the readable bytes after them. */
struct block {
    uint8_t *pixels;
    ptrdiff_t stride;
};

struct passes {
    const tn__resample_rows *kernels;
    const tn__arrange_rows *arrange;
    const tn_px_image *src;
    struct axis_plan columns, rows;
    bool vertical_first;
    const tn__weights *across, *down; /* NULL: no such pass */
    tn__weights own_across, own_down; /* used if no cache holds the weights */
    void *across_memory, *down_memory, *making;
    /* The image between the passes. After a horizontal pass it holds all rows, channels side by
     * side; after a vertical pass it holds a strip of one channel. */
    struct block middle;
    int32_t ready;       /* rows of the middle that are complete */
    struct block strip;  /* of the result, channels side by side */
    struct walk walk;    /* nearest: over the rows */
    int32_t *nearest_of; /* nearest: source column of each result column */
};

/* Rows y…y+n-1 of the result. */
struct target {
    int32_t y, n;
    uint8_t *row[TN_PX_MAX_CHANNELS]; /* row y of each channel */
    ptrdiff_t stride;
};

static struct walk walk_begin(int32_t n, int32_t m)
{
    const double scale = (double)(float)n / (double)m;
    return (struct walk){.at = scale * 0.5, .scale = scale, .last = n - 1};
}

static void walk_skip(struct walk *walk, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        walk->at += walk->scale;
}

static struct axis_plan plan_axis(int32_t filter, tn__axis axis)
{
    struct axis_plan plan = {.axis = axis, .first = axis.from, .end = axis.from + axis.n};
    if (axis.source == axis.result)
        return plan;
    if (filter == TN_FILTER_NEAREST) {
        struct walk walk = walk_begin(axis.source, axis.result);
        walk_skip(&walk, axis.from);
        plan.first = walk_next(&walk);
        walk_skip(&walk, axis.n - 2);
        plan.end = (axis.n > 1 ? walk_next(&walk) : plan.first) + 1;
        return plan;
    }
    const tn_px_axis whole = tn_px_axis_make(filter, axis.source, axis.result);
    plan.filtered = true;
    plan.first = tn_px_axis_first(&whole, axis.from);
    plan.end = tn_px_axis_end(&whole, axis.from + axis.n - 1);
    return plan;
}

static struct axis_plan plan_columns(const tn__resize *resize)
{
    return plan_axis(resize->filter, (tn__axis){.filter = resize->filter,
                                                .source = resize->source_w,
                                                .result = resize->w,
                                                .from = resize->out.x,
                                                .n = resize->out.w,
                                                .across = 1});
}

static struct axis_plan plan_rows(const tn__resize *resize)
{
    return plan_axis(resize->filter, (tn__axis){.filter = resize->filter,
                                                .source = resize->source_h,
                                                .result = resize->h,
                                                .from = resize->out.y,
                                                .n = resize->out.h});
}

static bool vertical_first(const tn__resize *resize)
{
    const int64_t fewer_rows = (int64_t)resize->source_h - resize->h;
    const int64_t fewer_columns = (int64_t)resize->source_w - resize->w;
    return resize->pillow >= 13 && fewer_rows > 0 && fewer_rows > 2 * fewer_columns;
}

tn_px_rect tn__resize_need(const tn__resize *resize)
{
    const struct axis_plan columns = plan_columns(resize), rows = plan_rows(resize);
    return (tn_px_rect){columns.first, rows.first, columns.end - columns.first,
                        rows.end - rows.first};
}

void tn__resize_between(const tn__resize *resize, int32_t *w, int32_t *h)
{
    const struct axis_plan columns = plan_columns(resize), rows = plan_rows(resize);
    const bool is_whole = columns.filtered && rows.filtered && !vertical_first(resize);
    *w = is_whole ? columns.axis.n : 0;
    *h = is_whole ? rows.end - rows.first : 0;
}

/* Hands out scratch memory piece by piece. Without memory it only counts the bytes. */
struct room {
    uint8_t *bytes;
    size_t used;
};

static void *take(struct room *room, size_t n_bytes)
{
    void *const taken = room->bytes ? room->bytes + room->used : NULL;
    room->used += (n_bytes + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
    return taken;
}

static struct block take_block(struct room *room, int32_t w, int32_t h)
{
    return (struct block){take(room, tn_px_plane_bytes(w, h, 8)), tn_px_stride(w, 8)};
}

static void take_weights(struct passes *passes, struct room *room)
{
    const struct axis_plan *const columns = &passes->columns, *const rows = &passes->rows;
    size_t making = 0;
    if (columns->filtered) {
        passes->across_memory = take(room, tn__weights_bytes(&columns->axis));
        making = tn__weights_scratch(&columns->axis);
    }
    if (rows->filtered) {
        passes->down_memory = take(room, tn__weights_bytes(&rows->axis));
        making = tn__most(making, tn__weights_scratch(&rows->axis));
    }
    passes->making = take(room, making);
}

static struct passes plan_passes(const tn__resize *resize, int32_t channels, struct room *room)
{
    struct passes passes = {.columns = plan_columns(resize),
                            .rows = plan_rows(resize),
                            .vertical_first = vertical_first(resize)};
    const struct axis_plan *const columns = &passes.columns, *const rows = &passes.rows;
    if (resize->filter == TN_FILTER_NEAREST)
        passes.nearest_of = take(room, (size_t)columns->axis.n * sizeof(int32_t));
    take_weights(&passes, room);
    if (columns->filtered && rows->filtered)
        passes.middle = passes.vertical_first
                            ? take_block(room, columns->end - columns->first, STRIP)
                            : take_block(room, channels * columns->axis.n, rows->end - rows->first);
    passes.strip = take_block(room, channels * columns->axis.n, STRIP);
    return passes;
}

size_t tn__resize_scratch(const tn__resize *resize, int32_t channels)
{
    struct room room = {NULL, 0};
    plan_passes(resize, channels, &room);
    return room.used;
}

/* Returns the source pixel at (x, y) of the whole image. */
static const uint8_t *pixel_at(const struct passes *passes, int32_t channel, int32_t x, int32_t y)
{
    const tn_px_image *const src = passes->src;
    const ptrdiff_t down = (ptrdiff_t)y - src->y0, right = (ptrdiff_t)x - src->x0;
    return src->plane[channel] + down * src->stride + right;
}

/* Returns the rows of one channel. */
static struct block channel_of(const struct target *to, int32_t channel)
{
    return (struct block){to->row[channel], to->stride};
}

static void go_across(const struct passes *passes, const uint8_t *src, ptrdiff_t src_stride,
                      struct block dst, int32_t n_rows)
{
    const tn__pass pass = {.weights = passes->across,
                           .src = src,
                           .src_stride = src_stride,
                           .dst = dst.pixels,
                           .dst_stride = dst.stride,
                           .n_rows = n_rows};
    passes->kernels->horizontal(&pass);
}

static void strip_across(const struct passes *passes, const struct target *to)
{
    for (int32_t c = 0; c < passes->src->channels; c++)
        go_across(passes, pixel_at(passes, c, passes->columns.first, passes->rows.first + to->y),
                  passes->src->stride, channel_of(to, c), to->n);
}

/* Makes n columns of the target's rows. `src` is the first row that the result needs. */
static void go_down(const struct passes *passes, const uint8_t *src, ptrdiff_t src_stride,
                    const struct target *to, struct block dst, int32_t n)
{
    for (int32_t i = 0; i < to->n; i++)
        passes->kernels->vertical(passes->down, to->y + i, src, src_stride,
                                  dst.pixels + i * dst.stride, n);
}

static void strip_down(const struct passes *passes, const struct target *to)
{
    for (int32_t c = 0; c < passes->src->channels; c++)
        go_down(passes, pixel_at(passes, c, passes->columns.first, passes->rows.first),
                passes->src->stride, to, channel_of(to, c), passes->columns.axis.n);
}

static void strip_down_then_across(const struct passes *passes, const struct target *to)
{
    const struct axis_plan *const columns = &passes->columns;
    const struct block middle = passes->middle;
    for (int32_t c = 0; c < passes->src->channels; c++) {
        go_down(passes, pixel_at(passes, c, columns->first, passes->rows.first),
                passes->src->stride, to, middle, columns->end - columns->first);
        go_across(passes, middle.pixels, middle.stride, channel_of(to, c), to->n);
    }
}

/* Completes the middle's rows up to `end`. */
static void advance(struct passes *passes, int32_t end)
{
    const struct axis_plan *const columns = &passes->columns, *const rows = &passes->rows;
    while (passes->ready < end) {
        const int32_t left = rows->end - rows->first - passes->ready;
        const int32_t n = left < STRIP ? left : STRIP;
        struct block to = passes->middle;
        to.pixels += passes->ready * to.stride;
        for (int32_t c = 0; c < passes->src->channels; c++, to.pixels += columns->axis.n)
            go_across(passes, pixel_at(passes, c, columns->first, rows->first + passes->ready),
                      passes->src->stride, to, n);
        passes->ready += n;
    }
}

/* Channels that lie side by side in the target too are treated as one long row. */
static void strip_across_then_down(struct passes *passes, const struct target *to)
{
    const tn__weights *const down = passes->down;
    const int32_t last = to->y + to->n - 1, w = passes->columns.axis.n;
    const int32_t channels = passes->src->channels;
    const struct block middle = passes->middle;
    const bool joined = to->row[0] == passes->strip.pixels;
    advance(passes, down->first[last] + down->count[last]);
    for (int32_t c = 0; c < (joined ? 1 : channels); c++)
        go_down(passes, middle.pixels + (ptrdiff_t)c * w, middle.stride, to, channel_of(to, c),
                joined ? channels * w : w);
}

static void strip_nearest(struct passes *passes, const struct target *to)
{
    const int32_t w = passes->columns.axis.n;
    for (int32_t i = 0; i < to->n; i++) {
        const int32_t y = walk_next(&passes->walk);
        for (int32_t c = 0; c < passes->src->channels; c++) {
            const uint8_t *const from = pixel_at(passes, c, passes->src->x0, y);
            uint8_t *const row = to->row[c] + i * to->stride;
            for (int32_t x = 0; x < w; x++)
                row[x] = from[passes->nearest_of[x]];
        }
    }
}

static void strip_copy(const struct passes *passes, const struct target *to)
{
    for (int32_t c = 0; c < passes->src->channels; c++)
        for (int32_t i = 0; i < to->n; i++)
            memcpy(to->row[c] + i * to->stride,
                   pixel_at(passes, c, passes->columns.first, passes->rows.first + to->y + i),
                   (size_t)passes->columns.axis.n);
}

/* Makes the target's rows. Strips must follow each other from row 0 on. */
static void make_strip(struct passes *passes, const struct target *to)
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

static const tn__weights *get_weights(const struct axis_plan *plan, tn__weight_cache *cache,
                                      void *memory, void *making, tn__weights *own)
{
    if (!plan->filtered)
        return NULL;
    const tn__weights *const kept = cache ? tn__weight_cache_get(cache, &plan->axis, making) : NULL;
    if (kept)
        return kept;
    tn__resample_weights(&plan->axis, memory, making, own);
    return own;
}

static void find_nearest(const tn__resize *resize, struct passes *passes)
{
    struct walk across = walk_begin(resize->source_w, resize->w);
    walk_skip(&across, resize->out.x);
    for (int32_t x = 0; x < resize->out.w; x++)
        passes->nearest_of[x] = walk_next(&across) - passes->src->x0;
    passes->walk = walk_begin(resize->source_h, resize->h);
    walk_skip(&passes->walk, resize->out.y);
}

/* Points the target at rows y… of an image, or of the strip. It changes the target in place: a
 * copied struct would be stored as single pointers and loaded as pairs, and such a load waits until
 * all earlier stores, including those to the output, have reached the cache. */
static void aim(const struct passes *passes, const tn_px_image *image, int32_t y, struct target *to)
{
    const int32_t left = passes->rows.axis.n - y;
    const struct block *const strip = &passes->strip;
    to->y = y;
    to->n = left < STRIP ? left : STRIP;
    to->stride = image ? image->stride : strip->stride;
    for (int32_t c = 0; c < passes->src->channels; c++)
        to->row[c] = image ? image->plane[c] + y * image->stride
                           : strip->pixels + (ptrdiff_t)c * passes->columns.axis.n;
}

static void begin(const tn__resize *resize, const tn_px_image *src, tn__weight_cache *cache,
                  void *scratch, struct passes *passes)
{
    assert(scratch && "it is never empty");
    struct room room = {scratch, 0};
    *passes = plan_passes(resize, src->channels, &room);
    passes->src = src;
    passes->kernels = tn__resample_rows_get();
    passes->arrange = tn__arrange_rows_get();
    if (passes->nearest_of)
        find_nearest(resize, passes);
    passes->across = get_weights(&passes->columns, cache, passes->across_memory, passes->making,
                                 &passes->own_across);
    passes->down =
        get_weights(&passes->rows, cache, passes->down_memory, passes->making, &passes->own_down);
}

static void mirror_strip(const struct passes *passes, const struct target *strip, tn_px_image *dst)
{
    for (int32_t c = 0; c < dst->channels; c++)
        for (int32_t i = 0; i < strip->n; i++)
            passes->arrange->mirror(strip->row[c] + i * strip->stride,
                                    dst->plane[c] + (strip->y + i) * dst->stride, dst->w);
}

void tn__resize_run(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst,
                    tn__weight_cache *cache, void *scratch)
{
    struct target to = {0};
    struct passes passes;
    begin(resize, src, cache, scratch, &passes);
    dst->x0 = resize->out.x;
    dst->y0 = resize->out.y;
    for (int32_t y = 0; y < dst->h; y += STRIP) {
        aim(&passes, resize->mirrored ? NULL : dst, y, &to);
        make_strip(&passes, &to);
        if (resize->mirrored)
            mirror_strip(&passes, &to, dst);
    }
}

void tn__resize_write(const tn__resize *resize, const tn_px_image *src, const tn__writer *writer,
                      tn__weight_cache *cache, void *scratch)
{
    struct target to = {0};
    struct passes passes;
    begin(resize, src, cache, scratch, &passes);
    for (int32_t y = 0; y < resize->out.h; y += STRIP) {
        aim(&passes, NULL, y, &to);
        make_strip(&passes, &to);
        const uint8_t *row[TN_PX_MAX_CHANNELS] = {NULL};
        for (int32_t i = 0; i < to.n; i++) {
            for (int32_t c = 0; c < src->channels; c++)
                row[c] = to.row[c] + i * to.stride;
            tn__writer_row(writer, y + i, row);
        }
    }
}
