/* SPDX-License-Identifier: MIT */
/* Reads a baseline scan MCU by MCU and past restart markers, from its start or from an entry of an
 * index.
 *
 * It unstuffs one interval at a time. If the scan has anything that no encoder writes, the stream
 * counts as damaged, and all further calls do nothing. */
#ifndef TENCH_CODEC_JPEG_SCAN_H
#define TENCH_CODEC_JPEG_SCAN_H

#include "base/arena.h"
#include "codec/jpeg/frame.h"
#include "codec/jpeg/index.h"

/* What all readers of a file share. */
typedef struct tn__jpeg_tables {
    tn__jpeg_mcu layout;
    tn__jpeg_dc_table dc[TN__JPEG_TABLES];
    tn__jpeg_ac_table ac[TN__JPEG_TABLES];
} tn__jpeg_tables;

typedef struct tn__jpeg_scan {
    const tn__jpeg_frame *frame;
    const tn__jpeg_tables *tables;
    tn__bytes bytes;
    size_t limit;       /* number of the file's bytes that may be read */
    uint8_t *unstuffed; /* bytes of the interval, up to the stream's `end` */
    size_t begin, end;  /* the interval in the file */
    int64_t mcu;        /* number of the next MCU */
    int32_t left;       /* MCUs before the next restart marker */
    tn__jpeg_stream stream;
    size_t counted, counted_full; /* unstuffed bytes already counted; those that are 0xff */
} tn__jpeg_scan;

/* Makes the tables that the frame's components use. `strip_at` and `row_size` are the offset of
 * each component in a strip and the size of its block rows, in coefficients. `skips`: blocks will
 * be skipped. */
void tn__jpeg_tables_make(const tn__jpeg_frame *frame, const size_t strip_at[],
                          const size_t row_size[], bool skips, tn__jpeg_tables *tables);
/* Bytes of memory for a reader of `n_bytes` of the file. */
size_t tn__jpeg_scan_bytes(size_t n_bytes);

/* Makes a reader, which borrows such memory. It has no position yet. */
tn__jpeg_scan tn__jpeg_scan_make(const tn__jpeg_frame *frame, const tn__jpeg_tables *tables,
                                 tn__bytes bytes, uint8_t *memory);
/* Moves to the scan's first MCU. */
void tn__jpeg_scan_start(tn__jpeg_scan *scan);
/* Moves to MCU `mcu` by an entry of an index. The reader reads no further than `end`. If decoding
 * restarts at this MCU (at the scan's start or after a restart marker), the entry must say so.
 */
void tn__jpeg_scan_seek(tn__jpeg_scan *scan, int64_t mcu, const tn__jpeg_entry *entry,
                        const tn__jpeg_entry *end);

/* Skips n MCUs. */
void tn__jpeg_scan_skip(tn__jpeg_scan *scan, int64_t n);
/* Decodes n MCUs to column `column` of a strip and the next ones. */
void tn__jpeg_scan_keep(tn__jpeg_scan *scan, int16_t *strip, int32_t column, int32_t n);
/* The same for two readers at the same column of two rows, faster than one after the other. */
void tn__jpeg_scan_skip_two(tn__jpeg_scan *const scans[2], int32_t n);
void tn__jpeg_scan_keep_two(tn__jpeg_scan *const scans[2], int16_t *const strips[2], int32_t column,
                            int32_t n);

/* Returns the place where the next MCU begins, or the scan ends. */
tn__jpeg_entry tn__jpeg_scan_place(tn__jpeg_scan *scan);
/* True if nothing was damaged and the reader stayed inside the data. */
bool tn__jpeg_scan_is_clean(const tn__jpeg_scan *scan);
/* True if the reader has read all MCUs and the end marker follows them. */
bool tn__jpeg_scan_has_ended(const tn__jpeg_scan *scan);

#endif
