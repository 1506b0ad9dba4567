/* SPDX-License-Identifier: MIT */
/* center_crop, crop, trim_border: windows whose place depends on the sizes only. */
#include <math.h>

#include "base/error.h"
#include "op/geometry.h"
#include "op/ops.h"
#include "op/window.h"

static int append(const tn__node *node, tn__plan *plan, tn_px_rect box)
{
    return tn__window_append(node, plan, box) ? TN_OK : tn__error_last()->code;
}

static const tn__param center_crop_params[] = {
    {.name = "size",
     .kind = TN__SIZE,
     .doc = "size of the result: one side of a square, or height x width"},
    {0}};

static int draw_center_crop(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    (void)draws;
    const tn__value *const size = tn__node_value(node, "size");
    const int32_t w = tn__size_w(size), h = tn__size_h(size);
    return append(node, plan, (tn_px_rect){tn__centre(plan->w, w), tn__centre(plan->h, h), w, h});
}

const tn__op tn__op_center_crop = {
    .id = TN__OP_CENTER_CROP,
    .spec =
        {
            .name = "center_crop",
            .doc = "Cuts a window of a given size out of the middle. A smaller image is padded "
                   "with 0.",
            .source = "torchvision 0.29 functional.py center_crop",
            .params = center_crop_params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__POINT,
    .takes = tn__takes_all,
    .size = tn__size_given,
    .draw = draw_center_crop,
    .need = tn__window_need,
    .run = tn__window_run,
    .shows = tn__window_shows,
    .explain = tn__window_explain,
    .affine = tn__window_affine,
};

static const tn__param crop_params[] = {
    {.name = "box",
     .kind = TN__NUMBERS,
     .counts = 1 << 4,
     .min = 0,
     .max = TN__MAX_SIDE,
     .doc = "x,y,w,h of the window; an image that does not contain the window is a fault"},
    {0}};

static int check_crop(const tn__node *node)
{
    const tn__value *const box = tn__node_value(node, "box");
    for (int i = 0; i < 4; i++)
        if (box->number[i] != trunc(box->number[i]))
            return tn__fail(TN_EINVAL, "crop: box needs whole pixels");
    if (box->number[2] < 1 || box->number[3] < 1)
        return tn__fail(TN_EINVAL, "crop: box is %.0f x %.0f; both sides must be at least 1",
                        box->number[2], box->number[3]);
    return TN_OK;
}

static tn_px_rect fixed_box(const tn__node *node)
{
    const double *const box = tn__node_value(node, "box")->number;
    return (tn_px_rect){(int32_t)box[0], (int32_t)box[1], (int32_t)box[2], (int32_t)box[3]};
}

static int draw_crop(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    (void)draws;
    const tn_px_rect box = fixed_box(node);
    if (box.w > plan->w || box.h > plan->h || box.x > plan->w - box.w || box.y > plan->h - box.h)
        return tn__fail(TN_EINVAL, "crop: box %d,%d,%d,%d does not lie inside an image of %d x %d",
                        box.x, box.y, box.w, box.h, plan->w, plan->h);
    return append(node, plan, box);
}

static void size_crop(const tn__node *node, int32_t *w, int32_t *h)
{
    const tn_px_rect box = fixed_box(node);
    *w = box.w;
    *h = box.h;
}

const tn__op tn__op_crop = {
    .id = TN__OP_CROP,
    .spec =
        {
            .name = "crop",
            .doc = "Cuts out a fixed window.",
            .source = "Pillow 13.0 Image.crop",
            .params = crop_params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__POINT,
    .takes = tn__takes_all,
    .check = check_crop,
    .size = size_crop,
    .draw = draw_crop,
    .need = tn__window_need,
    .run = tn__window_run,
    .shows = tn__window_shows,
    .explain = tn__window_explain,
    .affine = tn__window_affine,
};

static const tn__param trim_border_params[] = {
    {.name = "border",
     .kind = TN__INTEGER,
     .min = 0,
     .max = TN_MAX_SIDE,
     .doc = "pixels to cut off each edge; at least one pixel stays"},
    {0}};

/* Takes `border` off both ends of `length`. Where nothing would remain, the middle pixel remains;
 * timm fails there. */
static void trim(int32_t length, int32_t border, int32_t *offset, int32_t *rest)
{
    *rest = length > 2 * border ? length - 2 * border : 1;
    *offset = length > 2 * border ? border : (length - 1) / 2;
}

static tn_px_rect trimmed(const tn__node *node, int32_t w, int32_t h)
{
    const int32_t border = (int32_t)tn__node_value(node, "border")->number[0];
    tn_px_rect box;
    trim(w, border, &box.x, &box.w);
    trim(h, border, &box.y, &box.h);
    return box;
}

static int draw_trim_border(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    (void)draws;
    return append(node, plan, trimmed(node, plan->w, plan->h));
}

static void size_trim_border(const tn__node *node, int32_t *w, int32_t *h)
{
    if (*w == 0)
        return;
    const tn_px_rect box = trimmed(node, *w, *h);
    *w = box.w;
    *h = box.h;
}

const tn__op tn__op_trim_border = {
    .id = TN__OP_TRIM_BORDER,
    .spec =
        {
            .name = "trim_border",
            .doc = "Cuts the same number of pixels off every edge.",
            .source = "timm 1.0.31 transforms.py TrimBorder",
            .params = trim_border_params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__POINT,
    .takes = tn__takes_all,
    .size = size_trim_border,
    .draw = draw_trim_border,
    .need = tn__window_need,
    .run = tn__window_run,
    .shows = tn__window_shows,
    .explain = tn__window_explain,
    .affine = tn__window_affine,
};
