/* SPDX-License-Identifier: MIT */
/* A packed JPEG: header, trailer, and the quantised coefficients of a baseline file without Huffman
 * codes. data/pack/PACK.md describes the bytes.
 *
 * Whatever the scan itself says is left out; all else is kept as it was, so the file can be written
 * anew, bit for bit. A file is packed only if that was tried and came out right. */
#ifndef TENCH_CODEC_JPEG_PACKED_H
#define TENCH_CODEC_JPEG_PACKED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/hash.h"
#include "codec/jpeg/frame.h"
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
extern const uint8_t tn__packed_magic[8];

/* A record whose head was read and checked. */
typedef struct tn__packed {
    tn__bytes bytes;
    tn__jpeg_frame frame;
    int32_t layout;
    int32_t filling;
    uint64_t jpeg_size;
    const uint8_t *jpeg_hash; /* XXH3, 128 bits, canonical */
    tn__bytes header, trailer;
    tn__pack_order order[TN__JPEG_MAX_COMPONENTS];
    const uint8_t *table; /* of rows */
    size_t rows_at;
} tn__packed;

/* True if the bytes begin as a record of any version. */
bool tn__packed_sniff(tn__bytes bytes);
/* Reads and checks all before the rows; bytes may end before the record does if it is only `head`
 * that is wanted. TN_EDECODE: the message says what is damaged. */
int tn__packed_read(tn__bytes bytes, bool head, tn__packed *record);

/* Walks over the block rows of a row of MCUs. */
typedef struct tn__packed_walk {
    const uint8_t *at, *end;
    int32_t mcu_row;
} tn__packed_walk;
/* Checks the bytes of a row of MCUs and begins with its first block row. TN_EDECODE. */
int tn__packed_walk_begin(const tn__packed *record, int32_t mcu_row, tn__packed_walk *walk);
/* The next block row, which is component c's. TN_EDECODE. */
int tn__packed_walk_next(const tn__packed *record, tn__packed_walk *walk, int32_t c,
                         tn__pack_row *row);
/* Behind the last block row nothing is left. TN_EDECODE. */
int tn__packed_walk_end(const tn__packed_walk *walk);
/* TN_EDECODE: row of MCUs `mcu_row` is damaged. */
int tn__packed_damaged(int32_t mcu_row);

/* Packs a JPEG and tries whether it can be restored. `out` gets the record. TN__NOT_MINE: it is not
 * a baseline file, or not as it was when restored; store it as it is. TN_ENOMEM, TN_ELIMIT. */
int tn__packed_make(tn__bytes jpeg, int32_t layout, tn__arena *arena, tn__blob *out);
/* Writes the JPEG anew and compares its hash. TN_EDECODE. */
int tn__packed_restore(tn__bytes bytes, tn__blob *out);

#endif
