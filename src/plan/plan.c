/* SPDX-License-Identifier: MIT */
/* Adds steps to a plan, for the ops' draw functions. See plan.h. */
#include "plan/plan.h"

#include "base/error.h"
#include "base/limits.h"
#include "op/op.h"

tn__step *tn__plan_append(tn__plan *plan, uint16_t op, uint16_t occurrence, uint16_t sub, int32_t w,
                          int32_t h)
{
    if (plan->n_steps == TN__MAX_STEPS) {
        tn__fail(TN_ELIMIT, "a plan has at most %d steps", TN__MAX_STEPS);
        return NULL;
    }
    if (tn__limits_image(tn__op_by_id(op)->spec.name, "a result", w, h, plan->channels) != TN_OK)
        return NULL;
    tn__step *const step = &plan->steps[plan->n_steps++];
    *step = (tn__step){
        .op = op,
        .occurrence = occurrence,
        .sub = sub,
        .view = (uint16_t)plan->view,
        .source_w = plan->w,
        .source_h = plan->h,
        .w = w,
        .h = h,
    };
    plan->w = w;
    plan->h = h;
    return step;
}
