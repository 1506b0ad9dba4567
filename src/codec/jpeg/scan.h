/* SPDX-License-Identifier: MIT */
/* Reading a baseline scan: MCU after MCU, over restart markers, from its start or from an entry of
 * an index.
 *
 * Bytes are taken out of their stuffing an interval at a time. What is not as an encoder writes it
 * marks the stream as damaged; all calls then do nothing. */
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
    size_t limit;       /* of the file's bytes that may be read */
    uint8_t *unstuffed; /* of the interval; what is behind it is the stream's `end` */
    size_t begin, end;  /* the interval in the file */
    int64_t mcu;        /* the next one's number */
    int32_t left;       /* MCUs up to the next restart marker */
    tn__jpeg_stream stream;
    size_t counted, counted_full; /* unstuffed bytes, and those of them that are 0xff */
} tn__jpeg_scan;

/* Makes the tables that the frame's components use. `strip_at`: where each component's first block
 * row lies in a strip, and `row_size` what one takes, in coefficients; `skips`: blocks will be
 * skipped. */
void tn__jpeg_tables_make(const tn__jpeg_frame *frame, const size_t strip_at[],
                          const size_t row_size[], bool skips, tn__jpeg_tables *tables);
/* Bytes of memory that a reader of `n_bytes` of the file takes. */
size_t tn__jpeg_scan_bytes(size_t n_bytes);

/* A reader with such memory, borrowed; it stands nowhere yet. */
tn__jpeg_scan tn__jpeg_scan_make(const tn__jpeg_frame *frame, const tn__jpeg_tables *tables,
                                 tn__bytes bytes, uint8_t *memory);
/* The scan's first MCU. */
void tn__jpeg_scan_start(tn__jpeg_scan *scan);
/* MCU `mcu`, at an entry of an index; no more is read than up to `end`. An entry where decoding
 * begins anew, at the scan's start or behind a restart marker, must say so. */
void tn__jpeg_scan_seek(tn__jpeg_scan *scan, int64_t mcu, const tn__jpeg_entry *entry,
                        const tn__jpeg_entry *end);

/* Passes over n MCUs. */
void tn__jpeg_scan_skip(tn__jpeg_scan *scan, int64_t n);
/* Decodes n MCUs to column `column` of a strip and on. */
void tn__jpeg_scan_keep(tn__jpeg_scan *scan, int16_t *strip, int32_t column, int32_t n);
/* The same for two readers at the same column of two rows, which takes less time than one after the
 * other. */
void tn__jpeg_scan_skip_two(tn__jpeg_scan *const scans[2], int32_t n);
void tn__jpeg_scan_keep_two(tn__jpeg_scan *const scans[2], int16_t *const strips[2], int32_t column,
                            int32_t n);

/* Where the next MCU begins, or the scan has ended. */
tn__jpeg_entry tn__jpeg_scan_place(tn__jpeg_scan *scan);
/* True if nothing was damaged, and no more was read than there is. */
bool tn__jpeg_scan_is_clean(const tn__jpeg_scan *scan);
/* True if all MCUs were read and the end marker follows them. */
bool tn__jpeg_scan_has_ended(const tn__jpeg_scan *scan);

#endif
