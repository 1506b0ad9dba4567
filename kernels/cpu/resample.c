/* SPDX-License-Identifier: MIT */
/* Which passes a resize takes, in which order, over which part of the image. See resample.h.
 *
 * Weights belong to the whole source and the whole result; the wanted part only says which of them
 * are made, and how much of the source they see. */
#include "cpu/resample.h"

#include <stdbool.h>
#include <string.h>

#include "cpu/rows.h"
#include "cpu/weights.h"

/* One axis: the results from…from+n-1 see the source pixels first…end-1. */
struct axis_plan {
    bool filtered;
    tn_px_axis axis;
    int32_t from, n, first, end;
};

/* Source pixel of a result pixel for the nearest filter: Pillow adds the scale up, pixel by
 * pixel. */
struct walk {
    double at, scale;
    int32_t last;
};

static struct walk walk_begin(int32_t n, int32_t m)
{
    const double scale = (double)(float)n / (double)m;
    return (struct walk){.at = scale * 0.5, .scale = scale, .last = n - 1};
}

static int32_t walk_next(struct walk *walk)
{
    const int32_t pixel = walk->at < (double)walk->last ? (int32_t)walk->at : walk->last;
    walk->at += walk->scale;
    return pixel;
}

static void walk_skip(struct walk *walk, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        walk->at += walk->scale;
}

static struct axis_plan plan_axis(int32_t filter, int32_t source, int32_t result, int32_t from,
                                  int32_t n)
{
    struct axis_plan plan = {.from = from, .n = n, .first = from, .end = from + n};
    if (source == result)
        return plan;
    if (filter == TN_FILTER_NEAREST) {
        struct walk walk = walk_begin(source, result);
        walk_skip(&walk, from);
        plan.first = walk_next(&walk);
        walk_skip(&walk, n - 2);
        plan.end = (n > 1 ? walk_next(&walk) : plan.first) + 1;
        return plan;
    }
    plan.filtered = true;
    plan.axis = tn_px_axis_make(filter, source, result);
    plan.first = tn_px_axis_first(&plan.axis, from);
    plan.end = tn_px_axis_end(&plan.axis, from + n - 1);
    return plan;
}

static struct axis_plan plan_columns(const tn__resize *resize)
{
    return plan_axis(resize->filter, resize->source_w, resize->w, resize->out.x, resize->out.w);
}

static struct axis_plan plan_rows(const tn__resize *resize)
{
    return plan_axis(resize->filter, resize->source_h, resize->h, resize->out.y, resize->out.h);
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

static size_t aligned(size_t n_bytes)
{
    return (n_bytes + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
}

/* The plane between the passes. */
static tn_px_rect middle_size(const tn__resize *resize, const struct axis_plan *columns,
                              const struct axis_plan *rows)
{
    if (!columns->filtered || !rows->filtered)
        return (tn_px_rect){0, 0, 0, 0};
    if (vertical_first(resize))
        return (tn_px_rect){0, 0, columns->end - columns->first, rows->n};
    return (tn_px_rect){0, 0, columns->n, rows->end - rows->first};
}

static size_t weights_bytes(const struct axis_plan *plan)
{
    return plan->filtered ? tn__weights_bytes(&plan->axis, plan->n) : 0;
}

static size_t packed_bytes(const struct axis_plan *columns)
{
    if (!columns->filtered)
        return 0;
    const int32_t taps = tn__weights_taps(&columns->axis);
    return aligned(tn__rows_packed_bytes(columns->n, taps));
}

size_t tn__resize_scratch(const tn__resize *resize, int32_t channels)
{
    (void)channels; /* planes take turns */
    const struct axis_plan columns = plan_columns(resize), rows = plan_rows(resize);
    if (resize->filter == TN_FILTER_NEAREST)
        return aligned((size_t)columns.n * sizeof(int32_t));
    const tn_px_rect middle = middle_size(resize, &columns, &rows);
    return weights_bytes(&columns) + weights_bytes(&rows) + packed_bytes(&columns) +
           aligned(tn_px_plane_bytes(middle.w, middle.h));
}

/* Pixels of one plane. */
struct plane {
    uint8_t *pixels;
    ptrdiff_t stride;
};

static void run_horizontal(const tn__weights *weights, const void *packed, struct plane src,
                           struct plane dst, int32_t n_rows)
{
    const tn__pass pass = {.weights = weights,
                           .packed = packed,
                           .src = src.pixels,
                           .src_stride = src.stride,
                           .dst = dst.pixels,
                           .dst_stride = dst.stride,
                           .n_rows = n_rows};
    tn__rows_get()->horizontal(&pass);
}

static void run_vertical(const tn__weights *weights, struct plane src, struct plane dst,
                         int32_t n_columns)
{
    const tn__rows *const rows = tn__rows_get();
    for (int32_t y = 0; y < weights->n; y++)
        rows->vertical(weights->weight + (size_t)y * (size_t)weights->taps, weights->taps,
                       weights->count[y], src.pixels + weights->first[y] * src.stride, src.stride,
                       dst.pixels + y * dst.stride, n_columns);
}

static void copy_rows(struct plane src, struct plane dst, int32_t w, int32_t h)
{
    for (int32_t y = 0; y < h; y++)
        memcpy(dst.pixels + y * dst.stride, src.pixels + y * src.stride, (size_t)w);
}

/* The pixel of `src` at (x, y) of the whole image. */
static struct plane plane_at(const tn_px_image *src, int32_t channel, int32_t x, int32_t y)
{
    const ptrdiff_t down = (ptrdiff_t)y - src->y0, right = (ptrdiff_t)x - src->x0;
    return (struct plane){src->plane[channel] + down * src->stride + right, src->stride};
}

static void run_nearest(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst,
                        int32_t *column)
{
    struct walk across = walk_begin(resize->source_w, resize->w);
    walk_skip(&across, resize->out.x);
    for (int32_t x = 0; x < dst->w; x++)
        column[x] = walk_next(&across) - src->x0;
    for (int32_t c = 0; c < src->channels; c++) {
        struct walk down = walk_begin(resize->source_h, resize->h);
        walk_skip(&down, resize->out.y);
        for (int32_t y = 0; y < dst->h; y++) {
            const uint8_t *const from = plane_at(src, c, src->x0, walk_next(&down)).pixels;
            uint8_t *const to = dst->plane[c] + y * dst->stride;
            for (int32_t x = 0; x < dst->w; x++)
                to[x] = from[column[x]];
        }
    }
}

/* What a filtered resize keeps between its planes. */
struct passes {
    struct axis_plan columns, rows;
    tn__weights across, down;
    void *packed;
    struct plane middle;
    bool vertical_first;
};

static void make_passes(const tn__resize *resize, void *scratch, struct passes *passes)
{
    uint8_t *bytes = scratch;
    passes->columns = plan_columns(resize);
    passes->rows = plan_rows(resize);
    passes->vertical_first = vertical_first(resize);
    const struct axis_plan *const columns = &passes->columns, *const rows = &passes->rows;
    if (columns->filtered)
        tn__weights_make(resize->filter, &columns->axis, columns->from, columns->n, bytes,
                         &passes->across);
    bytes += weights_bytes(columns);
    if (rows->filtered)
        tn__weights_make(resize->filter, &rows->axis, rows->from, rows->n, bytes, &passes->down);
    bytes += weights_bytes(rows);
    passes->packed = bytes;
    bytes += packed_bytes(columns);
    passes->middle = (struct plane){bytes, tn_px_stride(middle_size(resize, columns, rows).w)};
    if (columns->filtered)
        tn__rows_get()->pack_horizontal(&passes->across, passes->packed);
    if (rows->filtered)
        tn__rows_get()->pack_vertical(&passes->down);
}

static void run_plane(const struct passes *passes, struct plane src, struct plane dst)
{
    const struct axis_plan *const columns = &passes->columns, *const rows = &passes->rows;
    if (columns->filtered && rows->filtered && passes->vertical_first) {
        run_vertical(&passes->down, src, passes->middle, columns->end - columns->first);
        run_horizontal(&passes->across, passes->packed, passes->middle, dst, rows->n);
    } else if (columns->filtered && rows->filtered) {
        run_horizontal(&passes->across, passes->packed, src, passes->middle,
                       rows->end - rows->first);
        run_vertical(&passes->down, passes->middle, dst, columns->n);
    } else if (columns->filtered) {
        run_horizontal(&passes->across, passes->packed, src, dst, rows->n);
    } else if (rows->filtered) {
        run_vertical(&passes->down, src, dst, columns->n);
    } else {
        copy_rows(src, dst, columns->n, rows->n);
    }
}

void tn__resize_run(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst,
                    void *scratch)
{
    dst->x0 = resize->out.x;
    dst->y0 = resize->out.y;
    if (resize->filter == TN_FILTER_NEAREST) {
        run_nearest(resize, src, dst, scratch);
        return;
    }
    struct passes passes;
    make_passes(resize, scratch, &passes);
    for (int32_t c = 0; c < src->channels; c++)
        run_plane(&passes, plane_at(src, c, passes.columns.first, passes.rows.first),
                  (struct plane){dst->plane[c], dst->stride});
}
