/* SPDX-License-Identifier: MIT */
/* The filtered rows of a PNG file, one after the other: finds the pieces of image data and inflates
 * them. It stops right after the last row that is wanted.
 *
 * Verdicts are those of Pillow 13.0, which takes one piece after the other and looks at nothing
 * after the piece that completes the last row. */
#ifndef TENCH_PNG_STREAM_H
#define TENCH_PNG_STREAM_H

#include "codec/png/chunks.h"
#include "flate/inflate.h"

enum { TN__PNG_ROWS = 4 }; /* the most rows that a call gives: those of a wave */

typedef struct tn__png_stream {
    tn__png *png;
    tn__inflate *inflate;
    tn__inflate_io io;
    uint8_t *buffer, *buffer_end;
    const uint8_t *row;  /* the next row */
    uint64_t to_inflate; /* bytes that are wanted and still to come */
    uint64_t piece_made; /* bytes that the piece in hand has made so far */
    bool ended;          /* the stream is complete */
} tn__png_stream;

/* Prepares to give rows with `n_bytes` in all; no row is longer than `longest`, its filter
 * included. */
int tn__png_stream_open(tn__png *png, uint64_t n_bytes, size_t longest, tn__arena *arena,
                        tn__png_stream *stream);
/* Bytes that it takes from the arena, at most. */
size_t tn__png_stream_bytes(uint64_t n_bytes, size_t longest);
/* Finds the next rows, at most `most` and TN__PNG_ROWS of them, with `length` bytes each. They lie
 * at `rows` until the next call, and the filter of each is a legal one. `n`: how many there are;
 * fewer than asked for if the stream ended early, after a whole row. */
int tn__png_stream_rows(tn__png_stream *stream, size_t length, int32_t most, const uint8_t **rows,
                        int32_t *n);

#endif
