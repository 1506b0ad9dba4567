/* SPDX-License-Identifier: MIT */
/* Makes Parquet files with a column of bytes, `image`. */
#ifndef TENCH_TESTS_MAKE_PARQUET_H
#define TENCH_TESTS_MAKE_PARQUET_H

#include "containers.h"

void write_plain_parquet(tn__blob *out, const member *members, size_t n);
/* Blocks of snappy are literal, so that the bytes of an image lie in the file as they are. */
void write_snappy_parquet(tn__blob *out, const member *members, size_t n);
void write_gzip_parquet(tn__blob *out, const member *members, size_t n);
void write_zstd_parquet(tn__blob *out, const member *members, size_t n);

#endif
