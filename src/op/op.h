/* SPDX-License-Identifier: MIT */
/* The op registry: one entry per op, one file per entry, one ordered table (ops.c).
 *
 * The entry yields the argument checks, help and README table, the Lua constructor, planning,
 * execution, explanation and the tests. Nothing else knows the list. */
#ifndef TENCH_OP_OP_H
#define TENCH_OP_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/text.h"
#include "cpu/resample.h"
#include "plan/plan.h"
#include "px/record.h"
#include "spec/value.h"
#include "tench.h"

enum { TN__MAX_PARAMS = 16, TN__MAX_NODES = TN_MAX_OPS };

/* Stages run in this order: geometry and pixel ops may interleave, then come finish ops, then batch
 * ops. */
enum { TN__GEOMETRY = 1, TN__PIXEL, TN__LUT, TN__FINISH, TN__BATCH, TN__POLICY, TN__HOOK };
/* Registry ids: part of the address of random numbers, so frozen and never reused. */
enum {
    TN__OP_RANDOM_RESIZED_CROP = 1,
    TN__OP_RESIZE = 2,
    TN__OP_RESIZE_KEEP_RATIO = 3,
    TN__OP_CENTER_CROP = 4,
    TN__OP_CROP = 5,
    TN__OP_CENTER_CROP_OR_PAD = 6,
    TN__OP_RANDOM_CROP_OR_PAD = 7,
    TN__OP_TRIM_BORDER = 8,
    TN__OP_HFLIP = 9,
    TN__OP_VFLIP = 10,
    TN__OP_COLOR_JITTER = 11,
    TN__OP_RANDOM_ERASING = 12,
    TN__OP_NORMALIZE = 13,
    TN__OP_CONVERT = 14,
    TN__OP_MIXUP = 15
};

/* How far an output pixel sees: region decode may not cross a whole-image op. */
enum { TN__POINT = 1, TN__NEIGHBOUR, TN__WHOLE };
/* What a step's result is of the part of the source that it reads. */
enum { TN__ALTERED = 0, TN__SHOWN, TN__MIRRORED };
struct tn__op;

/* An op in a recipe, its arguments parsed and checked. */
typedef struct tn__node {
    const struct tn__op *op;
    uint16_t id;                     /* registry id */
    uint16_t occurrence;             /* 0 for the first op of this id in the recipe */
    tn__value value[TN__MAX_PARAMS]; /* in the order of op->spec.params */
} tn__node;

/* What a batch op does: it combines each row of a batch with a partner from the same batch. */
typedef struct tn__batch_op {
    /* Rows of a batch that has so many samples. The samples after them are partners only. */
    int32_t (*rows)(const tn__node *node, int32_t samples);
    /* The row whose position addresses the random numbers of row plan->row. */
    int32_t (*drawing_row)(const tn__node *node, const tn__plan *plan);
    /* Draws the pair of row plan->row, which stands alone until then. Pure. */
    void (*draw)(const tn__node *node, const tn__plan *plan, tn__draws *draws, tn__pair *pair);
    /* TN_PX_MIX_U8 or TN_PX_MIX_FLOAT: which values are combined. */
    int32_t (*place)(const tn__node *node);
    /* Length of a row's soft target; 0: the number of classes of the data set. */
    int32_t (*classes)(const tn__node *node);
    /* Writes the soft target of a row with label `own`, `classes` numbers. A label outside the
     * classes counts for none of them. `dtype` is that of the output. */
    void (*target)(const tn__node *node, const tn__pair *pair, int32_t dtype, int64_t own,
                   int64_t partner, int32_t classes, float *out);
    /* Checks the op against the dtype of the output and the classes of the data set. */
    int (*check)(const tn__node *node, int32_t dtype, int32_t classes);
    /* Adds `,"key":value` members for the pair of row `row`. */
    void (*explain)(const tn__pair *pair, int32_t row, tn__text *text);
} tn__batch_op;

typedef struct tn__op {
    uint16_t id; /* TN__OP_… */
    tn__spec spec;
    int32_t stage, reach;
    int32_t channels; /* bit c-1: takes images with c channels */
    /* Checks between arguments, after each was checked alone. May be NULL. */
    int (*check)(const tn__node *node);
    /* Size after the op, from the size before it; w is 0 where a size depends on the image. NULL:
     * unchanged. */
    void (*size)(const tn__node *node, int32_t *w, int32_t *h);
    /* Draws: appends 0, 1 or more steps to the plan. Pure. NULL: the op acts when the sample is
     * finished; explain then gets no step (NULL). */
    int (*draw)(const tn__node *node, tn__plan *plan, tn__draws *draws);
    /* Which part of the source image the step reads for step->out. NULL: step->out itself (a point
     * op in place). */
    tn_px_rect (*need)(const tn__step *step);
    /* Makes step->out from an image that covers step->in. dst is allocated by the runner, except in
     * place (dst == src). */
    int (*run)(const tn__node *node, const tn__step *step, const tn_px_image *src, tn_px_image *dst,
               tn__arena *arena);
    /* Bytes that run takes from the arena beside dst. NULL: none. */
    size_t (*scratch)(const tn__step *step, int32_t channels);
    /* Instead of `run`, for steps that resize: the resize of a rectangle of the source, which is
     * set in `box`. The runner runs it, because its rows may go straight to the output. */
    tn__resize (*resize)(const tn__step *step, tn_px_rect *box);
    /* How the result shows step->in, for steps that may only cut out a part or mirror it: such a
     * step costs nothing behind a resize. NULL: TN__ALTERED. */
    int32_t (*shows)(const tn__step *step);
    /* Adds `,"key":value` pairs to the step's JSON object. May be NULL. */
    void (*explain)(const tn__node *node, const tn__step *step, tn__text *text);
    /* Maps a point of the source to one of the destination: out = {a0..a5}. Pixel i covers
     * [i, i + 1). NULL: unchanged. */
    void (*affine)(const tn__step *step, double out[6]);
    /* Adds the step to the sample's device record instead of moving pixels (finish stage): boxes go
     * to boxes[record->n_boxes++], at most TN_PX_MAX_BOXES of them. */
    void (*record)(const tn__step *step, tn_px_record *record, tn_px_box *boxes);
    const tn__batch_op *batch; /* of ops of the stage TN__BATCH */
    /* Per-worker state, for ops that need one. May be NULL. */
    void *(*open)(const tn__node *node);
    void (*close)(void *state);
} tn__op;

/* One per op file. */
extern const tn__op tn__op_random_resized_crop, tn__op_resize, tn__op_resize_keep_ratio;
extern const tn__op tn__op_center_crop, tn__op_crop, tn__op_trim_border;
extern const tn__op tn__op_center_crop_or_pad, tn__op_random_crop_or_pad;
extern const tn__op tn__op_hflip, tn__op_vflip;
extern const tn__op tn__op_color_jitter;
extern const tn__op tn__op_random_erasing, tn__op_normalize, tn__op_convert;
extern const tn__op tn__op_mixup;

/* The ordered table: op/ops.c. */
extern const tn__op *const tn__ops[];
extern const int32_t tn__n_ops;

/* Op of that name or alias; NULL: there is none. */
const tn__op *tn__op_find(const char *name, size_t length);
const tn__op *tn__op_by_id(uint16_t id);
/* Sets `occurrence` of each node, and checks what concerns several: the order of the stages. */
int tn__ops_check(tn__node *nodes, int32_t n_nodes);
/* Value of parameter `name`: op files use it with names of their own table. */
const tn__value *tn__node_value(const tn__node *node, const char *name);

#endif
