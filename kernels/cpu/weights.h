/* SPDX-License-Identifier: MIT */
/* The integer weights of one axis of a resize, for the wanted results.
 *
 * They are stored in groups of sixteen results, tap after tap, because vectors handle the same tap
 * of neighbouring results, both when they compute weights and when they use them. The scalar level
 * stores the weights themselves. The other levels store a weight w as two 16-bit halves, w = high *
 * 65536 + low with low signed. Each two taps of a result have one number with their low halves and
 * one with their high halves. px/resample.h defines a weight; resample_tmpl.h shows that halves
 * suffice. */
#ifndef TENCH_CPU_WEIGHTS_H
#define TENCH_CPU_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "px/filter.h"

enum { TN__WEIGHT_LANES = 16 };

/* All that weights depend on, except the level. */
typedef struct tn__axis {
    int32_t filter;         /* any but nearest */
    int32_t source, result; /* lengths of the whole image */
    int32_t from, n;        /* the wanted results */
    int32_t across;         /* 1: for a horizontal pass */
} tn__axis;

/* Arrays hold n results, rounded up to whole groups. Copies of the last result fill the rest. */
typedef struct tn__weights {
    int32_t n;       /* results */
    int32_t taps;    /* weights stored for each result: the largest count, made even */
    int32_t width;   /* source pixels that all results use together */
    int32_t origin;  /* the first source pixel of the first result */
    int32_t *first;  /* first source pixel of each result, counted from `origin` */
    int32_t *count;  /* weights of each result */
    int32_t *weight; /* groups of taps × 16 numbers; zero past the count of a result */
    void *packed;    /* what `pack` of the level wrote; only for an axis across */
} tn__weights;

/* Rounds n results up to whole groups. */
static inline int32_t tn__weights_padded(int32_t n)
{
    return (n + TN__WEIGHT_LANES - 1) / TN__WEIGHT_LANES * TN__WEIGHT_LANES;
}

/* Returns the index of a result's first number in `weight`. Its next taps follow at steps of 16. */
static inline ptrdiff_t tn__weights_at(const tn__weights *weights, int32_t result)
{
    const ptrdiff_t lane = result & (TN__WEIGHT_LANES - 1);
    return (ptrdiff_t)(result - lane) * weights->taps + lane;
}

/* Upper bound of tn__weights.taps. */
int32_t tn__weights_taps(const tn_px_axis *axis);
/* Bytes of the weights, at every level. */
size_t tn__weights_bytes(const tn__axis *axis);
/* Bytes of scratch needed to compute them. */
size_t tn__weights_scratch(const tn__axis *axis);
/* Sets n, and the arrays inside 64-byte aligned memory. */
void tn__weights_place(const tn__axis *axis, void *memory, tn__weights *out);

#endif
