/* SPDX-License-Identifier: MIT */
/* The plan: what the ops will do to one sample. Plain data without pointers, made from header facts
 * alone.
 *
 * Steps read and write numbered images (registers), so that chains, views and masks are
 * straight-line programs. The plan that workers execute and the record that explains a row are this
 * same data.
 *
 * Sizes are those of whole virtual images; which part of each is needed follows from the last step
 * backwards
 * (`out`, `in`), so that pixels nobody sees are neither decoded nor computed. */
#ifndef TENCH_PLAN_PLAN_H
#define TENCH_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/info.h"
#include "px/image.h"
#include "px/record.h"

enum { TN__MAX_STEPS = 48, TN__STEP_P = 8, TN__STEP_Q = 12, TN__REGISTERS = 4 };

typedef struct tn__step {
    uint16_t op;   /* registry id of the op that runs */
    uint16_t node; /* the recipe's op that drew the step: its place in the recipe */
    uint16_t sub;  /* number of the use, for steps that a policy drew; else 0 */
    uint16_t view;
    uint8_t source, destination; /* registers; equal: in place */
    int32_t source_w, source_h;  /* whole size before the step */
    int32_t w, h;                /* whole size after it */
    tn_px_rect in;               /* part of the source image that the step reads */
    tn_px_rect out;              /* part of the destination image that it makes */
    double p[TN__STEP_P];        /* the op's numbers */
    int32_t q[TN__STEP_Q];
} tn__step;

/* How a batch op combines a row with another row of its batch: the partner. */
typedef struct tn__pair {
    int32_t partner; /* a row of the batch; the row itself: it stays as it is */
    bool pastes;     /* true: a box of the partner covers the row; false: the two are blended */
    float lambda;    /* as drawn; also the weight of the row's own values in a blend */
    double share;    /* weight of the row's own label in the target */
    tn_px_box box;   /* in the output; without area nothing is pasted */
} tn__pair;

/* Where a sample stands. All its random numbers depend on this alone. */
typedef struct tn__place {
    int64_t seed, epoch, position, sample;
    int32_t view, attempt;
    int32_t row, rows; /* its number in the batch, of so many samples; 0, 0: there is no batch */
    int32_t kept;      /* samples of the batch that have a row of their own: the first ones */
} tn__place;

typedef struct tn__plan {
    tn__place place;
    tn__info source;  /* header facts */
    int32_t channels; /* after decoding to the data set's mode */
    int32_t oriented; /* EXIF orientation that is applied after decoding; 1: none */
    tn_px_rect need;  /* rectangle of the stored file to decode */
    int32_t w, h;     /* of the last step so far; of the output at the end */
    double affine[6]; /* source point to output point, for boxes and masks: x' = a0 x + a1 y + a2,
                         y' = a3 x + a4 y + a5 */
    tn__pair pair;    /* drawn by the batch op, if there is one and the sample is part of a batch */
    int32_t n_steps;
    tn__step steps[TN__MAX_STEPS];
} tn__plan;

/* Appends a step that makes an image of w × h from the last one. All else of the step is zero.
 * NULL with TN_ELIMIT recorded when the plan is full. */
tn__step *tn__plan_append(tn__plan *plan, int32_t w, int32_t h);

#endif
