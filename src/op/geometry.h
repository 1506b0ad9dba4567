/* SPDX-License-Identifier: MIT */
/* Helpers of geometry ops: Python's rounding, sizes within limits, and two kinds of steps.
 *
 * A window step shows a rectangle of its source, and pads it where it reaches beyond the source. A
 * resample step resizes a rectangle inside its source. The files of the ops say which steps they
 * append. */
#ifndef TENCH_OP_GEOMETRY_H
#define TENCH_OP_GEOMETRY_H

#include "op/op.h"

enum { TN__MAX_SIDE = 1 << 24 }; /* of an image between two steps, which need not exist in memory */

/* Rounds to the nearest integer, and halves to the even one, like Python's round(). */
double tn__half_even(double value);
/* Checks a drawn size, and raises its sides to 1. TN_ELIMIT with the op's name if a side is over
 * TN__MAX_SIDE, or the image over TN_MAX_PIXELS. This happens before anything is allocated. */
int tn__result_size(const char *op, double w, double h, int32_t *out_w, int32_t *out_h);
/* Sides of a box of `area` pixels with that ratio of width to height, rounded half to even. */
void tn__box_sides(double area, double ratio, double *w, double *h);
/* Numbers 0 and 1 of a size parameter are height and width. */
int32_t tn__size_h(const tn__value *size);
int32_t tn__size_w(const tn__value *size);
/* `size` hook of ops whose parameter "size" is the size of their result. */
void tn__size_given(const tn__node *node, int32_t *w, int32_t *h);
/* Offset of a centred window of `length` in `whole` pixels. Half of an odd margin rounds to the
 * even number. A window that is too long has the smaller half of its padding in front. */
int32_t tn__centre(int32_t whole, int32_t length);
/* Adds `,"box":[x,y,w,h]`, from q[0..3]. */
void tn__explain_box(const tn__step *step, tn__text *text);

/* Padding modes, in the order of the ops' choices. Reflect does not repeat the edge pixel,
 * symmetric does. */
enum { TN__PAD_CONSTANT = 0, TN__PAD_EDGE, TN__PAD_REFLECT, TN__PAD_SYMMETRIC };
#define TN__PAD_NAMES "constant edge reflect symmetric"

/* Window steps (op/window.c): q = x, y, w, h, padding mode, then the fill of each
 * channel. */
tn__step *tn__window_append(const tn__node *node, tn__plan *plan, tn_px_rect box);
tn_px_rect tn__window_need(const tn__step *step);
int tn__window_run(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
                   const tn__tools *tools);
int32_t tn__window_shows(const tn__step *step);
void tn__window_explain(const tn__step *step, const tn_px_finish *write, tn__text *text);
void tn__window_affine(const tn__step *step, double out[6]);

/* Resample steps (op/resample.c): q = x, y, w, h, filter, Pillow's generation (11 or 13). */
tn__step *tn__resample_append(const tn__node *node, tn__plan *plan, tn_px_rect box, int32_t w,
                              int32_t h, int32_t filter);
tn_px_rect tn__resample_need(const tn__step *step);
tn__resize tn__resample_resize(const tn__step *step, tn_px_rect *box);
/* Adds size and interpolation. */
void tn__resample_explain(const tn__step *step, const tn_px_finish *write, tn__text *text);
void tn__resample_affine(const tn__step *step, double out[6]);
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
