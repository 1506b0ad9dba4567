/* SPDX-License-Identifier: MIT */
/* Plans one sample: draws its ops, works out which pixels each step needs, and explains the result.
 */
#ifndef TENCH_MAKE_PLANNING_H
#define TENCH_MAKE_PLANNING_H

#include "base/text.h"
#include "op/transform.h"
#include "plan/plan.h"

/* Draws all ops for a source image and works out the needed rectangles. `mode` is TN_RGB … If
 * `orient` is true, the image is turned as its EXIF orientation says. */
int tn__plan_make(const tn_transform *transform, const tn__info *info, int32_t mode, bool orient,
                  const tn__place *place, tn__plan *plan);
/* Draws plan->pair with the batch op `node`. The row is its own partner if `node` is NULL or the
 * sample is in no batch. */
void tn__plan_pair(const tn__node *node, tn__plan *plan);
/* Adds the steps as a JSON array of {"op": …} objects. */
void tn__plan_explain(const tn_transform *transform, const tn__plan *plan, tn__text *text);

#endif
