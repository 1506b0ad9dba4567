/* SPDX-License-Identifier: MIT */
/* Makes one sample, from its file to its row of the output. Workers of loaders and calls on single
 * images share the code. */
#ifndef TENCH_MAKE_SAMPLE_H
#define TENCH_MAKE_SAMPLE_H

#include "make/run.h"

/* Reads, plans, decodes, transforms and finishes or stages sample place->sample into `out`, and
 * leaves the plan. Errors carry stage, name, position and sample. */
int tn__sample_make(const tn_dataset *dataset, const tn_transform *transform,
                    const tn__place *place, tn__worker *worker, tn__plan *plan,
                    const tn__row_output *out);

#endif
