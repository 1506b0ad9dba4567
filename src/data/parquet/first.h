/* SPDX-License-Identifier: MIT */
/* The first Parquet file of a folder, which decides about the columns of all. */
#ifndef TENCH_DATA_PARQUET_FIRST_H
#define TENCH_DATA_PARQUET_FIRST_H

#include "data/parquet/meta.h"

/* Reads the footer of the file `name` in a folder. Messages do not name the file. TN_EDECODE,
 * TN_EIO, TN_ENOMEM. Free `out` also after a failure. */
int tn__parquet_read_file(const char *folder, const char *name, tn__parquet_meta *out);
/* 1 if the folder's first Parquet file, in the order of their names, has a column that looks like
 * images, or is damaged; 0 if it has none, or there is no file; a negative status: the system
 * cannot tell. */
int tn__parquet_has_images(const char *folder);

#endif
