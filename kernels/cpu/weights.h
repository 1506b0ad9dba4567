/* SPDX-License-Identifier: MIT */
/* The integer weights of one axis of a resize, for the results that are wanted.
 *
 * They lie in groups of sixteen results, tap after tap: vectors take the same tap of neighbouring
 * results, in making the weights and in using them. The scalar level keeps the weights themselves.
 * The others keep a weight w as two 16-bit halves, w = high * 65536 + low with low signed, and for
 * each two taps of a result one number with their low halves and one with their high ones: see
 * px/resample.h for what a weight is, resample_avx2.c for why halves do. */
#ifndef TENCH_CPU_WEIGHTS_H
#define TENCH_CPU_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "px/filter.h"

enum { TN__WEIGHT_LANES = 16 };

/* What weights depend on, the level in use aside. */
typedef struct tn__axis {
    int32_t filter;         /* any but nearest */
    int32_t source, result; /* whole lengths */
    int32_t from, n;        /* the results that are wanted */
    int32_t across;         /* 1: for a horizontal pass */
} tn__axis;

/* Arrays have room for n results rounded up to whole groups; the last result fills the rest. */
typedef struct tn__weights {
    int32_t n;       /* results */
    int32_t taps;    /* weights stored per result: the most that one has, made even */
    int32_t width;   /* source pixels that the results see together */
    int32_t origin;  /* the source pixel that the first result begins with */
    int32_t *first;  /* the first source pixel of each result, counted from `origin` */
    int32_t *count;  /* weights of each result */
    int32_t *weight; /* groups of taps × 16 numbers, zero behind each result's count */
    void *packed;    /* what the level's `pack` wrote; only of an axis across */
} tn__weights;

/* n results rounded up to whole groups. */
static inline int32_t tn__weights_padded(int32_t n)
{
    return (n + TN__WEIGHT_LANES - 1) / TN__WEIGHT_LANES * TN__WEIGHT_LANES;
}

/* Where a result's first number lies in `weight`; the next taps follow at steps of 16. */
static inline ptrdiff_t tn__weights_at(const tn__weights *weights, int32_t result)
{
    const ptrdiff_t lane = result & (TN__WEIGHT_LANES - 1);
    return (ptrdiff_t)(result - lane) * weights->taps + lane;
}

/* Upper bound of tn__weights.taps. */
int32_t tn__weights_taps(const tn_px_axis *axis);
/* Bytes that the weights take, at every level. */
size_t tn__weights_bytes(const tn__axis *axis);
/* Bytes that making them takes besides. */
size_t tn__weights_scratch(const tn__axis *axis);
/* Makes them, by the level in use. `memory` and `scratch`: 64-byte aligned. */
void tn__weights_make(const tn__axis *axis, void *memory, void *scratch, tn__weights *out);

#endif
