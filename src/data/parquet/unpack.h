/* SPDX-License-Identifier: MIT */
/* Decompresses pages, or their beginnings. */
#ifndef TENCH_DATA_PARQUET_UNPACK_H
#define TENCH_DATA_PARQUET_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* The codecs of parquet.thrift that tench knows. */
enum { TN__PARQUET_STORED = 0, TN__PARQUET_SNAPPY = 1, TN__PARQUET_GZIP = 2, TN__PARQUET_ZSTD = 6 };

/* TN_EDECODE: tench does not know the codec. */
int tn__parquet_check_codec(int32_t codec);
/* The most bytes that n_stored bytes of a known codec can become. */
int64_t tn__parquet_most(int32_t codec, int64_t n_stored);
/* Decompresses until `out` is full; the codec is known. TN_EDECODE: the data is damaged or ends
 * before; TN_ENOMEM. */
int tn__parquet_unpack(int32_t codec, const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out);

#endif
