/* SPDX-License-Identifier: MIT */
/* Makes a row of a batch again, from its file. */
#ifndef TENCH_MAKE_REPLAY_H
#define TENCH_MAKE_REPLAY_H

#include "make/image.h"

/* The row's image, as it was in the batch. `partner` is the place of the row that it was combined
 * with; NULL: the recipe combines no rows. */
tn_image *tn__image_replay(const tn_dataset *dataset, const tn_transform *transform,
                           const tn__place *place, const tn__place *partner);

#endif
