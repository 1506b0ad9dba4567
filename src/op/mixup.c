/* SPDX-License-Identifier: MIT */
/* mixup: blends each row of a batch with another, or pastes a box of the other row (CutMix).
 *
 * The partner of row i is row n - 1 - i, as in timm; the middle row of an odd batch stays as it is.
 * The random numbers are those of the batch's first row (mode batch), of the row (elem, half), or
 * of the earlier row of the pair (pair). The op draws, in this order: the coin; a second coin, if
 * it may blend and paste; lambda; the sides of the box (cutmix_minmax); its top or centre, and its
 * left. */
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "op/ops.h"

enum { BATCH = 0, ELEM = 1, PAIR = 2, HALF = 3 };

static const tn__param params[] = {
    {.name = "mixup_alpha",
     .kind = TN__NUMBER,
     .initial = "1",
     .min = 0,
     .max = 1000,
     .doc = "above 0: rows are blended, with lambda from Beta(alpha, alpha); 0 turns blending off"},
    {.name = "cutmix_alpha",
     .kind = TN__NUMBER,
     .initial = "0",
     .min = 0,
     .max = 1000,
     .doc = "above 0: boxes are pasted, which cover 1 - lambda of the area, with lambda from "
            "Beta(alpha, alpha); 0 turns pasting off"},
    {.name = "cutmix_minmax",
     .kind = TN__RANGE,
     .initial = "",
     .min = 0,
     .max = 1,
     .doc = "least and largest side of a pasted box, as a share of the image's side; pasting is "
            "then on"},
    {.name = "prob",
     .kind = TN__NUMBER,
     .initial = "1",
     .min = 0,
     .max = 1,
     .doc = "chance to mix"},
    {.name = "switch_prob",
     .kind = TN__NUMBER,
     .initial = "0.5",
     .min = 0,
     .max = 1,
     .doc = "chance to paste instead of blending if both are on"},
    {.name = "mode",
     .kind = TN__CHOICE,
     .initial = "batch",
     .choices = "batch elem pair half",
     .doc = "what one draw is for: batch, elem (each row) or pair (each pair of rows). half draws "
            "for each row, and a batch has rows for the first half of its samples only"},
    {.name = "correct_lam",
     .kind = TN__FLAG,
     .initial = "yes",
     .doc = "lambda follows the part of the box that lies inside the image"},
    {.name = "label_smoothing",
     .kind = TN__NUMBER,
     .initial = "0.1",
     .min = 0,
     .max = 1,
     .doc = "share of a target that is spread evenly over all classes"},
    {.name = "num_classes",
     .kind = TN__INTEGER,
     .initial = "",
     .min = 1,
     .max = 10000000,
     .doc = "length of a target; without it the number of classes of the data set"},
    {.name = "place",
     .kind = TN__CHOICE,
     .initial = "u8",
     .choices = "u8 float",
     .doc = "what is mixed: u8 is bytes before normalisation (timm's FastCollateMixup), float is "
            "normalised and erased floats (timm's Mixup)"},
    {0}};

static double number(const tn__node *node, const char *name)
{
    return tn__node_value(node, name)->number[0];
}

static bool pastes(const tn__node *node)
{
    return number(node, "cutmix_alpha") > 0 || tn__node_value(node, "cutmix_minmax")->n > 0;
}

static int check(const tn__node *node)
{
    if (number(node, "mixup_alpha") == 0 && !pastes(node))
        return tn__fail(TN_EINVAL, "mixup: nothing is mixed, because mixup_alpha and cutmix_alpha "
                                   "are 0 and cutmix_minmax is not set");
    return TN_OK;
}

/* Draws from Beta(alpha, alpha). Alpha above 1/2: Ulrich's transformation of two uniform numbers,
 * which is exact. Else: Jöhnk's rejection, in logarithms so that nothing underflows. */
static double draw_beta(tn__draws *draws, double alpha)
{
    static const double TURN = 6.283185307179586477;
    if (alpha > 0.5) {
        const double u = 1.0 - tn__draw_unit(draws), v = tn__draw_unit(draws);
        const double radius = sqrt(1.0 - pow(u, 2.0 / (2.0 * alpha - 1.0)));
        return 0.5 + 0.5 * radius * cos(TURN * v);
    }
    for (;;) {
        const double x = log(1.0 - tn__draw_unit(draws)) / alpha;
        const double y = log(1.0 - tn__draw_unit(draws)) / alpha;
        if (exp(x) + exp(y) <= 1.0)
            return 1.0 / (1.0 + exp(y - x));
    }
}

static int32_t clip(int64_t value, int32_t most)
{
    return value < 0 ? 0 : value > most ? most : (int32_t)value;
}

static tn_px_box box_between(int32_t x, int32_t right, int32_t y, int32_t bottom)
{
    if (right <= x || bottom <= y)
        return (tn_px_box){0};
    return (tn_px_box){(uint16_t)x, (uint16_t)y, (uint16_t)(right - x), (uint16_t)(bottom - y)};
}

/* timm's rand_bbox: a box around a drawn centre, clipped to the image. Its share of the area is
 * 1 - lambda. For single rows timm computes in floats. */
static tn_px_box draw_centred(const tn__plan *plan, tn__draws *draws, float lambda, bool single)
{
    const double root = sqrt(1.0 - (double)lambda);
    const float root_f = sqrtf(1.0f - lambda);
    const int32_t w = single ? (int32_t)((float)plan->w * root_f) : (int32_t)(plan->w * root);
    const int32_t h = single ? (int32_t)((float)plan->h * root_f) : (int32_t)(plan->h * root);
    const int64_t y = tn__draw_integer(draws, 0, plan->h - 1);
    const int64_t x = tn__draw_integer(draws, 0, plan->w - 1);
    return box_between(clip(x - w / 2, plan->w), clip(x + (w + 1) / 2, plan->w),
                       clip(y - h / 2, plan->h), clip(y + (h + 1) / 2, plan->h));
}

/* Draws a side between two shares of the image's side. The upper bound is left out, if the range is
 * not empty without it. */
static int32_t draw_side(const tn__value *range, int32_t side, tn__draws *draws)
{
    const int64_t low = (int64_t)(side * range->number[0]);
    const int64_t high = (int64_t)(side * range->number[1]) - 1;
    return (int32_t)tn__draw_integer(draws, low, high > low ? high : low);
}

/* timm's rand_bbox_minmax. */
static tn_px_box draw_inside(const tn__value *range, const tn__plan *plan, tn__draws *draws)
{
    const int32_t h = draw_side(range, plan->h, draws), w = draw_side(range, plan->w, draws);
    const int32_t y = (int32_t)tn__draw_integer(draws, 0, plan->h - h);
    const int32_t x = (int32_t)tn__draw_integer(draws, 0, plan->w - w);
    return box_between(x, x + w, y, y + h);
}

static void draw_box(const tn__node *node, const tn__plan *plan, tn__draws *draws, tn__pair *pair)
{
    const tn__value *const range = tn__node_value(node, "cutmix_minmax");
    const bool single = tn__node_value(node, "mode")->choice != BATCH;
    pair->box = range->n > 0 ? draw_inside(range, plan, draws)
                             : draw_centred(plan, draws, pair->lambda, single);
    const double area = (double)pair->box.w * pair->box.h;
    if (range->n > 0 || tn__node_value(node, "correct_lam")->number[0] != 0)
        pair->share = 1.0 - area / ((double)plan->w * plan->h);
}

static int32_t drawing_row(const tn__node *node, const tn__plan *plan)
{
    const int32_t across = plan->place.rows - 1 - plan->place.row;
    switch (tn__node_value(node, "mode")->choice) {
    case ELEM:
    case HALF: return plan->place.row;
    case PAIR: return plan->place.row < across ? plan->place.row : across;
    default: return 0;
    }
}

static void draw(const tn__node *node, const tn__plan *plan, tn__draws *draws, tn__pair *pair)
{
    const double cutmix_alpha =
        tn__node_value(node, "cutmix_minmax")->n > 0 ? 1.0 : number(node, "cutmix_alpha");
    const double mixup_alpha = number(node, "mixup_alpha");
    if (!tn__draw_chance(draws, number(node, "prob")))
        return;
    pair->pastes =
        pastes(node) && (mixup_alpha == 0 || tn__draw_chance(draws, number(node, "switch_prob")));
    pair->lambda = (float)draw_beta(draws, pair->pastes ? cutmix_alpha : mixup_alpha);
    pair->share = (double)pair->lambda;
    if (pair->lambda == 1.0f)
        pair->pastes = false;
    else
        pair->partner = plan->place.rows - 1 - plan->place.row;
    if (pair->pastes)
        draw_box(node, plan, draws, pair);
}

/* In mode half the second half of the samples are partners only. */
static int32_t rows(const tn__node *node, int32_t samples)
{
    return tn__node_value(node, "mode")->choice == HALF ? samples - samples / 2 : samples;
}

static int32_t place(const tn__node *node)
{
    return tn__node_value(node, "place")->choice == 0 ? TN_PX_MIX_U8 : TN_PX_MIX_FLOAT;
}

static int32_t classes(const tn__node *node)
{
    const tn__value *const value = tn__node_value(node, "num_classes");
    return value->n > 0 ? (int32_t)value->number[0] : 0;
}

static int check_batch(const tn__node *node, int32_t dtype, int32_t known)
{
    const int32_t given = classes(node), n = given ? given : known;
    const bool floats = place(node) == TN_PX_MIX_FLOAT;
    if (dtype == TN_U8 && floats)
        return tn__fail(TN_EINVAL, "mixup: place=float needs an output of f32, f16 or bf16, but "
                                   "it is u8: set it with convert");
    if (tn__node_value(node, "mode")->choice == HALF && floats)
        return tn__fail(TN_EINVAL,
                        "mixup: mode=half needs place=u8: timm's Mixup has no such mode");
    if (n < known || n == 0)
        return tn__fail(TN_EINVAL, "mixup: num_classes=%d, but the data set has %d classes", n,
                        known);
    return TN_OK;
}

/* The two weights of a target. For single rows timm rounds them to the dtype of the mixed values;
 * for a whole batch it keeps them in double until it multiplies a float. */
static void weigh(const tn__node *node, const tn__pair *pair, int32_t dtype, float *own,
                  float *partner)
{
    const bool floats = place(node) == TN_PX_MIX_FLOAT;
    const int32_t kept = floats ? dtype : TN_PX_F32;
    *own = (float)pair->share;
    *partner = (float)(1.0 - pair->share);
    if (tn__node_value(node, "mode")->choice == BATCH)
        return;
    *own = tn_px_value(kept, tn_px_bits(kept, *own));
    *partner = tn_px_value(kept, tn_px_bits(kept, 1.0f - *own));
}

static void target(const tn__node *node, const tn__pair *pair, int32_t dtype, int64_t own,
                   int64_t partner, int32_t n_classes, float *out)
{
    const double smoothing = number(node, "label_smoothing"), least = smoothing / n_classes;
    const float off = (float)least, on = (float)(1.0 - smoothing + least);
    float mine, theirs;
    weigh(node, pair, dtype, &mine, &theirs);
    for (int32_t k = 0; k < n_classes; k++)
        out[k] = off * mine + off * theirs;
    if (own >= 0 && own < n_classes)
        out[own] = on * mine + (own == partner ? on : off) * theirs;
    if (partner >= 0 && partner < n_classes && partner != own)
        out[partner] = off * mine + on * theirs;
}

/* A single image has no batch, so it is not mixed. */
static bool acts(const tn__plan *plan, const tn__last_write *write)
{
    (void)write;
    return plan->place.rows > 0;
}

static void tell(const tn__node *node, const tn__plan *plan, tn__text *text)
{
    const tn__pair *const pair = &plan->pair;
    const bool is_mixed = pair->partner != plan->place.row;
    (void)node;
    tn__text_printf(text, ",\"kind\":\"%s\",\"partner\":%d,\"drawn\":",
                    pair->pastes ? "cutmix"
                    : is_mixed   ? "mixup"
                                 : "none",
                    pair->partner);
    tn__text_number(text, (double)pair->lambda);
    tn__text_add(text, ",\"lambda\":");
    tn__text_number(text, pair->share);
    if (pair->pastes)
        tn__text_printf(text, ",\"box\":[%d,%d,%d,%d]", pair->box.x, pair->box.y, pair->box.w,
                        pair->box.h);
}

static const tn__batch_op batch = {
    .rows = rows,
    .drawing_row = drawing_row,
    .draw = draw,
    .place = place,
    .classes = classes,
    .target = target,
    .check = check_batch,
};

const tn__op tn__op_mixup = {
    .id = TN__OP_MIXUP,
    .spec =
        {
            .name = "mixup",
            .doc = "Blends each row of a batch with another row, or pastes a box of the other row "
                   "(CutMix), and makes soft targets: the batch's tensor `target`. It does not "
                   "change a single image.",
            .source = "timm 1.0.31 mixup.py Mixup, FastCollateMixup",
            .missing = "multi_label",
            .params = params,
        },
    .stage = TN__BATCH,
    .reach = TN__POINT,
    .is_single = true,
    .check = check,
    .tell = tell,
    .acts = acts,
    .batch = &batch,
};
