/* SPDX-License-Identifier: MIT */
/* Executes plans: runs the steps on an image, and writes the sample to its row. */
#ifndef TENCH_MAKE_RUN_H
#define TENCH_MAKE_RUN_H

#include "make/worker.h"
#include "op/transform.h"
#include "plan/plan.h"

/* Where a sample goes. A finished sample goes to its row of the output. If the whole batch is
 * finished later, the sample is staged: its u8 planes, one after the other without gaps, and a
 * record. */
typedef struct tn__row_output {
    void *out;            /* the row; NULL: the sample is staged */
    uint8_t *staging;     /* memory of the staged batch */
    uint64_t pixels_at;   /* offset of the planes in it */
    uint64_t boxes_at;    /* offset of the boxes that do not fit the record: a multiple of 8 */
    tn_px_record *record; /* filled by tn__plan_run; it names a partner by its row in the batch */
} tn__row_output;

/* Executes the plan's steps on an image that covers the plan's need (oriented), then finishes or
 * stages it into `out`. */
int tn__plan_run(const tn_transform *transform, const tn__plan *plan, const tn_px_image *image,
                 tn__worker *worker, const tn__row_output *out);
/* Bytes that the steps take from the worker's arena, at most. */
size_t tn__plan_run_bytes(const tn__plan *plan);

#endif
