/* SPDX-License-Identifier: MIT */
/* Which passes a resize takes, in which order, over which part of the image. See resample.h.
 *
 * Weights belong to the whole source and the whole result; the wanted part only says which of them
 * are made, and how much of the source they see. The result is made strip by strip of a few rows,
 * all channels of a strip in turn, so that what one pass or the last write needs of the one before
 * lies in the nearest cache. */
#include "cpu/resample.h"

#include <assert.h>
#include <stdbool.h>

#include "cpu/passes.h"

static tn__walk walk_begin(int32_t n, int32_t m)
{
    const double scale = (double)(float)n / (double)m;
    return (tn__walk){.at = scale * 0.5, .scale = scale, .last = n - 1};
}

static void walk_skip(tn__walk *walk, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        walk->at += walk->scale;
}

static tn__axis_plan plan_axis(int32_t filter, tn__axis axis)
{
    tn__axis_plan plan = {.axis = axis, .first = axis.from, .end = axis.from + axis.n};
    if (axis.source == axis.result)
        return plan;
    if (filter == TN_FILTER_NEAREST) {
        tn__walk walk = walk_begin(axis.source, axis.result);
        walk_skip(&walk, axis.from);
        plan.first = tn__walk_next(&walk);
        walk_skip(&walk, axis.n - 2);
        plan.end = (axis.n > 1 ? tn__walk_next(&walk) : plan.first) + 1;
        return plan;
    }
    const tn_px_axis whole = tn_px_axis_make(filter, axis.source, axis.result);
    plan.filtered = true;
    plan.first = tn_px_axis_first(&whole, axis.from);
    plan.end = tn_px_axis_end(&whole, axis.from + axis.n - 1);
    return plan;
}

static tn__axis_plan plan_columns(const tn__resize *resize)
{
    return plan_axis(resize->filter, (tn__axis){.filter = resize->filter,
                                                .source = resize->source_w,
                                                .result = resize->w,
                                                .from = resize->out.x,
                                                .n = resize->out.w,
                                                .across = 1});
}

static tn__axis_plan plan_rows(const tn__resize *resize)
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
    const tn__axis_plan columns = plan_columns(resize), rows = plan_rows(resize);
    return (tn_px_rect){columns.first, rows.first, columns.end - columns.first,
                        rows.end - rows.first};
}

void tn__resize_between(const tn__resize *resize, int32_t *w, int32_t *h)
{
    const tn__axis_plan columns = plan_columns(resize), rows = plan_rows(resize);
    const bool is_whole = columns.filtered && rows.filtered && !vertical_first(resize);
    *w = is_whole ? columns.axis.n : 0;
    *h = is_whole ? rows.end - rows.first : 0;
}

/* The bytes of scratch, handed out one after the other; without memory they are only counted. */
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

static tn__block take_block(struct room *room, int32_t w, int32_t h)
{
    return (tn__block){take(room, tn_px_plane_bytes(w, h)), tn_px_stride(w)};
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void take_weights(tn__passes *passes, struct room *room)
{
    const tn__axis_plan *const columns = &passes->columns, *const rows = &passes->rows;
    size_t making = 0;
    if (columns->filtered) {
        passes->across_memory = take(room, tn__weights_bytes(&columns->axis));
        making = tn__weights_scratch(&columns->axis);
    }
    if (rows->filtered) {
        passes->down_memory = take(room, tn__weights_bytes(&rows->axis));
        making = larger(making, tn__weights_scratch(&rows->axis));
    }
    passes->making = take(room, making);
}

static tn__passes plan_passes(const tn__resize *resize, int32_t channels, struct room *room)
{
    tn__passes passes = {.columns = plan_columns(resize),
                         .rows = plan_rows(resize),
                         .vertical_first = vertical_first(resize)};
    const tn__axis_plan *const columns = &passes.columns, *const rows = &passes.rows;
    if (resize->filter == TN_FILTER_NEAREST)
        passes.nearest_of = take(room, (size_t)columns->axis.n * sizeof(int32_t));
    take_weights(&passes, room);
    if (columns->filtered && rows->filtered)
        passes.middle = passes.vertical_first
                            ? take_block(room, columns->end - columns->first, TN__STRIP)
                            : take_block(room, channels * columns->axis.n, rows->end - rows->first);
    passes.strip = take_block(room, channels * columns->axis.n, TN__STRIP);
    return passes;
}

size_t tn__resize_scratch(const tn__resize *resize, int32_t channels)
{
    struct room room = {NULL, 0};
    plan_passes(resize, channels, &room);
    return room.used;
}

static const tn__weights *get_weights(const tn__axis_plan *plan, tn__weight_cache *cache,
                                      void *memory, void *making, tn__weights *own)
{
    if (!plan->filtered)
        return NULL;
    const tn__weights *const kept = cache ? tn__weight_cache_get(cache, &plan->axis, making) : NULL;
    if (kept)
        return kept;
    tn__weights_make(&plan->axis, memory, making, own);
    return own;
}

static void find_nearest(const tn__resize *resize, tn__passes *passes)
{
    tn__walk across = walk_begin(resize->source_w, resize->w);
    walk_skip(&across, resize->out.x);
    for (int32_t x = 0; x < resize->out.w; x++)
        passes->nearest_of[x] = tn__walk_next(&across) - passes->src->x0;
    passes->walk = walk_begin(resize->source_h, resize->h);
    walk_skip(&passes->walk, resize->out.y);
}

/* Aims at rows y and on of an image, or of the strip. In place: a copy's pointers would be loaded
 * two at once right after they were stored one by one, which waits until all stores before are in
 * the cache, those of the output too. */
static void aim(const tn__passes *passes, const tn_px_image *image, int32_t y, tn__target *to)
{
    const int32_t left = passes->rows.axis.n - y;
    const tn__block *const strip = &passes->strip;
    to->y = y;
    to->n = left < TN__STRIP ? left : TN__STRIP;
    to->stride = image ? image->stride : strip->stride;
    for (int32_t c = 0; c < passes->src->channels; c++)
        to->row[c] = image ? image->plane[c] + y * image->stride
                           : strip->pixels + (ptrdiff_t)c * passes->columns.axis.n;
}

static void begin(const tn__resize *resize, const tn_px_image *src, tn__weight_cache *cache,
                  void *scratch, tn__passes *passes)
{
    assert(scratch && "it is never empty");
    struct room room = {scratch, 0};
    *passes = plan_passes(resize, src->channels, &room);
    passes->src = src;
    passes->rows_of_level = tn__rows_get();
    if (passes->nearest_of)
        find_nearest(resize, passes);
    passes->across = get_weights(&passes->columns, cache, passes->across_memory, passes->making,
                                 &passes->own_across);
    passes->down =
        get_weights(&passes->rows, cache, passes->down_memory, passes->making, &passes->own_down);
}

static void mirror_strip(const tn__passes *passes, const tn__target *strip, tn_px_image *dst)
{
    for (int32_t c = 0; c < dst->channels; c++)
        for (int32_t i = 0; i < strip->n; i++)
            passes->rows_of_level->mirror(strip->row[c] + i * strip->stride,
                                          dst->plane[c] + (strip->y + i) * dst->stride, dst->w);
}

void tn__resize_run(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst,
                    tn__weight_cache *cache, void *scratch)
{
    tn__target to = {0};
    tn__passes passes;
    begin(resize, src, cache, scratch, &passes);
    dst->x0 = resize->out.x;
    dst->y0 = resize->out.y;
    for (int32_t y = 0; y < dst->h; y += TN__STRIP) {
        aim(&passes, resize->mirrored ? NULL : dst, y, &to);
        tn__passes_strip(&passes, &to);
        if (resize->mirrored)
            mirror_strip(&passes, &to, dst);
    }
}

void tn__resize_write(const tn__resize *resize, const tn_px_image *src, const tn__writer *writer,
                      tn__weight_cache *cache, void *scratch)
{
    tn__target to = {0};
    tn__passes passes;
    begin(resize, src, cache, scratch, &passes);
    for (int32_t y = 0; y < resize->out.h; y += TN__STRIP) {
        aim(&passes, NULL, y, &to);
        tn__passes_strip(&passes, &to);
        const uint8_t *row[TN_PX_MAX_CHANNELS] = {NULL};
        for (int32_t i = 0; i < to.n; i++) {
            for (int32_t c = 0; c < src->channels; c++)
                row[c] = to.row[c] + i * to.stride;
            tn__writer_row(writer, y + i, row);
        }
    }
}
