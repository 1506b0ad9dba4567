/* SPDX-License-Identifier: MIT */
/* The last write of a sample: planar u8 to the row of the output tensor.
 *
 * Normalise, convert and lay out in one pass; then erased boxes are filled. The device kernel does
 * the same from the same record. Rows may be written while they are made: a writer takes them one
 * by one. value = convert(fmaf((float)v, scale, bias)), or a table of 256 values per channel. */
#ifndef TENCH_CPU_FINISH_H
#define TENCH_CPU_FINISH_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/arrange_rows.h"
#include "cpu/finish_rows.h"
#include "px/finish.h"

typedef struct tn__finish {
    tn_px_finish px; /* without what concerns a batch: mix, sides, staging */
    /* Scale and bias as rows->norm_… take them: of a plane, or of all channels in turn. */
    float scales[TN_PX_MAX_CHANNELS][TN__NORM_PERIOD];
    float biases[TN_PX_MAX_CHANNELS][TN__NORM_PERIOD];
    uint32_t table[TN_PX_MAX_CHANNELS][256]; /* of TN_PX_TABLE: bits in the output's dtype */
} tn__finish;

/* Fills the constants. mean and std hold `channels` numbers; NULL: not normalised (values are v for
 * u8, v/255 as fmaf(v, 1/255, 0) for floats). compat_timm: the table of timm's prefetcher (mean·255
 * and std·255 rounded to the dtype, then subtract, then divide, each rounded in the dtype). u8
 * output ignores mean and std, except in what erasing writes: the rounded 255·mean, and noise of
 * 255 times that mean and std. */
void tn__finish_init(tn__finish *finish, int32_t dtype, int32_t layout, int32_t channels,
                     const double *mean, const double *std, bool compat_timm);
/* The row of the output that a sample becomes. */
typedef struct tn__writer {
    const tn__finish *finish;
    const tn_px_record *record;
    const tn__arrange_rows *arrange;
    const tn__finish_rows *finish_rows;
    uint8_t *out;  /* contiguous */
    int32_t bytes; /* of a value */
    int32_t turn;  /* channels that follow each other in the output: 1 for planes */
} tn__writer;

/* Where a record->w × record->h sample goes. All is borrowed as long as the writer is used. */
tn__writer tn__writer_begin(const tn__finish *finish, const tn_px_record *record, void *out);
/* Writes row y of the sample; `row` has a pointer to its pixels for each channel. */
void tn__writer_row(const tn__writer *writer, int32_t y, const uint8_t *const *row);
/* Fills the erased boxes, once all rows are written. `boxes` holds all of the record's. */
void tn__writer_end(const tn__writer *writer, const tn_px_box *boxes);
/* All of that for an image of record->w × record->h. */
void tn__finish_sample(const tn__finish *finish, const tn_px_record *record, const tn_px_box *boxes,
                       const tn_px_image *pixels, void *out);

#endif
