/* SPDX-License-Identifier: MIT */
/* The last write of a staged batch, row by row. tn_px_finish_value defines each value. */
#ifndef TENCH_CPU_STAGED_H
#define TENCH_CPU_STAGED_H

#include "cpu/finish.h"

/* A whole batch: bytes, and one record for each sample. 64 readable bytes follow the last sample.
 */
typedef struct tn__staged {
    const tn__finish *finish;
    const tn_px_finish *px; /* the constants of `finish`, and those of the batch */
    uint8_t *staging;       /* not changed */
    const tn_px_record *records;
} tn__staged;

/* Bytes of scratch for one row. */
size_t tn__staged_scratch(const tn_px_finish *px);
/* Writes row `row` of the output to `out`. The samples are staged as planes. */
void tn__staged_finish(const tn__staged *staged, int32_t row, void *scratch, void *out);

#endif
