/* SPDX-License-Identifier: MIT */
/* random_erasing: overwrites boxes of the finished sample.
 *
 * The op moves no pixels: its steps put boxes into the sample's record, and the last write fills
 * them. A step has one or two boxes: q[0] is their number, q[1] the mode, q[2] and q[3] the key of
 * the noise (the first words of sub 1), q[4…7] and q[8…11] x, y, w, h. The op draws, in this order:
 * the coin; the number of boxes, if it is a range; for each box, area and aspect up to ten times,
 * then top and left. */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "op/geometry.h"
#include "op/ops.h"

enum { TRIES = 10, STEP_BOXES = 2, COUNT = 0, MODE = 1, KEY = 2, FIRST_BOX = 4 };

/* In the order of the choices. */
static const struct mode {
    const char *name;
    uint8_t erase;
} modes[] = {
    {"const", TN_PX_ERASE_CONST}, {"rand", TN_PX_ERASE_RAND}, {"pixel", TN_PX_ERASE_PIXEL}};

static const tn__param params[] = {
    {.name = "p",
     .kind = TN__NUMBER,
     .initial = "0.5",
     .min = 0,
     .max = 1,
     .doc = "chance that a sample is erased"},
    {.name = "area",
     .kind = TN__RANGE,
     .initial = "0.02,0.3333333333333333",
     .min = 0,
     .max = 1,
     .doc = "share of the sample's area that all boxes cover together, drawn uniformly"},
    {.name = "aspect",
     .kind = TN__RANGE,
     .initial = "0.3,3.3333333333333335",
     .min = 1e-3,
     .max = 1e3,
     .doc = "height / width of a box; its logarithm is drawn uniformly"},
    {.name = "mode",
     .kind = TN__CHOICE,
     .initial = "const",
     .choices = "const rand pixel",
     .doc = "what is written: const is 0 after normalisation, which is the mean colour; rand is a "
            "random colour for each box; pixel is a random colour for each pixel. Random values "
            "are normal, with mean 0 and variance 1"},
    {.name = "count",
     .kind = TN__RANGE,
     .initial = "1",
     .min = 1,
     .max = TN_MAX_ERASED,
     .doc = "number of boxes, drawn uniformly if it is a range"},
    {.name = "num_splits",
     .kind = TN__INTEGER,
     .initial = "0",
     .min = 0,
     .max = 1024,
     .doc = "2 or more: number of parts of a batch; the first part is not erased"},
    {0}};

static int check(const tn__node *node)
{
    const tn__value *const count = tn__node_value(node, "count");
    if (count->number[0] != trunc(count->number[0]) || count->number[1] != trunc(count->number[1]))
        return tn__fail(TN_EINVAL, "random_erasing: count needs whole numbers");
    return TN_OK;
}

/* Draws one box; false if no try fits, or if the box rounds to nothing. */
static bool draw_box(const tn__node *node, double whole, const tn__plan *plan, tn__draws *draws,
                     tn_px_rect *box)
{
    const double *const area = tn__node_value(node, "area")->number;
    const double *const aspect = tn__node_value(node, "aspect")->number;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        const double target = tn__draw_range(draws, area[0], area[1]) * whole;
        double w, h;
        /* Here the ratio is height / width. */
        tn__box_sides(target, exp(tn__draw_range(draws, log(aspect[0]), log(aspect[1]))), &h, &w);
        if (w >= plan->w || h >= plan->h)
            continue;
        box->w = (int32_t)w;
        box->h = (int32_t)h;
        box->y = (int32_t)tn__draw_integer(draws, 0, plan->h - box->h);
        box->x = (int32_t)tn__draw_integer(draws, 0, plan->w - box->w);
        return box->w > 0 && box->h > 0;
    }
    return false;
}

static int append(const tn__node *node, tn__plan *plan, const tn__draws *key,
                  const tn_px_rect *boxes, int32_t n)
{
    tn__step *const step = tn__node_step(node, plan, plan->w, plan->h);
    if (!step)
        return tn__error_last()->code;
    step->q[COUNT] = n;
    step->q[MODE] = tn__node_value(node, "mode")->choice;
    step->q[KEY] = (int32_t)key->block[0];
    step->q[KEY + 1] = (int32_t)key->block[1];
    for (int32_t b = 0; b < n; b++) {
        int32_t *const q = step->q + FIRST_BOX + 4 * (ptrdiff_t)b;
        q[0] = boxes[b].x;
        q[1] = boxes[b].y;
        q[2] = boxes[b].w;
        q[3] = boxes[b].h;
    }
    return TN_OK;
}

/* Rows at the start of a batch that are not erased, counted like timm. */
static int32_t rows_left_alone(const tn__node *node, const tn__plan *plan)
{
    const int32_t splits = (int32_t)tn__node_value(node, "num_splits")->number[0];
    return splits > 1 ? plan->place.kept / splits : 0;
}

/* Draws a block of random words at sub 1 of the op's address. */
static tn__draws draw_key(const tn__draws *draws)
{
    tn__draws key = *draws;
    key.counter[3] = 1u << 16;
    tn__philox(key.counter, key.key.word, key.block);
    return key;
}

static int draw(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    const tn__draws key = draw_key(draws);
    const double *const range = tn__node_value(node, "count")->number;
    tn_px_rect boxes[TN_MAX_ERASED];
    int32_t n = 0;
    if (plan->place.row < rows_left_alone(node, plan) ||
        !tn__draw_chance(draws, tn__node_value(node, "p")->number[0]))
        return TN_OK;
    const int64_t count = range[0] == range[1]
                              ? (int64_t)range[0]
                              : tn__draw_integer(draws, (int64_t)range[0], (int64_t)range[1]);
    const double whole = (double)plan->w * plan->h / (double)count;
    for (int64_t b = 0; b < count; b++)
        n += draw_box(node, whole, plan, draws, &boxes[n]);
    for (int32_t b = 0; b < n; b += STEP_BOXES) {
        const int status =
            append(node, plan, &key, boxes + b, n - b < STEP_BOXES ? n - b : STEP_BOXES);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

static int32_t max_boxes(const tn__node *node)
{
    return (int32_t)tn__node_value(node, "count")->number[1];
}

static int32_t max_steps(const tn__node *node)
{
    return (max_boxes(node) + STEP_BOXES - 1) / STEP_BOXES;
}

/* A record has one mode for all boxes. */
static int check_order(const tn__node *nodes, int32_t node)
{
    const int32_t mode = tn__node_value(&nodes[node], "mode")->choice;
    for (int32_t i = 0; i < node; i++)
        if (nodes[i].op == nodes[node].op && tn__node_value(&nodes[i], "mode")->choice != mode)
            return tn__fail(TN_EINVAL, "random_erasing is given twice, with different modes");
    return TN_OK;
}

/* Adds the value that mode const writes to the output: 0 in floats, the mean colour in u8. */
static void explain_fill(const tn_px_finish *write, tn__text *text)
{
    tn__text_add(text, ",\"fill\":[");
    for (int32_t c = 0; c < write->channels; c++)
        tn__text_printf(text, "%s%u", c > 0 ? "," : "",
                        write->dtype == TN_PX_U8 ? write->fill[c] : 0);
    tn__text_add(text, "]");
}

static void explain(const tn__step *step, const tn_px_finish *write, tn__text *text)
{
    const uint8_t erase = modes[step->q[MODE]].erase;
    tn__text_printf(text, ",\"mode\":\"%s\"", modes[step->q[MODE]].name);
    if (erase != TN_PX_ERASE_CONST)
        tn__text_printf(text, ",\"key\":[%u,%u]", (uint32_t)step->q[KEY],
                        (uint32_t)step->q[KEY + 1]);
    tn__text_add(text, ",\"boxes\":[");
    for (int32_t b = 0; b < step->q[COUNT]; b++) {
        const int32_t *const q = step->q + FIRST_BOX + 4 * (ptrdiff_t)b;
        tn__text_printf(text, "%s[%d,%d,%d,%d]", b > 0 ? "," : "", q[0], q[1], q[2], q[3]);
    }
    tn__text_add(text, "]");
    if (erase == TN_PX_ERASE_CONST)
        explain_fill(write, text);
}

static void write_record(const tn__step *step, tn_px_record *record, tn_px_box *boxes)
{
    record->erase = modes[step->q[MODE]].erase;
    if (record->n_boxes == 0) {
        record->key[0] = (uint32_t)step->q[KEY];
        record->key[1] = (uint32_t)step->q[KEY + 1];
    }
    for (int32_t b = 0; b < step->q[COUNT] && record->n_boxes < TN_PX_MAX_BOXES; b++) {
        const int32_t *const q = step->q + FIRST_BOX + 4 * (ptrdiff_t)b;
        boxes[record->n_boxes++] =
            (tn_px_box){(uint16_t)q[0], (uint16_t)q[1], (uint16_t)q[2], (uint16_t)q[3]};
    }
}

const tn__op tn__op_random_erasing = {
    .id = TN__OP_RANDOM_ERASING,
    .spec =
        {
            .name = "random_erasing",
            .doc = "Overwrites random boxes of the finished sample (also known as cutout). In u8 "
                   "output the mean colour and random colours, 255 (mean + std n), are rounded.",
            .source = "timm 1.0.31 random_erasing.py RandomErasing",
            .params = params,
        },
    .stage = TN__FINISH,
    .reach = TN__POINT,
    .check = check,
    .check_order = check_order,
    .draw = draw,
    .max_steps = max_steps,
    .max_boxes = max_boxes,
    .explain = explain,
    .record = write_record,
};
