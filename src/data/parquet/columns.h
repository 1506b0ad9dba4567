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
    tn__text image, path;
    tn__text label;       /* one class: integers, or texts that name it */
    tn__text more;        /* labels of another kind */
    int32_t kind;         /* of these: TN_LABEL_INTS, _FLOATS, _TEXT; else TN_LABEL_INT */
    tn__classmap classes; /* of the labels; empty: they have no names */
} tn__parquet_columns;

/* What the user named. */
typedef struct tn__parquet_wish {
    const char *image, *label; /* NULL: the features that Hugging Face's datasets noted decide, then
                                  the names of the columns */
    bool is_text;              /* labels are texts, not names of classes */
} tn__parquet_wish;

/* TN_EINVAL: there is no such column, or it cannot be what it should; TN_ENOMEM. Free `out` also
 * after a failure. */
int tn__parquet_choose(const tn__parquet_meta *meta, const tn__parquet_wish *wish,
                       tn__parquet_columns *out);
void tn__parquet_columns_free(tn__parquet_columns *columns);

#endif
