/* SPDX-License-Identifier: MIT */
/* Stages of a worker's turn, and the clock between them.
 *
 * A worker is in one stage at a time, and tn__stage_enter is the one place where it goes from one
 * to the next: what a turn took is charged there, for statistics, and whoever watches the worker is
 * told. */
#ifndef TENCH_PLAN_STAGE_H
#define TENCH_PLAN_STAGE_H

#include <stdbool.h>
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

/* A stage that is over. */
typedef struct tn__lap {
    int32_t stage;
    double begun, ended;
} tn__lap;

enum { TN__LAPS = 64 }; /* of one turn: enough for a sample and the most substitutes */

typedef struct tn__stage_clock {
    int32_t stage;   /* under way */
    bool keeps_laps; /* somebody wants to know when stages began and ended */
    double since;
    double seconds[TN__STAGES]; /* spent */
    int32_t n_laps;             /* may be more than there is room for */
    tn__lap laps[TN__LAPS];
} tn__stage_clock;

/* The stage under way ends at `now`. */
void tn__stage_keep(tn__stage_clock *clock, double now);

/* From here on the worker is in this stage. */
static inline void tn__stage_enter(tn__stage_clock *clock, int32_t stage)
{
    const double now = tn__now();
    clock->seconds[clock->stage] += now - clock->since;
    if (clock->keeps_laps)
        tn__stage_keep(clock, now);
    clock->stage = stage;
    clock->since = now;
}

#endif
