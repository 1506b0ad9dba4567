/* SPDX-License-Identifier: MIT */
/* Stages of a worker's turn, and the clock between them.
 *
 * A worker is in one stage at a time, and tn__stage_enter is the one place where it goes from one
 * to the next: what a turn took is charged there, for statistics, and whoever watches the worker is
 * told. */
#ifndef TENCH_MAKE_STAGE_H
#define TENCH_MAKE_STAGE_H

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

/* What people call them; that of TN__STAGE_NONE is NULL. */
extern const char *const tn__stage_names[TN__STAGES];

/* A stage that is over. */
typedef struct tn__stage_span {
    int32_t stage;
    double begun, ended;
} tn__stage_span;

/* Who watches a worker: a trace keeps stage spans, NVTX marks ranges. */
enum { TN__KEEPS_SPANS = 1, TN__MARKS_RANGES = 2 };
enum { TN__STAGE_SPANS = 128 }; /* of one turn: enough for a sample and the most substitutes */

typedef struct tn__stage_clock {
    int32_t stage;    /* under way */
    int32_t watchers; /* TN__KEEPS_SPANS, TN__MARKS_RANGES; 0: nobody */
    int64_t position; /* of the sample, for ranges */
    double since;
    double seconds[TN__STAGES]; /* spent */
    int32_t n_spans;            /* may be more than there is room for */
    tn__stage_span spans[TN__STAGE_SPANS];
} tn__stage_clock;

/* For those who watch: the stage under way ends at `now`, this one begins. */
void tn__stage_watch(tn__stage_clock *clock, int32_t stage, double now);

/* From here on the worker is in this stage. */
static inline void tn__stage_enter(tn__stage_clock *clock, int32_t stage)
{
    const double now = tn__now();
    clock->seconds[clock->stage] += now - clock->since;
    if (clock->watchers)
        tn__stage_watch(clock, stage, now);
    clock->stage = stage;
    clock->since = now;
}

#endif
