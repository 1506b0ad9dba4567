/* SPDX-License-Identifier: MIT */
/* What one worker keeps from sample to sample: scratch memory, weights, and the state of ops. */
#ifndef TENCH_MAKE_WORKER_H
#define TENCH_MAKE_WORKER_H

#include <pthread.h>

#include "cpu/weight_cache.h"
#include "data/dataset.h"
#include "make/stage.h"
#include "op/op.h"

/* Sums over the samples that were made. tn_stats has most of them. */
typedef struct tn__counts {
    int64_t bytes_read, reads;
    int64_t index_used, index_built, index_dropped;
} tn__counts;

/* A gate that one worker of a pool passes at a time, with an image too large for a worker's scratch
 * or a file too large for its buffer. So only one such image is in memory, for all loaders of the
 * pool. */
typedef struct tn__large_gate {
    pthread_mutex_t busy;
} tn__large_gate;

/* An op with the state that one worker keeps for it. */
typedef struct tn__op_state {
    const tn__op *op;
    void *state;
} tn__op_state;

typedef struct tn__worker {
    int32_t number; /* in its pool, from 1 */
    tn__arena arena;
    tn__buffer file;
    int64_t part_bytes; /* length of the fetched part, even if `file` has only its head */
    bool watches;       /* fetching notes whether it waited */
    bool waited;        /* it did, at least once since this was cleared */
    tn__weight_cache weights;
    tn__op_state *states; /* of the ops that the worker has run */
    int32_t n_states;
    tn__large_gate *gate; /* of the pool; NULL: none, and memory is not limited */
    size_t large_bytes;   /* limit at the gate, for an image and for a large file with its image */
    tn__stage_clock clock;
    tn__counts counts;
} tn__worker;

enum { TN__SCRATCH_PIXELS = 16 << 20 }; /* images up to this size fit a worker's own scratch */

/* Bytes of scratch that a worker keeps. An image that needs more has to pass the gate. */
size_t tn__scratch_bytes(void);
/* Bytes that a worker keeps from sample to sample: scratch, a buffer for files, and weights. */
size_t tn__worker_bytes(void);

void tn__worker_init(tn__worker *worker, tn__large_gate *gate);
void tn__worker_free(tn__worker *worker);
/* What an op may use when it runs. Opens the op's state at the first call. */
int tn__worker_tools(tn__worker *worker, const tn__op *op, tn__tools *out);

#endif
