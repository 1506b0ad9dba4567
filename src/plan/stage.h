/* SPDX-License-Identifier: MIT */
/* Stages of a worker's turn, and the clock between them.
 *
 * A worker is in one stage at a time, and tn__stage_enter is the one place where it goes from one
 * to the next: what a turn took is charged there, for statistics, and whoever watches the worker is
 * told. */
#ifndef TENCH_PLAN_STAGE_H
#define TENCH_PLAN_STAGE_H

#include <stdint.h>

#include "base/clock.h"

enum {
    TN__STAGE_NONE = 0,
    TN__STAGE_READ,
    TN__STAGE_PLAN,
    TN__STAGE_LARGE, /* an image too large for a worker's scratch waits for its turn */
    TN__STAGE_DECODE,
    TN__STAGE_TRANSFORM, /* where rows go straight from a resize to the output, this is their end */
    TN__STAGE_FINISH,
    TN__STAGES
};

typedef struct tn__stage_clock {
    int32_t stage; /* under way */
    double since;
    double seconds[TN__STAGES]; /* spent */
} tn__stage_clock;

/* From here on the worker is in this stage. */
static inline void tn__stage_enter(tn__stage_clock *clock, int32_t stage)
{
    const double now = tn__now();
    clock->seconds[clock->stage] += now - clock->since;
    clock->stage = stage;
    clock->since = now;
}

#endif
