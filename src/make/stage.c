/* SPDX-License-Identifier: MIT */
/* Reports a worker's stages to traces and NVTX. See stage.h. */
#include "make/stage.h"

#include "base/nvtx.h"

const char *const tn__stage_names[TN__STAGES] = {
    [TN__STAGE_READ] = "read",
    [TN__STAGE_PLAN] = "plan",
    [TN__STAGE_LARGE] = "wait for large images",
    [TN__STAGE_DECODE] = "decode",
    [TN__STAGE_TRANSFORM] = "transform",
    [TN__STAGE_FINISH] = "finish",
};

static void keep_span(tn__stage_clock *clock, double now)
{
    if (clock->n_spans < TN__STAGE_SPANS)
        clock->spans[clock->n_spans] =
            (tn__stage_span){.stage = clock->stage, .begun = clock->since, .ended = now};
    clock->n_spans++;
}

void tn__stage_watch(tn__stage_clock *clock, int32_t stage, double now)
{
    const bool marks = clock->watchers & TN__MARKS_RANGES;
    if (clock->stage && clock->watchers & TN__KEEPS_SPANS)
        keep_span(clock, now);
    if (clock->stage && marks)
        tn__nvtx_pop();
    if (stage && marks)
        tn__nvtx_push(tn__stage_names[stage], clock->position);
}
