/* SPDX-License-Identifier: MIT */
/* Resample steps: resize a rectangle inside the source. Their q is x, y, w, h, filter, and the
 * version of Pillow whose order of passes they follow, 11 or 13. */
#ifndef TENCH_OP_RESAMPLE_H
#define TENCH_OP_RESAMPLE_H

#include "op/op.h"

tn__step *tn__resample_append(const tn__node *node, tn__plan *plan, tn_px_rect box, int32_t w,
                              int32_t h, int32_t filter);
tn_px_rect tn__resample_need(const tn__step *step);
tn__resize tn__resample_resize(const tn__step *step, tn_px_rect *box);
/* Adds size and interpolation. */
void tn__resample_explain(const tn__step *step, const tn_px_finish *write, tn__text *text);
void tn__resample_affine(const tn__step *step, double out[6]);
/* `takes` hook: 8 bits only; the filter nearest alone takes indices, because it mixes no values. */
int32_t tn__resample_takes(const tn__node *node);
/* The filter that parameter "interpolation" names. Its last choice draws bilinear or bicubic. */
int32_t tn__resample_filter(const tn__node *node, tn__draws *draws);

/* The parameter "pillow" of ops that resize. */
#define TN__PARAM_PILLOW                                                                           \
    {                                                                                              \
        .name = "pillow", .kind = TN__CHOICE, .initial = "13", .choices = "13 11",                 \
        .doc = "order of the two passes: 13 as in Pillow 13.0 (vertical first if that shrinks "    \
               "more than twice as much), 11 as in Pillow 12.1 and before (horizontal first)"      \
    }

#endif
