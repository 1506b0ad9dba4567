/* SPDX-License-Identifier: MIT */
/* Single images: decoded ones, and what a transform makes of them with the code that makes batches.
 */
#ifndef TENCH_MAKE_IMAGE_H
#define TENCH_MAKE_IMAGE_H

#include "data/dataset.h"
#include "make/sample.h"
#include "op/transform.h"
#include "plan/plan.h"

struct tn_image {
    tn_px_image pixels; /* of a decoded image; no planes in a transformed one */
    tn_tensor tensor;   /* a view of `memory` */
    int64_t label;      /* -1: none */
    char *name, *explain;
    void *memory;
};

/* Decodes an encoded file whole. */
tn_image *tn__image_decode(tn__bytes bytes, int32_t mode, bool orient, int64_t max_pixels);
/* Reads and decodes a sample whole; label and name are the data set's. */
tn_image *tn__image_open(const tn_dataset *dataset, int64_t sample);
/* A copy of interleaved pixels. */
tn_image *tn__image_copy_in(const uint8_t *pixels, int32_t w, int32_t h, int32_t channels);
/* The transform of a decoded image. */
tn_image *tn__image_transform(const tn_transform *transform, const tn_image *image,
                              const tn__place *place);
/* Makes a batch's row again, from its file; and from its partner's, where rows are mixed. */
tn_image *tn__image_replay(const tn_dataset *dataset, const tn_transform *transform,
                           const tn__place *place, const tn__place *partner);
void tn__image_free(tn_image *image);

/* Steps of it. */

/* Copies name and explanation. NULL: failure recorded. */
tn_image *tn__image_make(int64_t label, const char *name, const char *explain);
/* The plan for a decoded image, and a copy of the pixels that it needs, in the worker's arena. */
int tn__image_plan(const tn_transform *transform, const tn_image *image, const tn__place *place,
                   tn__worker *worker, tn__plan *plan, tn_px_image *source);
/* Memory for a transform's output of w × h, and its view. */
int tn__image_give_output(tn_image *image, const tn_transform *transform, int32_t w, int32_t h,
                          int32_t channels);
/* make/replay.c: a mixed row, made again from its own file and that of its partner. */
tn_image *tn__replay_mixed(const tn_dataset *dataset, const tn_transform *transform,
                           const tn__place *place, const tn__place *partner);

#endif
