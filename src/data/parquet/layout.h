/* SPDX-License-Identifier: MIT */
/* Finds the Parquet files of a data set, and their splits. Repositories of the Hugging Face Hub
 * have them in the folder `data`, in `default`, or in one with the name of a configuration; there
 * the name of a file tells its split, or the name of the folder that it lies in. */
#ifndef TENCH_DATA_PARQUET_LAYOUT_H
#define TENCH_DATA_PARQUET_LAYOUT_H

#include "base/text.h"
#include "data/root.h"
#include "data/shards.h"
#include "data/split_names.h"

/* Where to look. */
typedef struct tn__parquet_place {
    const char *root;
    bool has_card; /* its README.md must agree (card.h) */
} tn__parquet_place;

/* Finds the files at a root, those of a split or all of them (NULL). `folder` becomes the folder
 * that their paths begin in. TN_EINVAL: there are several configurations, or the card does not
 * agree; TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__parquet_find_files(const tn__parquet_place *place, const char *split, tn__text *folder,
                           tn__shards *out);
/* The splits that these files have. TN_END: there are no files. */
int tn__parquet_find_splits(const tn__parquet_place *place, tn__splits *out);
/* 1 if the root is a folder of a repository with Parquet files, 0 if not; a negative status. Looks
 * at few names, since every folder is asked. */
int tn__parquet_is_repository(tn__root_facts *root);

#endif
