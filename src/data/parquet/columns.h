/* SPDX-License-Identifier: MIT */
/* Chooses the columns of a Parquet file that hold images, their paths, and labels; and finds the
 * names of the classes. */
#ifndef TENCH_DATA_PARQUET_COLUMNS_H
#define TENCH_DATA_PARQUET_COLUMNS_H

#include "base/text.h"
#include "data/classmap.h"
#include "data/parquet/meta.h"

/* Paths of columns; empty: there is none. */
typedef struct tn__parquet_columns {
    tn__text image, path, label;
    tn__classmap classes; /* of the labels; empty: they have no names */
} tn__parquet_columns;

/* `image` and `label` are what the user named; NULL: the features that Hugging Face's datasets
 * noted decide, then the names of the columns. TN_EINVAL: there is no such column; TN_ENOMEM. Free
 * `out` also after a failure. */
int tn__parquet_choose(const tn__parquet_meta *meta, const char *image, const char *label,
                       tn__parquet_columns *out);
void tn__parquet_columns_free(tn__parquet_columns *columns);

#endif
