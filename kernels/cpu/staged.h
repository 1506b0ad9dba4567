/* SPDX-License-Identifier: MIT */
/* The last write of a staged batch, row by row: what tn_px_finish_value says of each value. */
#ifndef TENCH_CPU_STAGED_H
#define TENCH_CPU_STAGED_H

#include "cpu/finish.h"

/* A whole batch: bytes and a record a sample. Behind the last sample 64 bytes can be read. */
typedef struct tn__staged {
    const tn__finish *finish;
    const tn_px_finish *px; /* its constants, with what concerns the batch */
    uint8_t *staging;       /* only read */
    const tn_px_record *records;
} tn__staged;

/* Bytes of scratch that a row may take. */
size_t tn__staged_scratch(const tn_px_finish *px);
/* Writes row `row` of the output to `out`, of row_bytes. The samples are staged as planes. */
void tn__staged_finish(const tn__staged *staged, int32_t row, void *scratch, void *out);

#endif
