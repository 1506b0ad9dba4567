/* SPDX-License-Identifier: MIT */
/* A data set: a source, and how its files become images. Immutable after its creation, counted. */
#ifndef TENCH_DATA_DATASET_H
#define TENCH_DATA_DATASET_H

#include <stdatomic.h>
#include <stdbool.h>

#include "codec/codec.h"
#include "data/source.h"
#include "tench.h"

typedef struct tn__index tn__index; /* data/index/index.h */

struct tn_dataset {
    atomic_int references;
    tn__source *source;
    tn__index *index;   /* NULL: nothing to use, and nothing to build */
    int32_t index_mode; /* TN_INDEX_USE … */
    int32_t mode;       /* TN_RGB, TN_GREY */
    bool orient;
    int64_t max_pixels, max_file_bytes;
};

/* Options that are checked: every field is in its range. */
tn_dataset *tn__dataset_create(const tn_dataset_options *given);
tn_dataset *tn__dataset_keep(tn_dataset *dataset);
void tn__dataset_release(tn_dataset *dataset);
/* Reads the image part of a sample into `buffer`; errors carry stage "read" and the sample's name.
 */
int tn__dataset_read(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer);
/* Length of a sample's file, and in `buffer` its stamp; nothing is read. */
int tn__dataset_stat(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer,
                     int64_t *file_bytes);
/* Reads no more of a sample's file than its header takes. Errors carry stage "read" or "decode" and
 * the sample's name. The buffer is scratch. */
int tn__dataset_probe(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer, tn__info *info,
                      int64_t *file_bytes);
/* Opens a class folder as a source (data/folder.c). `root` is already that of the split; defaults
 * are filled in. */
tn__source *tn__folder_open(const tn_dataset_options *options);

#endif
