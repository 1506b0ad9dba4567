/* SPDX-License-Identifier: MIT */
/* Finds the samples in a Parquet file. */
#ifndef TENCH_DATA_PARQUET_FIND_H
#define TENCH_DATA_PARQUET_FIND_H

#include "data/container.h"
#include "data/parquet/columns.h"

/* Adds each image of a file to the draft: its name is the path that lies beside it, or else the
 * file's name and the row's number. TN_EDECODE, TN_EINVAL: the file lacks a column; TN_EIO,
 * TN_ELIMIT, TN_ENOMEM, TN_ESTOPPED. */
int tn__parquet_find_samples(const tn__container_file *file, const tn__parquet_columns *columns,
                             tn__draft *draft);

#endif
