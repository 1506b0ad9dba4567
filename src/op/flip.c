/* SPDX-License-Identifier: MIT */
/* hflip, vflip: mirror with a probability. If the coin says no, there is no step. */
#include <string.h>

#include "base/error.h"
#include "cpu/arrange_rows.h"
#include "op/geometry.h"
#include "op/ops.h"

static const tn__param params[] = {{.name = "p",
                                    .kind = TN__NUMBER,
                                    .initial = "0.5",
                                    .min = 0,
                                    .max = 1,
                                    .doc = "chance that a sample is mirrored"},
                                   {0}};

static int draw(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    if (!tn__draw_chance(draws, tn__node_value(node, "p")->number[0]))
        return TN_OK;
    return tn__node_step(node, plan, plan->w, plan->h) ? TN_OK : tn__error_last()->code;
}

static tn_px_rect need_hflip(const tn__step *step)
{
    tn_px_rect in = step->out;
    in.x = step->source_w - in.x - in.w;
    return in;
}

static tn_px_rect need_vflip(const tn__step *step)
{
    tn_px_rect in = step->out;
    in.y = step->source_h - in.y - in.h;
    return in;
}

/* The first pixel that the step reads. */
static const uint8_t *begin(const tn_px_image *src, int32_t channel, tn_px_rect in)
{
    return src->plane[channel] + (in.y - src->y0) * src->stride +
           (ptrdiff_t)(in.x - src->x0) * (src->bits / 8);
}

/* Mirrors n values of 16 bits. */
static void mirror_wide(const uint8_t *src, uint8_t *dst, int32_t n)
{
    const uint16_t *const from = (const uint16_t *)(const void *)src;
    uint16_t *const to = (uint16_t *)(void *)dst;
    for (ptrdiff_t i = 0; i < n; i++)
        to[i] = from[n - 1 - i];
}

static int run_hflip(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
                     const tn__tools *tools)
{
    (void)tools;
    void (*const mirror)(const uint8_t *, uint8_t *, int32_t) =
        src->bits == 16 ? mirror_wide : tn__arrange_rows_get()->mirror;
    for (int32_t c = 0; c < src->channels; c++) {
        const uint8_t *from = begin(src, c, step->in);
        uint8_t *to = dst->plane[c];
        for (int32_t y = 0; y < step->out.h; y++, from += src->stride, to += dst->stride)
            mirror(from, to, step->out.w);
    }
    return TN_OK;
}

static int run_vflip(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
                     const tn__tools *tools)
{
    (void)tools;
    const int32_t h = step->out.h;
    for (int32_t c = 0; c < src->channels; c++) {
        const uint8_t *const from = begin(src, c, step->in);
        for (int32_t y = 0; y < h; y++)
            memcpy(dst->plane[c] + y * dst->stride, from + (h - 1 - y) * src->stride,
                   (size_t)step->out.w * (size_t)(src->bits / 8));
    }
    return TN_OK;
}

static int32_t shows_mirrored(const tn__step *step)
{
    (void)step;
    return TN__MIRRORED;
}

static void affine_hflip(const tn__step *step, double out[6])
{
    const double map[6] = {-1, 0, step->w, 0, 1, 0};
    memcpy(out, map, sizeof map);
}

static void affine_vflip(const tn__step *step, double out[6])
{
    const double map[6] = {1, 0, 0, 0, -1, step->h};
    memcpy(out, map, sizeof map);
}

const tn__op tn__op_hflip = {
    .id = TN__OP_HFLIP,
    .spec =
        {
            .name = "hflip",
            .aliases = "random_horizontal_flip",
            .doc = "Mirrors left to right with probability p.",
            .source = "torchvision 0.29 RandomHorizontalFlip; Pillow 13.0 FLIP_LEFT_RIGHT",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__POINT,
    .takes = tn__takes_all,
    .draw = draw,
    .need = need_hflip,
    .run = run_hflip,
    .shows = shows_mirrored,
    .affine = affine_hflip,
};

const tn__op tn__op_vflip = {
    .id = TN__OP_VFLIP,
    .spec =
        {
            .name = "vflip",
            .aliases = "random_vertical_flip",
            .doc = "Mirrors top to bottom with probability p.",
            .source = "torchvision 0.29 RandomVerticalFlip; Pillow 13.0 FLIP_TOP_BOTTOM",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__POINT,
    .takes = tn__takes_all,
    .draw = draw,
    .need = need_vflip,
    .run = run_vflip,
    .affine = affine_vflip,
};
