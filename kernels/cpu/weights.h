/* SPDX-License-Identifier: MIT */
/* The integer weights of one axis of a resize, for the results that are wanted. */
#ifndef TENCH_CPU_WEIGHTS_H
#define TENCH_CPU_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "px/filter.h"

typedef struct tn__weights {
    int32_t n;       /* results */
    int32_t taps;    /* weights stored per result: the most that one has, made even */
    int32_t width;   /* source pixels that the results see together */
    int32_t *first;  /* n: the first source pixel of each result, counted from `origin` */
    int32_t *count;  /* n: weights of each result */
    int32_t *weight; /* n × taps, zero behind each result's count */
    int32_t origin;  /* the source pixel that the first result begins with */
} tn__weights;

/* Upper bound of tn__weights.taps. */
int32_t tn__weights_taps(const tn_px_axis *axis);
/* Bytes of memory that tn__weights_make takes for n results. */
size_t tn__weights_bytes(const tn_px_axis *axis, int32_t n);
/* Weights of the results from…from+n-1. `memory`: 64-byte aligned. */
void tn__weights_make(int32_t filter, const tn_px_axis *axis, int32_t from, int32_t n, void *memory,
                      tn__weights *out);

#endif
