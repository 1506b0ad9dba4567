/* SPDX-License-Identifier: MIT */
/* Resample steps: resize a rectangle of the source. See resample.h.
 *
 * Pillow's filters read nothing outside of the rectangle, so the kernel gets the rectangle as its
 * whole source. */
#include "op/resample.h"

#include <string.h>

enum { X, Y, W, H, FILTER, PILLOW };

static const char *const filters[] = {"nearest", "box",     "bilinear", "hamming",
                                      "bicubic", "lanczos", "mks2013",  "mks2021"};

tn__step *tn__resample_append(const tn__node *node, tn__plan *plan, tn_px_rect box, int32_t w,
                              int32_t h, int32_t filter)
{
    tn__step *const step = tn__node_step(node, plan, w, h);
    if (!step)
        return NULL;
    step->q[X] = box.x;
    step->q[Y] = box.y;
    step->q[W] = box.w;
    step->q[H] = box.h;
    step->q[FILTER] = filter;
    step->q[PILLOW] = tn__node_value(node, "pillow")->choice == 0 ? 13 : 11;
    return step;
}

static tn__resize resize_of(const tn__step *step)
{
    return (tn__resize){.filter = step->q[FILTER],
                        .pillow = step->q[PILLOW],
                        .source_w = step->q[W],
                        .source_h = step->q[H],
                        .w = step->w,
                        .h = step->h,
                        .out = step->out};
}

tn_px_rect tn__resample_need(const tn__step *step)
{
    const tn__resize resize = resize_of(step);
    tn_px_rect in = tn__resize_need(&resize);
    in.x += step->q[X];
    in.y += step->q[Y];
    return in;
}

tn__resize tn__resample_resize(const tn__step *step, tn_px_rect *box)
{
    *box = (tn_px_rect){step->q[X], step->q[Y], step->q[W], step->q[H]};
    return resize_of(step);
}

void tn__resample_explain(const tn__step *step, const tn_px_finish *write, tn__text *text)
{
    (void)write;
    tn__text_printf(text, ",\"size\":[%d,%d],\"interpolation\":\"%s\"", step->h, step->w,
                    filters[step->q[FILTER]]);
}

void tn__resample_affine(const tn__step *step, double out[6])
{
    const double x = (double)step->w / step->q[W], y = (double)step->h / step->q[H];
    const double map[6] = {x, 0, -x * step->q[X], 0, y, -y * step->q[Y]};
    memcpy(out, map, sizeof map);
}

int32_t tn__resample_filter(const tn__node *node, tn__draws *draws)
{
    const int32_t choice = tn__node_value(node, "interpolation")->choice;
    if (choice <= TN_FILTER_MKS2021)
        return choice;
    return tn__draw_integer(draws, 0, 1) ? TN_FILTER_BICUBIC : TN_FILTER_BILINEAR;
}

int32_t tn__resample_takes(const tn__node *node)
{
    const bool nearest = tn__node_value(node, "interpolation")->choice == TN_FILTER_NEAREST;
    return nearest ? TN__TAKES_ALPHA | TN__TAKES_INDICES : TN__TAKES_ALPHA;
}
