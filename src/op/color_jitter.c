/* SPDX-License-Identifier: MIT */
/* color_jitter: brightness, contrast and saturation by random factors, in random order.
 *
 * One step holds all changes: q has their number and their kinds in order, p their factors. As in
 * Pillow's ImageEnhance, each change blends the image with another: black, the grey of the mean
 * luma, or the luma of each pixel. Each result is rounded to 8 bits. The op draws, in this order:
 * the coin, the order, the factors of the kinds that are on. Factors are rounded to float before
 * the blend. */
#include <string.h>

#include "base/error.h"
#include "cpu/photo_rows.h"
#include "op/geometry.h"
#include "op/ops.h"

enum { BRIGHTNESS = 0, CONTRAST, SATURATION, KINDS };
enum { COUNT = 0, ORDER = 1 }; /* places in q */

static const char *const names[KINDS] = {"brightness", "contrast", "saturation"};

#define RANGE_PARAM(what, text)                                                                    \
    {                                                                                              \
        .name = what, .kind = TN__NUMBERS, .initial = "0.4", .counts = 1 << 1 | 1 << 2, .min = 0,  \
        .max = 1000, .doc = text                                                                   \
    }

static const tn__param params[] = {
    RANGE_PARAM("brightness", "range of the factor, low,high; one number v means max(0,1-v) to "
                              "1+v, and 0 turns it off. Factor 0 makes black, 1 changes nothing"),
    RANGE_PARAM("contrast", "in the same form; factor 0 makes the grey of the mean luma"),
    RANGE_PARAM("saturation", "in the same form; factor 0 makes a grey image"),
    {.name = "p",
     .kind = TN__NUMBER,
     .initial = "1",
     .min = 0,
     .max = 1,
     .doc = "chance that a sample is changed"},
    {0}};

static int check(const tn__node *node)
{
    for (int kind = 0; kind < KINDS; kind++) {
        const tn__value *const value = tn__node_value(node, names[kind]);
        if (value->n == 2 && value->number[0] > value->number[1])
            return tn__fail(TN_EINVAL,
                            "color_jitter: %s: the first number must not be above the "
                            "second",
                            names[kind]);
    }
    return TN_OK;
}

/* Gets the range of the factor; false if the parameter turns this kind of change off. */
static bool range_of(const tn__node *node, int kind, double *low, double *high)
{
    const tn__value *const value = tn__node_value(node, names[kind]);
    *low = value->number[0];
    *high = value->number[1];
    if (value->n == 1) {
        *low = value->number[0] > 1 ? 0 : 1 - value->number[0];
        *high = 1 + value->number[0];
    }
    return *low != 1 || *high != 1;
}

static void shuffle(int32_t *items, int32_t n, tn__draws *draws)
{
    for (int32_t i = 0; i + 1 < n; i++) {
        const int64_t other = tn__draw_integer(draws, i, n - 1);
        const int32_t item = items[i];
        items[i] = items[other];
        items[other] = item;
    }
}

static int draw(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    int32_t order[KINDS], n = 0;
    double low[KINDS], high[KINDS], factor[KINDS] = {0};
    if (!tn__draw_chance(draws, tn__node_value(node, "p")->number[0]))
        return TN_OK;
    for (int32_t kind = 0; kind < KINDS; kind++)
        if (range_of(node, kind, &low[kind], &high[kind]))
            order[n++] = kind;
    if (n == 0)
        return TN_OK;
    shuffle(order, n, draws);
    for (int32_t kind = 0; kind < KINDS; kind++)
        if (low[kind] != 1 || high[kind] != 1)
            factor[kind] = (float)tn__draw_range(draws, low[kind], high[kind]);
    tn__step *const step = tn__node_step(node, plan, plan->w, plan->h);
    if (!step)
        return tn__error_last()->code;
    step->q[COUNT] = n;
    for (int32_t i = 0; i < n; i++) {
        step->q[ORDER + i] = order[i];
        step->p[i] = factor[order[i]];
    }
    return TN_OK;
}

/* Contrast needs the mean of the whole image. */
static tn_px_rect need(const tn__step *step)
{
    for (int32_t i = 0; i < step->q[COUNT]; i++)
        if (step->q[ORDER + i] == CONTRAST)
            return (tn_px_rect){0, 0, step->source_w, step->source_h};
    return step->out;
}

/* An image that is changed in place, and a row for luma. */
typedef struct workspace {
    const tn__photo_rows *rows;
    tn_px_image image;
    uint8_t *luma;
} workspace;

static uint8_t *row_of(const workspace *work, int32_t channel, int32_t y)
{
    return work->image.plane[channel] + y * work->image.stride;
}

/* The luma of row y. A grey image is its own luma. */
static const uint8_t *luma_of(const workspace *work, int32_t y)
{
    if (work->image.channels == 1)
        return row_of(work, 0, y);
    work->rows->luma(row_of(work, 0, y), row_of(work, 1, y), row_of(work, 2, y), work->luma,
                     work->image.w);
    return work->luma;
}

static uint8_t mean_luma(const workspace *work)
{
    int64_t sum = 0;
    for (int32_t y = 0; y < work->image.h; y++)
        sum += work->rows->sum(luma_of(work, y), work->image.w);
    const double mean = (double)sum / ((double)work->image.w * work->image.h);
    return (uint8_t)(mean + 0.5);
}

static void blend_grey(const workspace *work, uint8_t grey, float factor)
{
    for (int32_t c = 0; c < work->image.channels; c++)
        for (int32_t y = 0; y < work->image.h; y++)
            work->rows->blend_grey(grey, row_of(work, c, y), factor, work->image.w);
}

/* A grey image stays the same, because it is its own luma. */
static void saturate(const workspace *work, float factor)
{
    for (int32_t y = 0; work->image.channels > 1 && y < work->image.h; y++) {
        const uint8_t *const luma = luma_of(work, y);
        for (int32_t c = 0; c < work->image.channels; c++)
            work->rows->blend(luma, row_of(work, c, y), factor, work->image.w);
    }
}

static void apply(const workspace *work, const tn__step *step)
{
    for (int32_t i = 0; i < step->q[COUNT]; i++) {
        const float factor = (float)step->p[i];
        switch (step->q[ORDER + i]) {
        case BRIGHTNESS: blend_grey(work, 0, factor); break;
        case CONTRAST: blend_grey(work, mean_luma(work), factor); break;
        default: saturate(work, factor); break;
        }
    }
}

/* Copies `rect`. Both images cover it. */
static void copy(const tn_px_image *from, tn_px_rect rect, const tn_px_image *to)
{
    for (int32_t c = 0; c < from->channels; c++) {
        for (int32_t y = rect.y; y < rect.y + rect.h; y++)
            memcpy(to->plane[c] + (y - to->y0) * to->stride + (rect.x - to->x0),
                   from->plane[c] + (y - from->y0) * from->stride + (rect.x - from->x0),
                   (size_t)rect.w);
    }
}

/* True if dst has room for the whole part that the step reads. */
static bool fits_result(const tn__step *step)
{
    return step->in.w == step->out.w && step->in.h == step->out.h;
}

static size_t luma_bytes(const tn__step *step)
{
    return (size_t)step->in.w + TN_PX_ALIGN;
}

static size_t scratch(const tn__step *step, int32_t channels)
{
    const size_t planes = tn_px_plane_bytes(step->in.w, step->in.h, 8) * (size_t)channels;
    return luma_bytes(step) + (fits_result(step) ? 0 : planes);
}

/* Works in dst if that has room for all pixels that count, else in scratch memory. */
static int run(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
               const tn__tools *tools)
{
    const tn_px_rect in = step->in, out = step->out;
    const bool same = fits_result(step);
    workspace work = {.rows = tn__photo_rows_get(), .image = *dst};
    work.luma = tn__arena_take(tools->arena, luma_bytes(step));
    if (!work.luma)
        return tn__error_last()->code;
    if (!same) {
        const int status = tn__arena_image(tools->arena, in.w, in.h, src->channels, 8, &work.image);
        if (status != TN_OK)
            return status;
    }
    work.image.x0 = in.x;
    work.image.y0 = in.y;
    copy(src, in, &work.image);
    apply(&work, step);
    if (!same)
        copy(&work.image, out, dst);
    return TN_OK;
}

static void explain(const tn__step *step, const tn_px_finish *write, tn__text *text)
{
    (void)write;
    tn__text_add(text, ",\"factors\":[");
    for (int32_t i = 0; i < step->q[COUNT]; i++) {
        tn__text_printf(text, "%s[\"%s\",", i > 0 ? "," : "", names[step->q[ORDER + i]]);
        tn__text_number(text, step->p[i]);
        tn__text_add(text, "]");
    }
    tn__text_add(text, "]");
}

const tn__op tn__op_color_jitter = {
    .id = TN__OP_COLOR_JITTER,
    .spec =
        {
            .name = "color_jitter",
            .doc =
                "Changes brightness, contrast and saturation by random factors, in random order.",
            .source = "torchvision 0.29 ColorJitter; Pillow 13.0 ImageEnhance, Blend.c",
            .missing = "hue",
            .params = params,
        },
    .stage = TN__PIXEL,
    .reach = TN__WHOLE,
    .check = check,
    .draw = draw,
    .need = need,
    .run = run,
    .scratch = scratch,
    .explain = explain,
};
