/* SPDX-License-Identifier: MIT */
/* The last write of a sample: from planar u8 to the row of the output tensor.
 *
 * One pass normalises, converts and lays out the values; then erased boxes are filled. The device
 * kernel does the same from the same record. A writer takes rows one by one, so a resize can pass
 * on each row when it is ready. value = convert(fmaf((float)v, scale, bias)), or an entry of a
 * table with 256 values per channel. */
#ifndef TENCH_CPU_FINISH_H
#define TENCH_CPU_FINISH_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/arrange_rows.h"
#include "cpu/finish_rows.h"
#include "px/finish.h"

typedef struct tn__finish {
    tn_px_finish px; /* all but the constants of a batch: mix, sides, staging */
    /* Scale and bias, repeated as rows->norm_… take them: for one plane, or for all channels in
     * turn. */
    float scales[TN_PX_MAX_CHANNELS][TN__NORM_PERIOD];
    float biases[TN_PX_MAX_CHANNELS][TN__NORM_PERIOD];
    uint32_t table[TN_PX_MAX_CHANNELS][256]; /* TN_PX_TABLE: bits in the output's dtype */
} tn__finish;

/* Computes the constants. mean and std hold `channels` numbers each. NULL means not normalised:
 * values are v for u8, and v/255 as fmaf(v, 1/255, 0) for floats. compat_timm selects the table of
 * timm's prefetcher: mean·255 and std·255 rounded to the dtype, then subtract, then divide, each
 * rounded to the dtype. u8 output ignores mean and std, but erasing does not: it writes the rounded
 * 255·mean, or noise times 255·std plus 255·mean. */
void tn__finish_init(tn__finish *finish, int32_t dtype, int32_t layout, int32_t channels,
                     const double *mean, const double *std, bool compat_timm);
/* Writes one sample to its row of the output. */
typedef struct tn__writer {
    const tn__finish *finish;
    const tn_px_record *record;
    const tn__arrange_rows *arrange;
    const tn__finish_rows *finish_rows;
    uint8_t *out;  /* contiguous */
    int32_t bytes; /* of a value */
    int32_t turn;  /* channels that lie side by side in the output; 1 for planes */
} tn__writer;

/* Makes a writer for a record->w × record->h sample. It borrows all three until its last use. */
tn__writer tn__writer_begin(const tn__finish *finish, const tn_px_record *record, void *out);
/* Writes row y of the sample. `row` has one pointer for each channel. */
void tn__writer_row(const tn__writer *writer, int32_t y, const uint8_t *const *row);
/* Fills the erased boxes. Call it after the last row. `boxes` holds all boxes of the record. */
void tn__writer_end(const tn__writer *writer, const tn_px_box *boxes);
/* Does all of this for an image of record->w × record->h. */
void tn__finish_sample(const tn__finish *finish, const tn_px_record *record, const tn_px_box *boxes,
                       const tn_px_image *pixels, void *out);

#endif
