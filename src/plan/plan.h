/* SPDX-License-Identifier: MIT */
/* The plan: what the ops will do to one sample. It is plain data, made from header facts only.
 *
 * Steps read and write numbered images (registers), so chains, views and masks are programs without
 * branches. Workers execute a plan, and the same plan explains the row.
 *
 * Sizes are those of whole images. The planner goes from the last step to the first and finds the
 * part of each image that is needed (`out`, `in`). No other pixels are decoded or computed. */
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
    uint16_t node; /* place in the recipe of the op that drew the step */
    uint16_t sub;  /* of a step that a policy drew: number of the use; else 0 */
    uint16_t view;
    uint8_t source, destination; /* registers; if they are equal, the step works in place */
    int32_t source_w, source_h;  /* whole size before the step */
    int32_t w, h;                /* whole size after it */
    tn_px_rect in;               /* part of the source image that the step reads */
    tn_px_rect out;              /* part of the destination image that it makes */
    double p[TN__STEP_P];        /* the op's numbers */
    int32_t q[TN__STEP_Q];
} tn__step;

/* How a batch op combines a row with its partner, another row of the batch. */
typedef struct tn__pair {
    int32_t partner; /* a row of the batch; if it is the row itself, that stays as it is */
    bool pastes;     /* true: a box of the partner covers the row; false: the two are blended */
    float lambda;    /* as drawn; in a blend, the weight of the row's own values */
    double share;    /* weight of the row's own label in the target */
    tn_px_box box;   /* in the output; if it has no area, nothing is pasted */
} tn__pair;

/* Where a sample stands. All its random numbers depend on this alone. */
typedef struct tn__place {
    int64_t seed, epoch, position, sample;
    int32_t view, attempt;
    int32_t row, rows; /* its number among the batch's samples, and their count; 0, 0: no batch */
    int32_t kept;      /* samples with a row of their own: the first of the batch */
} tn__place;

typedef struct tn__plan {
    tn__place place;
    tn__info source;        /* header facts */
    int32_t channels, bits; /* after decoding to the data set's mode */
    bool indices;           /* the values are numbers of a palette, or of classes */
    int32_t turn;           /* EXIF orientation that is applied after decoding; 1: none */
    tn_px_rect need;        /* rectangle of the stored file to decode */
    int32_t w, h;           /* of the last step so far; in a finished plan, of the output */
    double affine[6];       /* maps source points to output points: x' = a0 x + a1 y + a2,
                               y' = a3 x + a4 y + a5 */
    tn__pair pair;          /* drawn by the batch op, for samples of batches */
    int32_t n_steps;
    tn__step steps[TN__MAX_STEPS];
} tn__plan;

/* Appends a step that makes an image of w × h from the last one; its other fields are zero. NULL
 * with TN_ELIMIT recorded if the plan is full. */
tn__step *tn__plan_append(tn__plan *plan, int32_t w, int32_t h);

#endif
