/* SPDX-License-Identifier: MIT */
/* The contract of an op. Each op has one file with one entry; ops.c has the ordered table of them.
 *
 * Everything else follows from the entry: checks of arguments, help, tables in the documentation,
 * constructors in Lua, planning, execution, explanation and tests. No other file knows an op by
 * name. */
#ifndef TENCH_OP_OP_H
#define TENCH_OP_OP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/text.h"
#include "cpu/resample.h"
#include "op/node.h"
#include "px/finish.h"
#include "px/record.h"
#include "tench.h"

enum { TN__MAX_NODES = TN_MAX_OPS };

/* Stages. Geometry and pixel ops come first, in any order; then finish ops, then batch ops. */
enum { TN__GEOMETRY = 1, TN__PIXEL, TN__FINISH, TN__BATCH };
/* Registry ids. They are part of the address of random numbers: never change or reuse one. */
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

/* Images that an op takes besides grey and RGB of 8 bits: with alpha; of 16 bits; index maps, whose
 * values must not be mixed. */
enum { TN__TAKES_ALPHA = 1, TN__TAKES_WIDE = 2, TN__TAKES_INDICES = 4, TN__TAKES_ALL = 7 };

/* The source pixels that one pixel of the result depends on: one, those around it, or all. */
enum { TN__POINT = 1, TN__NEIGHBOUR, TN__WHOLE };
/* What a step makes of the pixels that it reads: new ones, the same, or the same in mirrored order.
 */
enum { TN__ALTERED = 0, TN__SHOWN, TN__MIRRORED };

/* The last write of a sample: how its u8 pixels become values of the output. Finish ops settle
 * it. */
typedef struct tn__last_write {
    int32_t dtype, layout;
    bool is_timm;              /* rounds like timm's prefetcher */
    const tn__node *normalise; /* the op that set mean and std; NULL: values are not normalised */
    tn__value mean, std;       /* one number stands for all channels */
} tn__last_write;

/* What a batch op does: it combines each row of a batch with a partner from the same batch. A
 * recipe has one batch op at most. */
typedef struct tn__batch_op {
    /* Rows of a batch that has so many samples. The samples after them are partners only. */
    int32_t (*rows)(const tn__node *node, int32_t samples);
    /* The row whose position addresses the random numbers of row plan->place.row. */
    int32_t (*drawing_row)(const tn__node *node, const tn__plan *plan);
    /* Draws the pair of row plan->place.row, which stands alone until then. Pure. */
    void (*draw)(const tn__node *node, const tn__plan *plan, tn__draws *draws, tn__pair *pair);
    /* The values that are combined: TN_PX_MIX_U8 or TN_PX_MIX_FLOAT. */
    int32_t (*place)(const tn__node *node);
    /* Length of a row's soft target; 0: the number of classes of the data set. */
    int32_t (*classes)(const tn__node *node);
    /* Writes the soft target of a row with label `own`, `classes` numbers. A label outside the
     * classes counts for none of them. `dtype` is that of the output. */
    void (*target)(const tn__node *node, const tn__pair *pair, int32_t dtype, int64_t own,
                   int64_t partner, int32_t classes, float *out);
    /* Checks the op against the dtype of the output and the classes of the data set. */
    int (*check)(const tn__node *node, int32_t dtype, int32_t classes);
} tn__batch_op;

/* What a worker gives to an op that runs. */
typedef struct tn__tools {
    tn__arena *arena; /* scratch until the sample is done */
    void *state;      /* the op's own in this worker; NULL: the op keeps none */
} tn__tools;

/* An op. A hook that is NULL does nothing, unless its comment names another default. */
typedef struct tn__op {
    uint16_t id; /* TN__OP_… */
    tn__spec spec;
    int32_t stage, reach;
    bool is_single; /* a recipe may have the op only once */

    /* Hooks that see the recipe. */

    /* Which images it takes: TN__TAKES_ALPHA … Others are refused by the op's name. NULL: none but
     * grey and RGB of 8 bits. */
    int32_t (*takes)(const tn__node *node);
    /* Checks the arguments against each other, after each was checked alone. */
    int (*check)(const tn__node *node);
    /* Makes an op a policy: gives the node its children, with tn__parse_children. Its `draw` then
     * draws them, with tn__node_draw_child. */
    int (*adopt)(tn__node *node);
    /* Checks node `nodes[node]` against the nodes before it. */
    int (*check_order)(const tn__node *nodes, int32_t node);
    /* Turns the size before the op into the size after it; w is 0 if the size depends on the image.
     * NULL: the size stays. */
    void (*size)(const tn__node *node, int32_t *w, int32_t *h);
    /* Settles part of the last write. */
    void (*finish)(const tn__node *node, tn__last_write *write);
    /* Appends 0 to `max_steps` steps to the plan. Pure: it depends on its arguments only. */
    int (*draw)(const tn__node *node, tn__plan *plan, tn__draws *draws);
    /* Steps that `draw` may append, at most. NULL: one. */
    int32_t (*max_steps)(const tn__node *node);
    /* Boxes that `record` may add to one sample, at most. NULL: none. */
    int32_t (*max_boxes)(const tn__node *node);
    /* For ops without steps, instead of `explain`: adds `,"key":value` members to the op's JSON
     * object. */
    void (*tell)(const tn__node *node, const tn__plan *plan, tn__text *text);
    /* For ops without steps: false if the op leaves the sample as it is. Explanations then omit it.
     * NULL: always true. */
    bool (*acts)(const tn__plan *plan, const tn__last_write *write);
    const tn__batch_op *batch; /* of ops of the stage TN__BATCH */

    /* Hooks that see one step, which carries everything that was drawn. The step may come from the
     * op's own node or from a policy's. */

    /* The part of the source image that the step reads for step->out. NULL: step->out itself. */
    tn_px_rect (*need)(const tn__step *step);
    /* Makes step->out from an image that covers step->in. The runner allocates dst; in place dst is
     * src. */
    int (*run)(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
               const tn__tools *tools);
    /* Makes the state that a worker keeps for the op, before the worker's first `run` of it. NULL
     * with the failure recorded. */
    void *(*open)(void);
    /* Frees that state when the worker ends. An op has both hooks or neither. */
    void (*close)(void *state);
    /* Bytes that `run` takes from the arena, apart from dst. NULL: none. */
    size_t (*scratch)(const tn__step *step, int32_t channels);
    /* For steps that resize, instead of `run`: describes the resize of rectangle `box` of the
     * source. The runner does it, because its rows may go straight to the output. */
    tn__resize (*resize)(const tn__step *step, tn_px_rect *box);
    /* Tells whether the step only cuts out or mirrors pixels: after a resize such a step costs
     * nothing. NULL: TN__ALTERED. */
    int32_t (*shows)(const tn__step *step);
    /* Maps a point of the source to one of the destination: out = {a0..a5}. Pixel i covers
     * [i, i + 1). NULL: points stay. */
    void (*affine)(const tn__step *step, double out[6]);
    /* For finish ops, which move no pixels: adds the step to the sample's record. Boxes go to
     * boxes[record->n_boxes++], at most TN_PX_MAX_BOXES of them. */
    void (*record)(const tn__step *step, tn_px_record *record, tn_px_box *boxes);
    /* Adds `,"key":value` members to the step's JSON object. `write` has the constants of the last
     * write. */
    void (*explain)(const tn__step *step, const tn_px_finish *write, tn__text *text);
} tn__op;

#endif
