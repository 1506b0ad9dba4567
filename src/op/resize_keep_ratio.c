/* SPDX-License-Identifier: MIT */
/* resize_keep_ratio: scales the image to cover a size, to fit inside it, or to a scale between
 * them, with a random change of scale and aspect ratio. If the image has the size already, there is
 * no step.
 *
 * The op draws, in this order: the coin of the scale, its factor, the coin of the aspect ratio, its
 * factor, the interpolation. It draws only those that its parameters ask for. */
#include <math.h>

#include "base/error.h"
#include "cpu/resample.h"
#include "op/geometry.h"
#include "op/ops.h"
#include "op/resample.h"

static const tn__param params[] = {
    {.name = "size",
     .kind = TN__SIZE,
     .doc = "size to cover or fit: one side of a square, or height x width"},
    {.name = "longest",
     .kind = TN__NUMBER,
     .initial = "0",
     .min = 0,
     .max = 1,
     .doc = "0 covers the size, 1 fits inside it; values between mix the two scales"},
    {.name = "interpolation",
     .kind = TN__CHOICE,
     .initial = "bilinear",
     .choices = TN_FILTER_NAMES " random",
     .doc = "filter of the resize; random draws bilinear or bicubic for each sample"},
    {.name = "random_scale_prob",
     .kind = TN__NUMBER,
     .initial = "0",
     .min = 0,
     .max = 1,
     .doc = "chance of a random change of scale"},
    {.name = "random_scale_range",
     .kind = TN__RANGE,
     .initial = "0.85,1.05",
     .min = 1e-3,
     .max = 1e3,
     .doc = "factor of that change, drawn uniformly"},
    {.name = "random_scale_area",
     .kind = TN__FLAG,
     .initial = "no",
     .doc = "the factor is a share of the area that a crop would keep, so factors below 1 zoom in"},
    {.name = "random_aspect_prob",
     .kind = TN__NUMBER,
     .initial = "0",
     .min = 0,
     .max = 1,
     .doc = "chance of a random change of the aspect ratio"},
    {.name = "random_aspect_range",
     .kind = TN__RANGE,
     .initial = "0.9,1.11",
     .min = 1e-3,
     .max = 1e3,
     .doc = "factor of width / height; its logarithm is drawn uniformly"},
    TN__PARAM_PILLOW,
    {0}};

static double number(const tn__node *node, const char *name)
{
    return tn__node_value(node, name)->number[0];
}

static bool coin(const tn__node *node, const char *name, tn__draws *draws)
{
    const double chance = number(node, name);
    return chance > 0 && tn__draw_chance(draws, chance);
}

/* Factors of height and width. */
static void draw_factors(const tn__node *node, tn__draws *draws, double *h, double *w)
{
    *h = *w = 1;
    if (coin(node, "random_scale_prob", draws)) {
        const double *const range = tn__node_value(node, "random_scale_range")->number;
        const double factor = tn__draw_range(draws, range[0], range[1]);
        *h = *w = number(node, "random_scale_area") != 0 ? 1 / sqrt(factor) : factor;
    }
    if (coin(node, "random_aspect_prob", draws)) {
        const double *const range = tn__node_value(node, "random_aspect_range")->number;
        const double factor = sqrt(exp(tn__draw_range(draws, log(range[0]), log(range[1]))));
        *h /= factor;
        *w *= factor;
    }
}

/* Source pixels for each pixel of the result, before the random factors. */
static double shrink(const tn__node *node, int32_t w, int32_t h)
{
    const tn__value *const size = tn__node_value(node, "size");
    const double longest = number(node, "longest");
    const double ratio_h = (double)h / tn__size_h(size), ratio_w = (double)w / tn__size_w(size);
    return fmax(ratio_h, ratio_w) * longest + fmin(ratio_h, ratio_w) * (1 - longest);
}

/* A side that rounds to 0 becomes 1; timm fails there. */
static int draw(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    double factor_h, factor_w;
    int32_t w = 0, h = 0;
    draw_factors(node, draws, &factor_h, &factor_w);
    const int32_t filter = tn__resample_filter(node, draws);
    const double ratio = shrink(node, plan->w, plan->h);
    const int status =
        tn__result_size(node->op->spec.name, tn__half_even(plan->w * factor_w / ratio),
                        tn__half_even(plan->h * factor_h / ratio), &w, &h);
    if (status != TN_OK || (w == plan->w && h == plan->h))
        return status;
    const tn_px_rect whole = {0, 0, plan->w, plan->h};
    return tn__resample_append(node, plan, whole, w, h, filter) ? TN_OK : tn__error_last()->code;
}

static void size_after(const tn__node *node, int32_t *w, int32_t *h)
{
    const bool random =
        number(node, "random_scale_prob") > 0 || number(node, "random_aspect_prob") > 0;
    const double ratio = *w > 0 ? shrink(node, *w, *h) : 1;
    if (random || *w == 0 ||
        tn__result_size(node->op->spec.name, tn__half_even(*w / ratio), tn__half_even(*h / ratio),
                        w, h) != TN_OK)
        *w = *h = 0;
}

const tn__op tn__op_resize_keep_ratio = {
    .id = TN__OP_RESIZE_KEEP_RATIO,
    .spec =
        {
            .name = "resize_keep_ratio",
            .doc = "Resizes to cover a size or to fit inside it, and keeps the aspect ratio. Scale "
                   "and aspect ratio can change at random.",
            .source = "timm 1.0.31 transforms.py ResizeKeepRatio; Pillow 13.0 Resample.c",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__NEIGHBOUR,
    .takes = tn__resample_takes,
    .size = size_after,
    .draw = draw,
    .need = tn__resample_need,
    .resize = tn__resample_resize,
    .explain = tn__resample_explain,
    .affine = tn__resample_affine,
};
