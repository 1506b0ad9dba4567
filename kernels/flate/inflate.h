/* SPDX-License-Identifier: MIT */
/* Inflate: decompresses deflate data (RFC 1951), plain or in a wrapper of zlib (RFC 1950) or gzip
 * (RFC 1952).
 *
 * Input and output come in pieces of any length. The decoder reads nothing past the end of a piece
 * of input, and writes nothing past the end of the output. A match copies earlier output, which
 * must still lie before `out`: at least its last TN__FLATE_WINDOW bytes, or all of it.
 *
 *     tn__inflate_open(&inflate, TN__FLATE_ZLIB);
 *     tn__inflate_io io = {piece, piece + size, output, output, output + room};
 *     const int status = tn__inflate_run(&inflate, &io);
 *
 * A stream is accepted or refused where zlib does so. All levels give the same bytes and verdicts,
 * wherever pieces are cut. */
#ifndef TENCH_FLATE_INFLATE_H
#define TENCH_FLATE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flate/codes.h"

enum { TN__FLATE_RAW, TN__FLATE_ZLIB, TN__FLATE_GZIP }; /* wrappers */
enum { TN__FLATE_WINDOW = 32768 };                      /* how far back a match can reach */

/* What tn__inflate_run returns. */
enum {
    TN__FLATE_DONE,        /* the stream is complete, and its checksum is right */
    TN__FLATE_NEEDS_INPUT, /* `in` is at its end: the piece is used up */
    TN__FLATE_OUTPUT_FULL, /* `out` is at its end, and the next symbol makes output */
    TN__FLATE_BAD          /* `reason` says why; more calls give the same answer */
};

typedef struct tn__inflate_io {
    const uint8_t *in, *in_end;
    const uint8_t *window; /* the first byte of earlier output that a match may reach */
    uint8_t *out, *out_end;
} tn__inflate_io;

typedef struct tn__inflate {
    uint64_t bits;   /* the next bits of input, from the lowest; zeros above them */
    uint32_t n_bits; /* how many of them are read */
    int32_t step, wrapper;
    bool is_last;                                /* the block in hand is the last one */
    bool is_fixed;                               /* the tables are those of fixed codes */
    uint32_t length, distance;                   /* of a match: what is still to copy */
    uint32_t left;                               /* bytes of a stored block, or of a gzip field */
    uint32_t flags;                              /* gzip: optional fields that still follow */
    uint32_t sum, n_out;                         /* of the output so far; n_out is modulo 2^32 */
    uint32_t n_literals, n_lengths, n_order, at; /* the code lengths of a block */
    uint8_t lengths[TN__FLATE_LITERALS + TN__FLATE_DISTANCES];
    const char *reason; /* static: why the stream is bad */
    tn__flate_tables tables;
} tn__inflate;

/* Begins a stream. `wrapper` is TN__FLATE_RAW, _ZLIB or _GZIP (one member). */
void tn__inflate_open(tn__inflate *inflate, int32_t wrapper);
/* Decodes until one of the four statuses is reached, and moves `in` and `out`. After
 * TN__FLATE_DONE, `in` is the first byte after the stream. */
int tn__inflate_run(tn__inflate *inflate, tn__inflate_io *io);

/* Decodes symbols of one block as long as input and output have room to spare. It stops before the
 * end of the block and before a code that is not known. A match that it does not copy, since that
 * is too long or reaches too far, it leaves in `length` and `distance`. Chosen by level. */
typedef void tn__inflate_fast(tn__inflate *inflate, tn__inflate_io *io);
tn__inflate_fast tn__inflate_scalar, tn__inflate_avx2;

#endif
