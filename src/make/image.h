/* SPDX-License-Identifier: MIT */
/* Single images: decoded ones, and transformed ones. They are made by the same code as batches. */
#ifndef TENCH_MAKE_IMAGE_H
#define TENCH_MAKE_IMAGE_H

#include "data/dataset.h"
#include "make/read.h"
#include "make/worker.h"
#include "op/transform.h"
#include "plan/plan.h"

struct tn_image {
    tn_px_image pixels; /* of a decoded image; a transformed one has no planes */
    bool indices;       /* its values are numbers of a palette, or of classes */
    tn_tensor tensor;   /* a view of `memory` */
    int64_t label;      /* -1: none */
    char *name, *explain;
    void *memory;
};

/* Decodes a whole file. */
tn_image *tn__image_decode(const tn__probed *probed, int32_t mode, bool orient);
/* Reads and decodes a whole sample. It has the label and the name of the data set. */
tn_image *tn__image_open(const tn_dataset *dataset, int64_t sample);
/* Copies interleaved pixels. */
tn_image *tn__image_copy_in(const uint8_t *pixels, int32_t w, int32_t h, int32_t channels);
/* Applies the transform to a decoded image. */
tn_image *tn__image_transform(const tn_transform *transform, const tn_image *image,
                              const tn__place *place);
void tn__image_free(tn_image *image);

/* Parts of the work, for replays. */

/* Makes an image without pixels; copies name and explanation. NULL with TN_ENOMEM recorded. */
tn_image *tn__image_make(int64_t label, const char *name, const char *explain);
/* Plans a transform of a decoded image. Copies the pixels that the plan needs into the worker's
 * arena, because ops may work in place. */
int tn__image_plan(const tn_transform *transform, const tn_image *image, const tn__place *place,
                   tn__worker *worker, tn__plan *plan, tn_px_image *source);
/* Gives the image memory for the output of a plan, and the view of it. */
int tn__image_give_output(tn_image *image, const tn_transform *transform, const tn__plan *plan);

#endif
