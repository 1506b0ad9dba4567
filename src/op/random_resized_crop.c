/* SPDX-License-Identifier: MIT */
/* random_resized_crop: a box of random area and aspect ratio, resized to a fixed size.
 *
 * Crop and resize are one step. The op draws, in this order: scale and ratio, up to ten times; top
 * and left of the first box that fits; the interpolation, if it is random. */
#include <math.h>

#include "base/error.h"
#include "cpu/resample.h"
#include "op/geometry.h"
#include "op/ops.h"
#include "op/resample.h"

enum { TRIES = 10 };

static const tn__param params[] = {
    {.name = "size",
     .kind = TN__SIZE,
     .doc = "size of the result: one side of a square, or height x width"},
    {.name = "scale",
     .kind = TN__RANGE,
     .initial = "0.08,1",
     .min = 1e-6,
     .max = 1,
     .doc = "share of the image's area that the box covers, drawn uniformly"},
    {.name = "ratio",
     .kind = TN__RANGE,
     .initial = "0.75,1.3333333333333333",
     .min = 1e-3,
     .max = 1e3,
     .doc = "width / height of the box; its logarithm is drawn uniformly"},
    {.name = "interpolation",
     .kind = TN__CHOICE,
     .initial = "bilinear",
     .choices = TN_FILTER_NAMES " random",
     .doc = "filter of the resize; random draws bilinear or bicubic for each sample"},
    TN__PARAM_PILLOW,
    {0}};

/* The box if no drawn one fits: the whole image, with its longer side cut to the nearest allowed
 * ratio. */
static tn_px_rect fallback(int32_t w, int32_t h, const tn__value *ratio)
{
    const double in = (double)w / h;
    double box_w = w, box_h = h;
    if (in < ratio->number[0])
        box_h = tn__half_even(w / ratio->number[0]);
    else if (in > ratio->number[1])
        box_w = tn__half_even(h * ratio->number[1]);
    tn_px_rect box = {.w = (int32_t)fmin(fmax(box_w, 1), w), .h = (int32_t)fmin(fmax(box_h, 1), h)};
    box.x = (w - box.w) / 2;
    box.y = (h - box.h) / 2;
    return box;
}

/* A side that rounds to 0 (in images of a few pixels) becomes 1; timm makes a black image there. */
static tn_px_rect draw_box(const tn__node *node, int32_t w, int32_t h, tn__draws *draws)
{
    const tn__value *const scale = tn__node_value(node, "scale");
    const tn__value *const ratio = tn__node_value(node, "ratio");
    const double area = (double)w * h;
    const double low = log(ratio->number[0]), high = log(ratio->number[1]);
    for (int attempt = 0; attempt < TRIES; attempt++) {
        const double share = tn__draw_range(draws, scale->number[0], scale->number[1]);
        double box_w, box_h;
        tn__box_sides(share * area, exp(tn__draw_range(draws, low, high)), &box_w, &box_h);
        if (box_w > w || box_h > h)
            continue;
        tn_px_rect box = {.w = (int32_t)fmax(box_w, 1), .h = (int32_t)fmax(box_h, 1)};
        box.y = (int32_t)tn__draw_integer(draws, 0, h - box.h);
        box.x = (int32_t)tn__draw_integer(draws, 0, w - box.w);
        return box;
    }
    return fallback(w, h, ratio);
}

static int draw(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    const tn__value *const size = tn__node_value(node, "size");
    const tn_px_rect box = draw_box(node, plan->w, plan->h, draws);
    const int32_t filter = tn__resample_filter(node, draws);
    return tn__resample_append(node, plan, box, tn__size_w(size), tn__size_h(size), filter)
               ? TN_OK
               : tn__error_last()->code;
}

static void explain(const tn__step *step, const tn_px_finish *write, tn__text *text)
{
    tn__explain_box(step, text);
    tn__resample_explain(step, write, text);
}

const tn__op tn__op_random_resized_crop = {
    .id = TN__OP_RANDOM_RESIZED_CROP,
    .spec =
        {
            .name = "random_resized_crop",
            .doc = "Cuts out a box of random area and aspect ratio and resizes it to a fixed size: "
                   "the crop of ImageNet training. If ten drawn boxes do not fit, it takes the "
                   "largest centred box whose ratio is allowed.",
            .source = "timm 1.0.31 transforms.py RandomResizedCropAndInterpolation; Pillow 13.0 "
                      "Resample.c",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__NEIGHBOUR,
    .takes = tn__resample_takes,
    .size = tn__size_given,
    .draw = draw,
    .need = tn__resample_need,
    .resize = tn__resample_resize,
    .explain = explain,
    .affine = tn__resample_affine,
};
