/* SPDX-License-Identifier: MIT */
/* A data set: a source, and how its files become images. Immutable after its creation, counted. */
#ifndef TENCH_DATA_DATASET_H
#define TENCH_DATA_DATASET_H

#include <stdatomic.h>
#include <stdbool.h>

#include "codec/codec.h"
#include "data/source.h"
#include "tench.h"

struct tn_dataset {
    atomic_int references;
    tn__source *source;
    int32_t mode; /* TN_RGB, TN_GREY */
    bool orient;
    int64_t max_pixels, max_file_bytes;
};

tn_dataset *tn__dataset_keep(tn_dataset *dataset);
/* Reads the image part of a sample into `buffer`; errors carry stage "read" and the sample's name.
 */
int tn__dataset_read(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer);
/* Opens a class folder as a source (data/folder.c). */
tn__source *tn__folder_open(const tn_dataset_options *options);

#endif
