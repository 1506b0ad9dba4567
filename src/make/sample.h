/* SPDX-License-Identifier: MIT */
/* One sample, from bytes to its row of the output: the turn that loaders' workers and single calls
 * share. */
#ifndef TENCH_MAKE_SAMPLE_H
#define TENCH_MAKE_SAMPLE_H

#include <pthread.h>

#include "cpu/weight_cache.h"
#include "data/dataset.h"
#include "make/stage.h"
#include "op/transform.h"
#include "plan/plan.h"

/* Of the samples made, as in tn_stats. */
typedef struct tn__counts {
    int64_t bytes_read;
    int64_t index_used, index_built, index_dropped;
} tn__counts;

/* The gate in which images too large for a worker's scratch take turns, and files too large for its
 * buffer: one a pool, so that one of them at a time is in memory, whichever of the pool's loaders
 * it belongs to. */
typedef struct tn__large_gate {
    pthread_mutex_t busy;
} tn__large_gate;

/* What a worker owns: scratch memory, reused from sample to sample, and weights made before. */
typedef struct tn__worker {
    int32_t number; /* among its pool's, from 1 */
    tn__arena arena;
    tn__buffer file;
    tn__weight_cache weights;
    tn__large_gate *gate; /* of its pool; NULL: no turns, and no bound but memory */
    size_t large_bytes;   /* that an image in the gate may take, with its file if that is large */
    tn__stage_clock clock;
    tn__counts counts;
} tn__worker;

/* Where a sample goes: finished, to its row of the output; or as it is before that, for who
 * finishes the batch as a whole: u8 planes, one behind the other without gaps, and a record. */
typedef struct tn__row_output {
    void *out;            /* the row; NULL: the sample is staged */
    uint8_t *staging;     /* of the batch */
    uint64_t pixels_at;   /* where the planes begin in it */
    uint64_t boxes_at;    /* and the boxes that the record has no room for: a multiple of 8 */
    tn_px_record *record; /* to be filled; a partner is named by its row in the batch */
} tn__row_output;

enum { TN__SCRATCH_PIXELS = 16 << 20 }; /* images up to this size fit a worker's own scratch */

/* Bytes of scratch that a worker keeps; larger images take turns in the gate. */
size_t tn__scratch_bytes(void);
/* Bytes that a worker keeps from sample to sample: its scratch, room for a file, and weights. */
size_t tn__worker_bytes(void);

void tn__worker_init(tn__worker *worker, tn__large_gate *gate);
void tn__worker_free(tn__worker *worker);

/* Reads, plans, decodes, transforms and finishes or stages sample place->sample into `out`, and
 * leaves the plan. Errors carry stage, name, position and sample. */
int tn__sample_make(const tn_dataset *dataset, const tn_transform *transform,
                    const tn__place *place, tn__worker *worker, tn__plan *plan,
                    const tn__row_output *out);
/* Executes the plan's steps on an image that covers the plan's need (oriented), then finishes or
 * stages it into `out`. */
int tn__plan_run(const tn_transform *transform, const tn__plan *plan, const tn_px_image *image,
                 tn__worker *worker, const tn__row_output *out);
/* Bytes that the steps take from the worker's arena, at most. */
size_t tn__plan_run_bytes(const tn__plan *plan);

#endif
