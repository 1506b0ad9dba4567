/* SPDX-License-Identifier: MIT */
/* Walks over the values of a column in one row group, page by page: data pages of both versions,
 * plain values and those of a dictionary. */
#ifndef TENCH_DATA_PARQUET_PAGES_H
#define TENCH_DATA_PARQUET_PAGES_H

#include "data/parquet/meta.h"

/* How the bytes of a value are stored in the file. */
enum {
    TN__STORED_PLAIN,  /* as they are */
    TN__STORED_BLOCKS, /* in the whole blocks of snappy that hold them */
    TN__STORED_SNAPPY, /* in a page that must be decompressed from its beginning */
    TN__STORED_GZIP,
    TN__STORED_ZSTD,
    TN__STORED_LITERALS /* in literals of snappy, with tags between them */
};

/* Where they are. */
typedef struct tn__stored {
    int32_t how;
    int64_t offset, length; /* of the stored bytes in the file */
    uint32_t skip;          /* bytes to leave out once they are decompressed; of literals: how
                               many bytes the first one has */
} tn__stored;

typedef struct tn__parquet_value {
    bool is_null;
    bool is_more;         /* in a list: it belongs to the row of the value before */
    int64_t number;       /* an integer, at most INT64_MAX; a truth value is 0 or 1 */
    double real;          /* of all numbers */
    const uint8_t *bytes; /* of byte arrays, until the next value */
    size_t n_bytes;
    tn__stored stored;
} tn__parquet_value;

/* A status other than TN_OK ends the walk. */
typedef int tn__parquet_visit(void *context, const tn__parquet_value *value);

/* Visits all values of a chunk, nulls too. An empty list counts as a null. TN_EDECODE: damage, or
 * something that tench does not read; TN_EIO, TN_ENOMEM. */
int tn__parquet_walk(int descriptor, const tn__parquet_column *column,
                     const tn__parquet_chunk *chunk, tn__parquet_visit *visit, void *context);

#endif
