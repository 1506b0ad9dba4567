/* SPDX-License-Identifier: MIT */
/* The schedule: which positions make up batch k, and which batches this rank gets.
 *
 * An epoch is one sequence of batches; positions and batches are numbered over all ranks. Rank r of
 * W gets the batches k0 + r, k0 + r + W, … So all ranks together get the whole sequence, for any W.
 * k0 is 0, or the batch at which a resumed epoch begins. */
#ifndef TENCH_LOAD_SCHEDULE_H
#define TENCH_LOAD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tn__schedule {
    int64_t n_samples;   /* samples to draw from */
    int64_t n_positions; /* of an epoch: n_samples × repeats, at most 2^48 */
    int64_t n_batches;   /* of an epoch, over all ranks */
    int32_t batch_size, rank, world_size;
    bool even_ranks;
} tn__schedule;

/* Batch k. */
typedef struct tn__span {
    int64_t batch;    /* k */
    int64_t position; /* the first */
    int32_t rows;     /* consecutive positions */
} tn__span;

/* The parts of tn_loader_options that decide it. */
typedef struct tn__schedule_options {
    int64_t n_samples;
    int32_t batch_size, repeats, rank, world_size;
    bool drop_last, even_ranks;
} tn__schedule_options;

/* TN_EINVAL names the value and its range. */
int tn__schedule_make(tn__schedule *schedule, const tn__schedule_options *options);
tn__span tn__schedule_at(const tn__schedule *schedule, int64_t batch);
/* How many of the batches from `first` on this rank gets. */
int64_t tn__schedule_count(const tn__schedule *schedule, int64_t first);
/* The number of this rank's j-th batch from `first` on. */
int64_t tn__schedule_batch(const tn__schedule *schedule, int64_t first, int64_t j);
/* The number of batches that all ranks together have had when each has had j from `first` on;
 * n_batches at the end of the epoch. */
int64_t tn__schedule_reached(const tn__schedule *schedule, int64_t first, int64_t j);
/* The row of view `view` of the span's sample number `sample`. */
int32_t tn__schedule_row(const tn__span *span, int32_t sample, int32_t view);

#endif
