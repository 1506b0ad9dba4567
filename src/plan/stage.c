/* SPDX-License-Identifier: MIT */
/* What is kept of a worker's turn, for who watches it. See stage.h. */
#include "plan/stage.h"

void tn__stage_keep(tn__stage_clock *clock, double now)
{
    if (clock->stage == TN__STAGE_NONE)
        return;
    if (clock->n_laps < TN__LAPS)
        clock->laps[clock->n_laps] =
            (tn__lap){.stage = clock->stage, .begun = clock->since, .ended = now};
    clock->n_laps++;
}
