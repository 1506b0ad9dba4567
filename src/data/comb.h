/* SPDX-License-Identifier: MIT */
/* A comb: samples side by side on a line, each with a length that is its weight. The order
 * "weighted-1" (order.h) takes samples at equal distances from it. Lengths are whole numbers, so
 * that every machine takes the same samples. */
#ifndef TENCH_DATA_COMB_H
#define TENCH_DATA_COMB_H

#include <stdint.h>

typedef struct tn__comb {
    int64_t n;       /* samples; 0: there is no comb */
    uint64_t length; /* of the line, below 2^62 */
    double scale;    /* a power of two: the length of weight 1 */
    float *weights;
    uint64_t *starts; /* of every TN__COMB_BLOCK-th sample */
} tn__comb;

enum { TN__COMB_BLOCK = 64 };

/* Rounds a weight to what a comb takes. TN_EDECODE: it is below 0, or no float has its size. */
int tn__comb_weight(double weight, float *out);
/* Makes the comb of n weights, which are finite and at least 0. Takes them over, also on failure.
 * TN_EINVAL: all are 0; TN_ENOMEM. */
int tn__comb_make(float *weights, int64_t n, tn__comb *out);
void tn__comb_free(tn__comb *comb);
/* The sample at a place on the line, which is below the length. */
int64_t tn__comb_at(const tn__comb *comb, uint64_t place);
/* The place at which a sample begins, and its length. */
uint64_t tn__comb_start(const tn__comb *comb, int64_t sample);
uint64_t tn__comb_length(const tn__comb *comb, int64_t sample);

#endif
