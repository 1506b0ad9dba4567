/* SPDX-License-Identifier: MIT */
/* resize: to a length of the shorter side, or to an exact size. If the image has the size already,
 * there is no step. */
#include <math.h>

#include "base/error.h"
#include "cpu/resample.h"
#include "op/geometry.h"
#include "op/ops.h"
#include "op/resample.h"

enum { SHORT = 0, EXACT = 1 };

static const tn__param params[] = {
    {.name = "size",
     .kind = TN__SIZE,
     .doc = "length of the shorter side; with mode=exact one side of a square, or height x width"},
    {.name = "mode",
     .kind = TN__CHOICE,
     .initial = "short",
     .choices = "short exact",
     .doc = "short keeps the aspect ratio, exact stretches"},
    {.name = "interpolation",
     .kind = TN__CHOICE,
     .initial = "bilinear",
     .choices = TN_FILTER_NAMES,
     .doc = "filter of the resize"},
    TN__PARAM_PILLOW,
    {0}};

static int check(const tn__node *node)
{
    const tn__value *const size = tn__node_value(node, "size");
    if (tn__node_value(node, "mode")->choice == SHORT && tn__size_h(size) != tn__size_w(size))
        return tn__fail(TN_EINVAL,
                        "resize: size=%dx%d has two sides, which needs mode=exact; mode=short "
                        "takes the length of the shorter side",
                        tn__size_h(size), tn__size_w(size));
    return TN_OK;
}

/* Size after the op. The longer side is truncated, not rounded, like in torchvision. */
static void target(const tn__node *node, int32_t w, int32_t h, double *to_w, double *to_h)
{
    const tn__value *const size = tn__node_value(node, "size");
    *to_w = tn__size_w(size);
    *to_h = tn__size_h(size);
    if (tn__node_value(node, "mode")->choice == EXACT)
        return;
    const double side = tn__size_h(size);
    if (w <= h)
        *to_h = trunc(side * h / w);
    else
        *to_w = trunc(side * w / h);
}

static void size_after(const tn__node *node, int32_t *w, int32_t *h)
{
    const bool known = *w > 0;
    if (tn__node_value(node, "mode")->choice == EXACT) {
        tn__size_given(node, w, h);
        return;
    }
    double to_w, to_h;
    if (!known)
        return;
    target(node, *w, *h, &to_w, &to_h);
    if (tn__result_size(node->op->spec.name, to_w, to_h, w, h) != TN_OK)
        *w = *h = 0;
}

static int draw(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    double to_w, to_h;
    int32_t w = 0, h = 0;
    target(node, plan->w, plan->h, &to_w, &to_h);
    const int status = tn__result_size(node->op->spec.name, to_w, to_h, &w, &h);
    if (status != TN_OK || (w == plan->w && h == plan->h))
        return status;
    const tn_px_rect whole = {0, 0, plan->w, plan->h};
    return tn__resample_append(node, plan, whole, w, h, tn__resample_filter(node, draws))
               ? TN_OK
               : tn__error_last()->code;
}

const tn__op tn__op_resize = {
    .id = TN__OP_RESIZE,
    .spec =
        {
            .name = "resize",
            .doc = "Resizes the shorter side to a given length and keeps the aspect ratio, or "
                   "resizes to an exact size.",
            .source = "torchvision 0.29 functional.py resize; Pillow 13.0 Resample.c",
            .missing = "max_size antialias",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__NEIGHBOUR,
    .takes = tn__resample_takes,
    .check = check,
    .size = size_after,
    .draw = draw,
    .need = tn__resample_need,
    .resize = tn__resample_resize,
    .explain = tn__resample_explain,
    .affine = tn__resample_affine,
};
