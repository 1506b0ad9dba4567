/* SPDX-License-Identifier: MIT */
/* A resize under way: the passes between a source and strips of its result. resample.c says which
 * passes and how much of them, passes.c carries them out. */
#ifndef TENCH_CPU_PASSES_H
#define TENCH_CPU_PASSES_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/rows.h"
#include "cpu/weights.h"
#include "px/image.h"

enum { TN__STRIP = 8 }; /* rows; a multiple of those that a horizontal pass takes together */

/* One axis: the wanted results see the source pixels first…end-1. */
typedef struct tn__axis_plan {
    bool filtered;
    tn__axis axis;
    int32_t first, end;
} tn__axis_plan;

/* Source pixel of a result pixel for the nearest filter: Pillow adds the scale up, pixel by
 * pixel. */
typedef struct tn__walk {
    double at, scale;
    int32_t last;
} tn__walk;

static inline int32_t tn__walk_next(tn__walk *walk)
{
    const int32_t pixel = walk->at < (double)walk->last ? (int32_t)walk->at : walk->last;
    walk->at += walk->scale;
    return pixel;
}

/* Rows of `w` pixels, with the readable bytes behind. */
typedef struct tn__block {
    uint8_t *pixels;
    ptrdiff_t stride;
} tn__block;

typedef struct tn__passes {
    const tn__rows *rows_of_level;
    const tn_px_image *src;
    tn__axis_plan columns, rows;
    bool vertical_first;
    const tn__weights *across, *down; /* NULL: no such pass */
    tn__weights own_across, own_down; /* where no cache has them */
    void *across_memory, *down_memory, *making;
    /* Between the passes: after a horizontal one all rows, their channels side by side; after a
     * vertical one a strip of one channel. */
    tn__block middle;
    int32_t ready;       /* rows of the middle that are made */
    tn__block strip;     /* of the result, its channels side by side */
    tn__walk walk;       /* nearest: down the rows */
    int32_t *nearest_of; /* nearest: the source column of each column */
} tn__passes;

/* Rows y…y+n-1 of the result, to be made. */
typedef struct tn__target {
    int32_t y, n;
    uint8_t *row[TN_PX_MAX_CHANNELS]; /* row y of each channel */
    ptrdiff_t stride;
} tn__target;

/* Makes the target's rows. Strips follow each other from row 0 on. */
void tn__passes_strip(tn__passes *passes, const tn__target *to);

#endif
