/* SPDX-License-Identifier: MIT */
/* The footer of a Parquet file: its columns, row groups, and texts of its writer. */
#ifndef TENCH_DATA_PARQUET_META_H
#define TENCH_DATA_PARQUET_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Types of columns that tench reads (parquet.thrift, Type). */
enum {
    TN__PARQUET_BOOL = 0,
    TN__PARQUET_INT32 = 1,
    TN__PARQUET_INT64 = 2,
    TN__PARQUET_FLOAT = 4,
    TN__PARQUET_DOUBLE = 5,
    TN__PARQUET_BYTES = 6
};

typedef struct tn__parquet_column {
    size_t path; /* in `texts`: names from the top, joined by dots */
    int32_t type;
    bool is_unsigned;   /* of integers */
    uint32_t max_level; /* the definition level of a value that is there */
    uint32_t n_lists;   /* that it is in: the repetition level of a value at most */
} tn__parquet_column;

/* The values of a column in a row group. */
typedef struct tn__parquet_chunk {
    int32_t codec;          /* of unpack.h */
    int64_t offset, length; /* of its pages in the file */
    int64_t n_unpacked;     /* bytes of its pages without compression, heads counted */
    int64_t n_values;       /* nulls count */
} tn__parquet_chunk;

typedef struct tn__parquet_meta {
    uint8_t *footer;
    size_t n_footer;
    tn__text texts;
    size_t n_columns, n_groups;
    tn__parquet_column *columns;
    tn__parquet_chunk *chunks; /* n_columns for each group */
    const char *features;      /* in the footer: what Hugging Face's datasets wrote, JSON */
    size_t n_features;         /* 0: nothing */
} tn__parquet_meta;

/* Reads the footer of an open file of n_bytes. TN_EDECODE, TN_EIO, TN_ENOMEM. Free `out` also after
 * a failure. */
int tn__parquet_read(int descriptor, int64_t n_bytes, tn__parquet_meta *out);
void tn__parquet_free(tn__parquet_meta *meta);
const char *tn__parquet_path(const tn__parquet_meta *meta, size_t column);
/* Equal values take no room, so that a short file can tell of any number of them. TN_ELIMIT: the
 * column has more values than the file has bits. */
int tn__parquet_check_counts(const tn__parquet_meta *meta, int64_t column, int64_t n_bytes);
/* The column with this path; -1: there is none. */
int64_t tn__parquet_find(const tn__parquet_meta *meta, const char *path);

#endif
