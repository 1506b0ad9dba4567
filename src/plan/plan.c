/* SPDX-License-Identifier: MIT */
/* Adds steps to a plan. See plan.h. */
#include "plan/plan.h"

#include "base/error.h"

tn__step *tn__plan_append(tn__plan *plan, int32_t w, int32_t h)
{
    if (plan->n_steps == TN__MAX_STEPS) {
        tn__fail(TN_ELIMIT, "a plan has at most %d steps", TN__MAX_STEPS);
        return NULL;
    }
    tn__step *const step = &plan->steps[plan->n_steps++];
    *step = (tn__step){
        .view = (uint16_t)plan->place.view,
        .source_w = plan->w,
        .source_h = plan->h,
        .w = w,
        .h = h,
    };
    plan->w = w;
    plan->h = h;
    return step;
}
