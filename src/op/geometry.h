/* SPDX-License-Identifier: MIT */
/* Helpers of geometry ops: Python's rounding, and sizes within limits. */
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
/* `takes` hook of ops that move pixels and compute no values. */
int32_t tn__takes_all(const tn__node *node);
/* `size` hook of ops whose parameter "size" is the size of their result. */
void tn__size_given(const tn__node *node, int32_t *w, int32_t *h);
/* Offset of a centred window of `length` in `whole` pixels. Half of an odd margin rounds to the
 * even number. A window that is too long has the smaller half of its padding in front. */
int32_t tn__centre(int32_t whole, int32_t length);
/* Adds `,"box":[x,y,w,h]`, from q[0..3]. */
void tn__explain_box(const tn__step *step, tn__text *text);

#endif
