/* SPDX-License-Identifier: MIT */
/* libjpeg behind a fence: reading a JPEG from memory without its exit(), its stderr and its longjmp
 * reaching anybody.
 *
 * Every call into the library runs inside tn__libjpeg_run, the one place with a setjmp. A step that
 * fails (a fatal error, or data that ends too early) comes back as a status; the reader can then
 * only be closed. */
#ifndef TENCH_CODEC_JPEG_LIBJPEG_H
#define TENCH_CODEC_JPEG_LIBJPEG_H

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#include "codec/codec.h"

/* Progressive files are read scan by scan over the whole image, so that a small file can cost any
 * amount of time. Real encoders write about ten; Pillow has no limit. */
enum { TN__LIBJPEG_MAX_SCANS = 500 };

enum { TN__LIBJPEG_LINE_TAIL = 64 }; /* bytes */

extern const tn__codec tn__codec_libjpeg;

typedef struct tn__libjpeg {
    struct jpeg_decompress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf fence;
    bool truncated; /* the data ended where more was needed */
    size_t n_bytes;
    tn__trouble first; /* of the first warning; else of the failure */
} tn__libjpeg;

typedef void tn__libjpeg_step(tn__libjpeg *jpeg, void *argument);

/* Makes the reader and parses all up to the first scan. The bytes are borrowed until close. Close
 * it also after a failure. */
int tn__libjpeg_open(tn__libjpeg *jpeg, tn__bytes bytes);
void tn__libjpeg_close(tn__libjpeg *jpeg);
/* Runs one step; TN_EDECODE, TN_ENOMEM or TN_ELIMIT when the library gave up in it. */
int tn__libjpeg_run(tn__libjpeg *jpeg, tn__libjpeg_step *step, void *argument);
/* Writes the `out->w` pixels at `samples` to row `row` of `out`. The samples have `channels` (1
 * grey, 3 RGB, 4 CMYK stored inverted) interleaved, with TN__LIBJPEG_LINE_TAIL readable bytes
 * behind them; `out` has 3 planes (RGB) or 1 (L). */
void tn__libjpeg_put_row(const tn_px_image *out, int32_t row, const uint8_t *samples,
                         int32_t channels);

#endif
