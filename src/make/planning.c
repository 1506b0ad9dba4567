/* SPDX-License-Identifier: MIT */
/* Draws the ops forwards, then works out the needed rectangles backwards. See planning.h. */
#include "make/planning.h"

#include <stdbool.h>

#include "base/dtype.h"
#include "base/error.h"
#include "base/limits.h"
#include "make/orient.h"

static const double IDENTITY[6] = {1, 0, 0, 0, 1, 0};

/* total := step after total. */
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
    plan->pair = (tn__pair){.partner = plan->row, .lambda = 1, .share = 1};
    if (!node || plan->rows == 0)
        return;
    const tn__batch_op *const batch = node->op->batch;
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(plan->seed, plan->epoch, TN__DOMAIN_BATCH),
                    plan->position - plan->row + batch->drawing_row(node, plan), 0,
                    (uint32_t)node->id << 16 | node->occurrence, 0);
    batch->draw(node, plan, &draws, &plan->pair);
}

static int draw_ops(const tn_transform *transform, tn__plan *plan)
{
    const tn__key key = tn__key_make(plan->seed, plan->epoch, TN__DOMAIN_SAMPLE);
    for (int32_t n = 0; n < transform->n_nodes; n++) {
        const tn__node *const node = &transform->nodes[n];
        if (!node->op->draw)
            continue;
        tn__draws draws;
        tn__draws_begin(&draws, key, plan->position, (uint32_t)plan->view,
                        (uint32_t)node->id << 16 | node->occurrence, 0);
        const int32_t first = plan->n_steps;
        const int code = node->op->draw(node, plan, &draws);
        if (code < 0)
            return code;
        for (int32_t s = first; node->op->affine && s < plan->n_steps; s++) {
            double map[6];
            node->op->affine(&plan->steps[s], map);
            compose(plan->affine, map);
        }
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

/* From the output back to the source: what each step must make, and what it reads for that. Returns
 * the part of the (oriented) source image that is needed. An empty rectangle means: nobody has
 * asked yet. */
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

/* A resize that is narrow and high at first may be wide and high between its two passes. */
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

int tn__plan_make(const tn_transform *transform, const tn__info *info, int32_t mode, int orient,
                  const tn__place *place, tn__plan *plan)
{
    plan->seed = place->seed;
    plan->epoch = place->epoch;
    plan->position = place->position;
    plan->sample = place->sample;
    plan->attempt = place->attempt;
    plan->view = place->view;
    plan->row = place->row;
    plan->rows = place->rows;
    plan->kept = place->kept;
    plan->source = *info;
    plan->channels = mode == TN_GREY ? 1 : 3;
    plan->oriented = orient ? info->orientation : 1;
    const bool swapped = tn__orient_swaps(plan->oriented);
    plan->w = swapped ? info->h : info->w;
    plan->h = swapped ? info->w : info->h;
    plan->n_steps = 0;
    for (int i = 0; i < 6; i++)
        plan->affine[i] = IDENTITY[i];
    const int code = draw_ops(transform, plan);
    if (code < 0)
        return code;
    tn__plan_pair(tn__transform_mixing(transform), plan);
    /* The finishing record holds sides in 16 bits. */
    if (plan->w > TN__MAX_SIZE || plan->h > TN__MAX_SIZE)
        return tn__fail(TN_ELIMIT, "the output would be %d x %d; a side is at most %d", plan->w,
                        plan->h, TN__MAX_SIZE);
    const int64_t pixel_bytes = plan->channels * tn__dtype_bytes(transform->dtype);
    if (tn__limits_image("convert", "an output", plan->w, plan->h, pixel_bytes) != TN_OK)
        return TN_ELIMIT;
    const tn_px_rect needed = work_out_needs(plan);
    plan->need = tn__orient_to_stored(plan->oriented, info->w, info->h, needed);
    return check_between(plan);
}

/* What const erasing writes, in the output's numbers: 0 once normalised, the mean colour in u8. */
static void explain_fill(const tn_transform *transform, const tn__step *step, int32_t channels,
                         tn__text *text)
{
    const tn__finish *const finish = tn__transform_finish(transform, channels);
    tn_px_box boxes[TN_PX_MAX_BOXES];
    tn_px_record record = {0};
    tn__op_by_id(step->op)->record(step, &record, boxes);
    if (record.erase != TN_PX_ERASE_CONST)
        return;
    tn__text_add(text, ",\"fill\":[");
    for (int32_t c = 0; c < channels; c++)
        tn__text_printf(text, "%s%u", c > 0 ? "," : "",
                        finish && transform->dtype == TN_U8 ? finish->px.fill[c] : 0);
    tn__text_add(text, "]");
}

/* One JSON object; `step` is NULL for an op that acts when the sample is finished. */
static void explain_op(const tn_transform *transform, const tn__plan *plan, const tn__node *node,
                       const tn__step *step, tn__text *text)
{
    const bool first = text->chars[text->length - 1] == '[';
    tn__text_printf(text, "%s{\"op\":\"%s\"", first ? "" : ",", node->op->spec.name);
    if (node->op->explain)
        node->op->explain(node, step, text);
    if (node->op->batch)
        node->op->batch->explain(&plan->pair, plan->row, text);
    if (step && node->op->record)
        explain_fill(transform, step, plan->channels, text);
    tn__text_add(text, "}");
}

void tn__plan_explain(const tn_transform *transform, const tn__plan *plan, tn__text *text)
{
    int32_t s = 0;
    tn__text_add(text, "[");
    for (int32_t n = 0; n < transform->n_nodes && !text->failed; n++) {
        const tn__node *const node = &transform->nodes[n];
        const bool skipped = (node->op->id == TN__OP_NORMALIZE && transform->dtype == TN_U8) ||
                             (node->op->batch && plan->rows == 0);
        if (!node->op->draw && !skipped)
            explain_op(transform, plan, node, NULL, text);
        for (; s < plan->n_steps && tn__transform_node(transform, &plan->steps[s]) == node; s++)
            explain_op(transform, plan, node, &plan->steps[s], text);
    }
    tn__text_add(text, "]");
}
