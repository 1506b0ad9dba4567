/* SPDX-License-Identifier: MIT */
/* Makes one sample, from its bytes to its row of the output. */
#ifndef TENCH_MAKE_SAMPLE_H
#define TENCH_MAKE_SAMPLE_H

#include "make/run.h"

/* Plans, decodes, transforms and finishes or stages sample place->sample into `out`, and leaves the
 * plan. tn__sample_fetch has brought its bytes to the worker. Errors carry stage, name, position
 * and sample. */
int tn__sample_make(const tn_dataset *dataset, const tn_transform *transform,
                    const tn__place *place, tn__worker *worker, tn__plan *plan,
                    const tn__row_output *out);

#endif
