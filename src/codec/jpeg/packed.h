/* SPDX-License-Identifier: MIT */
/* A packed JPEG: header, trailer, and the quantised coefficients of a baseline file without Huffman
 * codes. data/pack/PACK.md describes the bytes.
 *
 * Whatever the scan itself says is left out; all else is kept as it was, so the file can be written
 * anew, bit for bit. A file is packed only if that was tried and came out right. */
#ifndef TENCH_CODEC_JPEG_PACKED_H
#define TENCH_CODEC_JPEG_PACKED_H

#include "base/arena.h"
#include "base/blob.h"
#include "codec/codec.h"
#include "jpeg/pack.h"

/* Offsets of a record's parts; PACK.md's table. */
enum {
    TN__PACKED_CHECKSUM = 8, /* of all from TN__PACKED_SIZE up to the first row */
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
    TN__PACKED_TAIL = 128       /* zero bytes behind the last row */
};

extern const tn__codec tn__codec_packed;

/* Packs a JPEG and tries whether it can be restored. `out` gets the record. TN__NOT_MINE: it is not
 * a baseline file, or not as it was when restored; store it as it is. TN_ENOMEM, TN_ELIMIT. */
int tn__packed_make(tn__bytes jpeg, int32_t layout, tn__arena *arena, tn__blob *out);
/* Writes the JPEG anew and compares its hash. TN_EDECODE. */
int tn__packed_restore(tn__bytes bytes, tn__blob *out);

#endif
