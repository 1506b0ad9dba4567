/* SPDX-License-Identifier: MIT */
/* Draws the ops from first to last, then works out the needed rectangles from last to first. See
 * planning.h. */
#include "make/planning.h"

#include <assert.h>
#include <stdbool.h>

#include "base/dtype.h"
#include "base/error.h"
#include "base/limits.h"
#include "make/orient.h"
#include "op/ops.h"

static const double IDENTITY[6] = {1, 0, 0, 0, 1, 0};

/* total := step after total (the maps are composed). */
static void compose(double total[6], const double step[6])
{
    double made[6];
    for (int row = 0; row < 2; row++) {
        const double *const s = step + 3 * row;
        made[3 * row] = s[0] * total[0] + s[1] * total[3];
        made[3 * row + 1] = s[0] * total[1] + s[1] * total[4];
        made[3 * row + 2] = s[0] * total[2] + s[1] * total[5] + s[2];
    }
    for (int i = 0; i < 6; i++)
        total[i] = made[i];
}

void tn__plan_pair(const tn__node *node, tn__plan *plan)
{
    plan->pair = (tn__pair){.partner = plan->place.row, .lambda = 1, .share = 1};
    if (!node || plan->place.rows == 0)
        return;
    const tn__batch_op *const batch = node->op->batch;
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(plan->place.seed, plan->place.epoch, TN__DOMAIN_BATCH),
                    plan->place.position - plan->place.row + batch->drawing_row(node, plan), 0,
                    tn__node_address(node), 0);
    batch->draw(node, plan, &draws, &plan->pair);
}

/* Adds the maps of the steps from `first` on. The op that runs a step gives its map. */
static void add_maps(tn__plan *plan, int32_t first)
{
    for (int32_t s = first; s < plan->n_steps; s++) {
        const tn__op *const op = tn__op_by_id(plan->steps[s].op);
        double map[6];
        if (!op->affine)
            continue;
        op->affine(&plan->steps[s], map);
        compose(plan->affine, map);
    }
}

static int draw_ops(const tn_transform *transform, tn__plan *plan)
{
    const tn__key key = tn__key_make(plan->place.seed, plan->place.epoch, TN__DOMAIN_SAMPLE);
    for (int32_t n = 0; n < transform->n_nodes; n++) {
        const tn__node *const node = &transform->nodes[n];
        const int32_t first = plan->n_steps;
        tn__draws draws;
        if (!node->op->draw)
            continue;
        tn__draws_begin(&draws, key, plan->place.position, (uint32_t)plan->place.view,
                        tn__node_address(node), 0);
        const int status = node->op->draw(node, plan, &draws);
        if (status != TN_OK)
            return status;
        assert(plan->n_steps - first <= tn__node_max_steps(node));
        add_maps(plan, first);
    }
    return TN_OK;
}

static tn_px_rect join(tn_px_rect a, tn_px_rect b)
{
    if (a.w == 0)
        return b;
    if (b.w == 0)
        return a;
    const int32_t x = a.x < b.x ? a.x : b.x, y = a.y < b.y ? a.y : b.y;
    const int32_t right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    const int32_t bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (tn_px_rect){x, y, right - x, bottom - y};
}

/* Finds what each step must make, and what it reads for that. Returns the part of the oriented
 * source image that is needed. Registers that no later step reads have an empty rectangle. */
static tn_px_rect work_out_needs(tn__plan *plan)
{
    tn_px_rect wanted[TN__REGISTERS] = {{0, 0, plan->w, plan->h}};
    for (int32_t s = plan->n_steps - 1; s >= 0; s--) {
        tn__step *const step = &plan->steps[s];
        const tn__op *const op = tn__op_by_id(step->op);
        step->out = wanted[step->destination];
        step->in = op->need ? op->need(step) : step->out;
        wanted[step->destination] = (tn_px_rect){0};
        wanted[step->source] = join(wanted[step->source], step->in);
    }
    return wanted[0];
}

/* Checks the image between the two passes of each resize. It may be larger than source and result.
 */
static int check_between(const tn__plan *plan)
{
    for (int32_t s = 0; s < plan->n_steps; s++) {
        const tn__op *const op = tn__op_by_id(plan->steps[s].op);
        if (!op->resize)
            continue;
        tn_px_rect box;
        int32_t w, h;
        const tn__resize resize = op->resize(&plan->steps[s], &box);
        tn__resize_between(&resize, &w, &h);
        if (tn__limits_image(op->spec.name, "the image between two passes", w, h, plan->channels) !=
            TN_OK)
            return TN_ELIMIT;
    }
    return TN_OK;
}

/* Begins a plan without steps: its output is the source image, turned. */
static void begin(const tn__info *info, int32_t mode, bool orient, tn__plan *plan)
{
    plan->source = *info;
    plan->channels = tn__info_channels(info, mode);
    plan->bits = tn__info_bits(info, mode);
    plan->indices = mode == TN_INDICES;
    plan->turn = tn__info_turn(info, orient);
    const bool swapped = tn__orient_swaps(plan->turn);
    plan->w = swapped ? info->h : info->w;
    plan->h = swapped ? info->w : info->h;
    plan->n_steps = 0;
    for (int i = 0; i < 6; i++)
        plan->affine[i] = IDENTITY[i];
}

/* The record of a sample holds its sides in 16 bits. */
static int check_output(const tn_transform *transform, const tn__plan *plan)
{
    if (plan->w > TN__MAX_SIZE || plan->h > TN__MAX_SIZE)
        return tn__fail(TN_ELIMIT,
                        "the output would be %d x %d, but a side may have %d pixels at most",
                        plan->w, plan->h, TN__MAX_SIZE);
    const int64_t pixel_bytes =
        plan->channels * tn__dtype_bytes(tn__transform_dtype(transform, plan->bits));
    return tn__limits_image("transform", "an output", plan->w, plan->h, pixel_bytes);
}

int tn__plan_make(const tn_transform *transform, const tn__info *info, int32_t mode, bool orient,
                  const tn__place *place, tn__plan *plan)
{
    plan->place = *place;
    begin(info, mode, orient, plan);
    int status = tn__transform_takes(transform, plan->channels, plan->bits, plan->indices);
    if (status == TN_OK)
        status = draw_ops(transform, plan);
    if (status != TN_OK)
        return status;
    tn__plan_pair(tn__transform_mixing(transform), plan);
    status = check_output(transform, plan);
    if (status != TN_OK)
        return status;
    const tn_px_rect needed = work_out_needs(plan);
    plan->need = tn__orient_to_stored(plan->turn, info->w, info->h, needed);
    return check_between(plan);
}

static void begin_op(const char *name, tn__text *text)
{
    const bool is_first = text->chars[text->length - 1] == '[';
    tn__text_printf(text, "%s{\"op\":\"%s\"", is_first ? "" : ",", name);
}

static void explain_step(const tn__node *node, const tn__step *step, const tn_px_finish *write,
                         tn__text *text)
{
    const tn__op *const op = tn__op_by_id(step->op);
    begin_op(op->spec.name, text);
    if (op != node->op)
        tn__text_printf(text, ",\"policy\":\"%s\"", node->op->spec.name);
    if (op->explain)
        op->explain(step, write, text);
    tn__text_add(text, "}");
}

static void explain_node(const tn__node *node, const tn__plan *plan, tn__text *text)
{
    begin_op(node->op->spec.name, text);
    if (node->op->tell)
        node->op->tell(node, plan, text);
    tn__text_add(text, "}");
}

void tn__plan_explain(const tn_transform *transform, const tn__plan *plan, tn__text *text)
{
    const tn__finish *const finish = tn__transform_finish(transform, plan->channels);
    int32_t s = 0;
    tn__text_add(text, "[");
    for (int32_t n = 0; n < transform->n_nodes && !text->failed; n++) {
        const tn__node *const node = &transform->nodes[n];
        if (!node->op->draw && (!node->op->acts || node->op->acts(plan, &transform->write)))
            explain_node(node, plan, text);
        for (; s < plan->n_steps && plan->steps[s].node == n && !text->failed; s++)
            explain_step(node, &plan->steps[s], &finish->px, text);
    }
    tn__text_add(text, "]");
}
