/* SPDX-License-Identifier: MIT */
/* A packed JPEG: header, trailer, and the quantised coefficients of a baseline file without Huffman
 * codes. data/pack/PACK.md describes the bytes.
 *
 * A record leaves out what can be computed from the coefficients, and keeps the rest unchanged, so
 * the file can be restored bit for bit. Packing restores every file on trial, and packs only those
 * that come out equal. */
#ifndef TENCH_CODEC_JPEG_PACKED_H
#define TENCH_CODEC_JPEG_PACKED_H

#include "base/arena.h"
#include "base/blob.h"
#include "codec/codec.h"
#include "jpeg/pack.h"

/* Offsets of a record's parts, as in PACK.md. */
enum {
    TN__PACKED_CHECKSUM = 8, /* over everything from TN__PACKED_SIZE up to the first row */
    TN__PACKED_SIZE = 16,
    TN__PACKED_JPEG_SIZE = 24,
    TN__PACKED_JPEG_HASH = 32,
    TN__PACKED_HEADER_SIZE = 48,
    TN__PACKED_TRAILER_SIZE = 52,
    TN__PACKED_ROWS = 56,
    TN__PACKED_LAYOUT = 60,
    TN__PACKED_FILLING = 61,
    TN__PACKED_COMPONENTS = 62,
    TN__PACKED_ORDERS = 64,
    TN__PACKED_ORDER_SIZE = 64, /* for each component */
    TN__PACKED_ROW_ENTRY = 8,   /* bytes: end and checksum of a row of MCUs */
    TN__PACKED_TAIL = 128       /* zero bytes after the last row */
};

extern const tn__codec tn__codec_packed;

/* Packs a JPEG, and checks that it can be restored. `out` gets the record. TN__NOT_MINE: it is not
 * a baseline file, or restoring changed it; store it unchanged. TN_ENOMEM, TN_ELIMIT. */
int tn__packed_make(tn__bytes jpeg, int32_t layout, tn__arena *arena, tn__blob *out);
/* Restores the JPEG and compares its hash. TN_EDECODE. */
int tn__packed_restore(tn__bytes bytes, tn__blob *out);

#endif
