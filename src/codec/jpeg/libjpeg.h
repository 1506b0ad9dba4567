/* SPDX-License-Identifier: MIT */
/* Reads a JPEG from memory with libjpeg, whose exit(), output and longjmp never reach the caller.
 *
 * A step that fails (by a fatal error, or because the data ends too early) returns a status. After
 * that the reader can only be closed. */
#ifndef TENCH_CODEC_JPEG_LIBJPEG_H
#define TENCH_CODEC_JPEG_LIBJPEG_H

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#include "codec/codec.h"

/* libjpeg reads a progressive file scan by scan over the whole image, so a small file could cost
 * any amount of time. Real encoders write about ten scans. Pillow has no limit. */
enum { TN__LIBJPEG_MAX_SCANS = 500 };

extern const tn__codec tn__codec_libjpeg;
extern const tn__spec tn__jpeg_spec; /* of the format, which other codecs decode too */

typedef struct tn__libjpeg {
    struct jpeg_decompress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf on_failure;
    bool truncated; /* the data ended too early */
    size_t n_bytes;
    tn__trouble first; /* the first warning, or else the failure */
} tn__libjpeg;

typedef void tn__libjpeg_step(tn__libjpeg *jpeg, void *argument);

/* Opens a reader and reads the header. It borrows the bytes. Close it also after a failure. */
int tn__libjpeg_open(tn__libjpeg *jpeg, tn__bytes bytes);
void tn__libjpeg_close(tn__libjpeg *jpeg);
/* Runs one step. TN_EDECODE, TN_ENOMEM or TN_ELIMIT: the library gave up in it. */
int tn__libjpeg_run(tn__libjpeg *jpeg, tn__libjpeg_step *step, void *argument);
/* The kind of the rows that the library gives: TN__ROW_GREY8, … The file has 1, 3 or 4 components.
 */
int32_t tn__libjpeg_row_kind(const tn__libjpeg *jpeg);

#endif
