/* SPDX-License-Identifier: MIT */
/* Reads labels that are not a single class: several classes, numbers, texts. */
#ifndef TENCH_DATA_PARQUET_LABELS_H
#define TENCH_DATA_PARQUET_LABELS_H

#include "data/labels.h"
#include "data/parquet/meta.h"

/* Adds the label of each row of a row group, which has n_rows. TN_EINVAL: labels have different
 * lengths; TN_EDECODE, TN_EIO, TN_ENOMEM. */
int tn__parquet_add_labels(int descriptor, const tn__parquet_column *column,
                           const tn__parquet_chunk *chunk, int64_t n_rows, tn__labels *out);

#endif
