/* SPDX-License-Identifier: MIT */
/* Decompresses pages, or their beginnings. */
#ifndef TENCH_DATA_PARQUET_UNPACK_H
#define TENCH_DATA_PARQUET_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "flate/inflate.h"

/* The codecs of parquet.thrift that tench knows. */
enum { TN__PARQUET_STORED = 0, TN__PARQUET_SNAPPY = 1, TN__PARQUET_GZIP = 2, TN__PARQUET_ZSTD = 6 };

/* TN_EDECODE: tench does not know the codec. */
int tn__parquet_check_codec(int32_t codec);
/* The most bytes that n_stored bytes of a known codec can become. */
int64_t tn__parquet_most(int32_t codec, int64_t n_stored);

/* A decoder of gzip or zstd, which takes a page whole or piece by piece. Begin with {0}. */
typedef struct tn__unpacker {
    int32_t codec;
    tn__inflate *inflate;
    struct ZSTD_DCtx_s *zstd;
} tn__unpacker;

/* Decompresses a page until `out` is full; the codec is known. gzip and zstd leave their decoder in
 * `unpacker` for the next page; it may be NULL for other codecs. TN_EDECODE: the data is damaged or
 * ends before; TN_ENOMEM. */
int tn__parquet_unpack(tn__unpacker *unpacker, int32_t codec, const uint8_t *in, size_t n_in,
                       uint8_t *out, size_t n_out);

/* Begins a page. TN_ENOMEM. */
int tn__unpacker_open(tn__unpacker *unpacker, int32_t codec);
void tn__unpacker_free(tn__unpacker *unpacker);
/* Decodes as far as input and output reach, and moves both. The output before `out` is there as
 * tn__inflate_run wants it. No output: the data needs more input, or is at its end. TN_EDECODE. */
int tn__unpacker_run(tn__unpacker *unpacker, tn__inflate_io *io);
/* Says that the data ends before the page does; TN_EDECODE. */
int tn__unpack_too_early(int32_t codec);

#endif
