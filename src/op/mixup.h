/* SPDX-License-Identifier: MIT */
/* Mixing the rows of a batch: how, drawn from the batch's place, and the targets that follow. */
#ifndef TENCH_OP_MIXUP_H
#define TENCH_OP_MIXUP_H

#include <stdbool.h>

#include "op/transform.h"

/* How one row is mixed. */
typedef struct tn__mix {
    int32_t partner; /* row; its own: not mixed */
    bool cut;        /* a box of the partner is pasted; else all is blended */
    float lambda;    /* as drawn, and how a blend weighs the row's own values */
    double share;    /* how the target weighs its own label: for a box what it left, if asked */
    tn_px_box box;   /* of the output; no area: nothing is pasted */
} tn__mix;

/* Draws for the row of a batch that the plan is of: plan->row of plan->rows. The node is one with
 * the op mixup. */
void tn__mixup_draw(const tn__node *node, const tn__plan *plan, tn__mix *out);
/* Adds what the last write must know. */
void tn__mixup_record(const tn__mix *mix, int32_t row, tn_px_record *record);
/* Rows that a batch of so many samples gets: in mode half the later samples are partners alone. */
int32_t tn__mixup_rows(const tn__node *node, int32_t samples);
/* Where the mixing happens: TN_PX_MIX_U8, TN_PX_MIX_FLOAT. */
int32_t tn__mixup_place(const tn__node *node);
/* Classes of the target; 0: those of the data set. */
int32_t tn__mixup_classes(const tn__node *node);
/* The soft target of a row: `classes` numbers. A label outside of them counts for none. `dtype` is
 * the output's. */
void tn__mixup_target(const tn__node *node, const tn__mix *mix, int32_t dtype, int64_t own,
                      int64_t partner, int32_t classes, float *out);
/* Adds the pairs of the row's JSON object. */
void tn__mixup_explain(const tn__mix *mix, int32_t row, tn__text *text);

#endif
