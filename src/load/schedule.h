/* SPDX-License-Identifier: MIT */
/* The schedule: which positions make up batch k, at which size, and which batches are this rank's.
 *
 * Positions and batches are numbered over all ranks: an epoch is one sequence of batches, of which
 * rank r of W takes k0 + r, k0 + r + W, … So the union over ranks is that sequence for any W. k0 is
 * 0, or where a resumed epoch begins. */
#ifndef TENCH_LOAD_SCHEDULE_H
#define TENCH_LOAD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tn__schedule {
    int64_t n_samples;   /* to draw from */
    int64_t n_positions; /* of an epoch: n_samples × repeats, at most 2^48 */
    int64_t n_batches;   /* of an epoch, over all ranks */
    int32_t batch_size, rank, world_size;
    int32_t h, w; /* of the output; 0 where it is not an image */
    bool even_ranks;
} tn__schedule;

/* What batch k consists of. */
typedef struct tn__span {
    int64_t batch;    /* k */
    int64_t position; /* the first */
    int32_t rows;     /* how many positions, one after the other */
    int32_t h, w;
} tn__span;

/* The parts of tn_loader_options that it follows from. */
typedef struct tn__schedule_options {
    int64_t n_samples;
    int32_t batch_size, repeats, rank, world_size;
    bool drop_last, even_ranks;
    int32_t h, w;
} tn__schedule_options;

/* TN_EINVAL names the value and its range. */
int tn__schedule_make(tn__schedule *schedule, const tn__schedule_options *options);
tn__span tn__schedule_at(const tn__schedule *schedule, int64_t epoch, int64_t batch);
/* How many batches this rank gets of those from `first` on. */
int64_t tn__schedule_count(const tn__schedule *schedule, int64_t first);
/* The number of this rank's j-th batch of those from `first` on. */
int64_t tn__schedule_batch(const tn__schedule *schedule, int64_t first, int64_t j);
/* Where all ranks stand when each has had j batches of those from `first` on: a number of batches,
 * n_batches once the epoch is through. */
int64_t tn__schedule_reached(const tn__schedule *schedule, int64_t first, int64_t j);
/* The row that view `view` of the span's sample number `sample` goes to. */
int32_t tn__schedule_row(const tn__span *span, int32_t sample, int32_t view);

#endif
