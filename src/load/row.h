/* SPDX-License-Identifier: MIT */
/* One row of a batch. A worker makes the row's sample in its place, or a substitute where the
 * sample fails. Once all rows are made, workers mix them if the transform asks for it. */
#ifndef TENCH_LOAD_ROW_H
#define TENCH_LOAD_ROW_H

#include "load/settings.h"

/* Makes row place->row of the slot into `out`. The slot's outcome says how that ended. */
void tn__row_make(const tn__settings *settings, tn__slot *slot, const tn__place *place,
                  const tn__row_output *out, tn__worker *worker);
/* Mixes row place->row with its partner and writes it to the batch. All rows are made. */
void tn__row_mix(const tn__settings *settings, tn__slot *slot, const tn__place *place,
                 tn__worker *worker);
/* Writes the row's soft target. All rows are made. */
void tn__row_target(const tn__settings *settings, tn__slot *slot, int32_t row);

#endif
