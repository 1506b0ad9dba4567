/* SPDX-License-Identifier: MIT */
/* center_crop_or_pad, random_crop_or_pad: windows of a fixed size that may reach beyond the image.
 *
 * The random one draws top, then left. Along each axis the window lies inside the image, or, if it
 * is longer, the image lies inside the window. */
#include <math.h>

#include "base/error.h"
#include "base/words.h"
#include "op/geometry.h"
#include "op/ops.h"
#include "op/window.h"

enum { FILLS = TN__WINDOW_ENDS }; /* place in a window step's q: how many numbers were given */

static const tn__param params[] = {
    {.name = "size",
     .kind = TN__SIZE,
     .doc = "size of the result: one side of a square, or height x width"},
    {.name = "fill",
     .kind = TN__NUMBERS,
     .initial = "0",
     .counts = 1 << 1 | 1 << 3 | 1 << 4,
     .min = 0,
     .max = 255,
     .doc = "value of the padding with padding_mode=constant: one number, or one for each channel"},
    {.name = "padding_mode",
     .kind = TN__CHOICE,
     .initial = "constant",
     .choices = TN__PAD_NAMES,
     .doc = "what the padding shows: fill, the edge pixels, or the image mirrored without "
            "(reflect) or with (symmetric) its edge pixel repeated"},
    {0}};

static int check(const tn__node *node)
{
    const tn__value *const fill = tn__node_value(node, "fill");
    for (int32_t i = 0; i < fill->n; i++)
        if (fill->number[i] != trunc(fill->number[i]))
            return tn__fail(TN_EINVAL, "%s: fill needs whole numbers", node->op->spec.name);
    return TN_OK;
}

static int append(const tn__node *node, tn__plan *plan, tn_px_rect box)
{
    const tn__value *const fill = tn__node_value(node, "fill");
    if (fill->n > 1 && fill->n != plan->channels)
        return tn__fail(TN_EINVAL, "%s: fill has %d numbers, the image has %d channel%s",
                        node->op->spec.name, fill->n, plan->channels,
                        plan->channels == 1 ? "" : "s");
    tn__step *const step = tn__window_append(node, plan, box);
    if (!step)
        return tn__error_last()->code;
    step->q[TN__WINDOW_MODE] = tn__node_value(node, "padding_mode")->choice;
    step->q[FILLS] = fill->n;
    for (int32_t c = 0; c < plan->channels; c++)
        step->q[TN__WINDOW_FILL + c] = (int32_t)fill->number[fill->n > 1 ? c : 0];
    return TN_OK;
}

static int draw_center(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    (void)draws;
    const tn__value *const size = tn__node_value(node, "size");
    const int32_t w = tn__size_w(size), h = tn__size_h(size);
    return append(node, plan, (tn_px_rect){tn__centre(plan->w, w), tn__centre(plan->h, h), w, h});
}

static int32_t draw_offset(tn__draws *draws, int32_t margin)
{
    return (int32_t)(margin < 0 ? -tn__draw_integer(draws, 0, -margin)
                                : tn__draw_integer(draws, 0, margin));
}

static int draw_random(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    const tn__value *const size = tn__node_value(node, "size");
    tn_px_rect box = {.w = tn__size_w(size), .h = tn__size_h(size)};
    box.y = draw_offset(draws, plan->h - box.h);
    box.x = draw_offset(draws, plan->w - box.w);
    return append(node, plan, box);
}

static void explain(const tn__step *step, const tn_px_finish *write, tn__text *text)
{
    (void)write;
    const tn__word mode = tn__words_at(TN__PAD_NAMES, step->q[TN__WINDOW_MODE]);
    tn__explain_box(step, text);
    tn__text_printf(text, ",\"padding_mode\":\"%.*s\",\"fill\":[", (int)mode.length, mode.at);
    for (int32_t i = 0; i < step->q[FILLS]; i++)
        tn__text_printf(text, "%s%d", i > 0 ? "," : "", step->q[TN__WINDOW_FILL + i]);
    tn__text_add(text, "]");
}

const tn__op tn__op_center_crop_or_pad = {
    .id = TN__OP_CENTER_CROP_OR_PAD,
    .spec =
        {
            .name = "center_crop_or_pad",
            .doc = "Cuts a window of a given size out of the middle, and pads a smaller image.",
            .source = "timm 1.0.31 transforms.py CenterCropOrPad; torchvision 0.29 pad",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__NEIGHBOUR,
    .takes = tn__takes_all,
    .check = check,
    .size = tn__size_given,
    .draw = draw_center,
    .need = tn__window_need,
    .run = tn__window_run,
    .shows = tn__window_shows,
    .explain = explain,
    .affine = tn__window_affine,
};

const tn__op tn__op_random_crop_or_pad = {
    .id = TN__OP_RANDOM_CROP_OR_PAD,
    .spec =
        {
            .name = "random_crop_or_pad",
            .doc = "Cuts a window of a given size out at a random place. A smaller image is "
                   "padded, and lies at a random place in the result.",
            .source = "timm 1.0.31 transforms.py RandomCropOrPad; torchvision 0.29 pad",
            .params = params,
        },
    .stage = TN__GEOMETRY,
    .reach = TN__NEIGHBOUR,
    .takes = tn__takes_all,
    .check = check,
    .size = tn__size_given,
    .draw = draw_random,
    .need = tn__window_need,
    .run = tn__window_run,
    .shows = tn__window_shows,
    .explain = explain,
    .affine = tn__window_affine,
};
