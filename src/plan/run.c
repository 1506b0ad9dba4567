/* SPDX-License-Identifier: MIT */
/* Executing a plan: step after step on numbered images, then the finishing write. */
#include "base/clock.h"
#include "base/error.h"
#include "plan/sample.h"

static int run_step(const tn_transform *transform, const tn__step *step, tn_px_image *registers,
                    tn__arena *arena)
{
    const tn__node *const node = tn__transform_node(transform, step);
    tn_px_image *const source = &registers[step->source];
    if (!node->op->run)
        return TN_OK;
    if (!node->op->need && step->source == step->destination)
        return node->op->run(node, step, source, source, arena);
    tn_px_image made;
    const int code = tn__arena_image(arena, step->out.w, step->out.h, source->channels, &made);
    if (code < 0)
        return code;
    made.x0 = step->out.x;
    made.y0 = step->out.y;
    const int ran = node->op->run(node, step, source, &made, arena);
    registers[step->destination] = made;
    return ran;
}

/* Gathers what the finishing write must know from the steps of finish ops. */
static void make_record(const tn_transform *transform, const tn__plan *plan, tn_px_record *record,
                        tn_px_box *boxes)
{
    *record = (tn_px_record){
        .kind = TN_PX_PIXELS,
        .w = (uint16_t)plan->w,
        .h = (uint16_t)plan->h,
        .lambda = 1,
    };
    for (int32_t s = 0; s < plan->n_steps; s++) {
        const tn__op *const op = tn__transform_node(transform, &plan->steps[s])->op;
        if (op->record)
            op->record(&plan->steps[s], record, boxes);
    }
    for (int32_t b = 0; b < record->n_boxes && b < TN_PX_RECORD_BOXES; b++)
        record->box[b] = boxes[b];
}

int tn__plan_run(const tn_transform *transform, const tn__plan *plan, tn_px_image *image,
                 tn__worker *worker, void *out)
{
    const double begun = tn__now();
    tn_px_image registers[TN__REGISTERS] = {*image};
    for (int32_t s = 0; s < plan->n_steps; s++) {
        const int code = run_step(transform, &plan->steps[s], registers, &worker->arena);
        if (code < 0)
            return code;
    }
    const double finishing = tn__now();
    tn_px_record record;
    tn_px_box boxes[TN_PX_MAX_BOXES];
    make_record(transform, plan, &record, boxes);
    tn__finish_sample(tn__transform_finish(transform, plan->channels), &record, boxes,
                      &registers[0], out);
    worker->timing.transform_s += finishing - begun;
    worker->timing.finish_s += tn__now() - finishing;
    return TN_OK;
}
