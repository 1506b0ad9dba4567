/* SPDX-License-Identifier: MIT */
/* Finds the Parquet files of a data set, and the samples in one of them. */
#ifndef TENCH_DATA_PARQUET_FIND_H
#define TENCH_DATA_PARQUET_FIND_H

#include "data/container.h"
#include "data/parquet/columns.h"
#include "data/split_names.h"

/* Adds each image of a file to the draft: its name is the path that lies beside it, or else the
 * file's name and the row's number. TN_EDECODE, TN_EINVAL: the file lacks a column; TN_EIO,
 * TN_ELIMIT, TN_ENOMEM, TN_ESTOPPED. */
int tn__parquet_find_samples(const tn__container_file *file, const tn__parquet_columns *columns,
                             tn__draft *draft);

/* Finds the files at a root: it is one, or they lie in that folder or in its folder `data`. `split`
 * keeps those whose names begin with it, as in train-00000-of-00010.parquet; NULL keeps all.
 * `folder` becomes the folder that their paths begin in. TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__parquet_find_files(const char *root, const char *split, tn__text *folder, tn__shards *out);
/* The splits that the names of these files begin with. */
int tn__parquet_find_splits(const char *root, tn__splits *out);

#endif
