/* SPDX-License-Identifier: MIT */
/* Writes a baseline scan: encodes coefficients with the file's own Huffman tables.
 *
 * A block can be encoded in one way only, so the coefficients of a scan give its bytes again. Only
 * the bits that pad the last byte of an interval are free: they are all 1, or all 0 in some
 * files. */
#ifndef TENCH_CODEC_JPEG_EMIT_H
#define TENCH_CODEC_JPEG_EMIT_H

#include "base/blob.h"
#include "codec/jpeg/frame.h"
#include "jpeg/pack.h"

/* Code and length of each symbol; length 0: it has no code. */
typedef struct tn__jpeg_codes {
    uint16_t code[256];
    uint8_t length[256];
} tn__jpeg_codes;

/* The blocks of a row of MCUs, by component and block row. */
typedef struct tn__jpeg_blocks {
    tn__pack_block *row[TN__JPEG_MAX_COMPONENTS][2];
} tn__jpeg_blocks;

typedef struct tn__jpeg_emitter {
    const tn__jpeg_frame *frame;
    tn__jpeg_codes dc[TN__JPEG_TABLES], ac[TN__JPEG_TABLES];
    int32_t predictor[TN__JPEG_MAX_COMPONENTS];
    uint64_t bits;   /* pending bits, at the low end */
    int32_t n_bits;  /* number of pending bits */
    int32_t left;    /* MCUs before the next restart marker */
    int32_t marker;  /* number of the next restart marker */
    int32_t filling; /* the padding bit, 0 or 1 */
} tn__jpeg_emitter;

void tn__jpeg_emit_begin(tn__jpeg_emitter *emitter, const tn__jpeg_frame *frame, int32_t filling);
/* Adds a row of MCUs. TN__NOT_MINE: the tables lack a code. TN_ENOMEM. */
int tn__jpeg_emit_row(tn__jpeg_emitter *emitter, const tn__jpeg_blocks *blocks, tn__blob *out);
/* Adds the rest of the last byte. */
int tn__jpeg_emit_end(tn__jpeg_emitter *emitter, tn__blob *out);

#endif
