/* SPDX-License-Identifier: MIT */
/* Stages of a worker's turn, and their clock.
 *
 * A worker is in one stage at a time. Only tn__stage_enter changes the stage: it adds the time to
 * the statistics of the stage that ends, and reports it to the trace and to NVTX. */
#ifndef TENCH_MAKE_STAGE_H
#define TENCH_MAKE_STAGE_H

#include <stdint.h>

#include "base/clock.h"

enum {
    TN__STAGE_NONE = 0,
    TN__STAGE_READ,
    TN__STAGE_PLAN,
    TN__STAGE_LARGE, /* the worker waits for the gate, with an image too large for its scratch */
    TN__STAGE_DECODE,
    TN__STAGE_TRANSFORM, /* with the last write, if rows go straight from a resize to the output */
    TN__STAGE_FINISH,
    TN__STAGES
};

/* Names of the stages, for people. That of TN__STAGE_NONE is NULL. */
extern const char *const tn__stage_names[TN__STAGES];

/* A stage that has ended. */
typedef struct tn__stage_span {
    int32_t stage;
    double begun, ended;
} tn__stage_span;

/* The observers of a worker: a trace, which keeps stage spans, and NVTX, which marks ranges. */
enum { TN__KEEPS_SPANS = 1, TN__MARKS_RANGES = 2 };
enum { TN__STAGE_SPANS = 128 }; /* kept of one turn: enough for a sample and all its substitutes */

typedef struct tn__stage_clock {
    int32_t stage;              /* the current one */
    int32_t watchers;           /* TN__KEEPS_SPANS, TN__MARKS_RANGES; 0: none */
    int64_t position;           /* of the sample, for ranges */
    double since;               /* when the current stage began */
    double seconds[TN__STAGES]; /* spent in each stage */
    int32_t n_spans;            /* ended in this turn, also those that `spans` has no room for */
    tn__stage_span spans[TN__STAGE_SPANS];
} tn__stage_clock;

/* Reports that the current stage ends at `now` and `stage` begins. */
void tn__stage_watch(tn__stage_clock *clock, int32_t stage, double now);

/* Ends the current stage and begins `stage`. */
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
