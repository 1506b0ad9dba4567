/* SPDX-License-Identifier: MIT */
/* The manifest of a pack: names, classes, labels, splits, and the place of each sample's record. It
 * is written last, so a folder with a manifest is a complete pack. */
#ifndef TENCH_DATA_PACK_MANIFEST_H
#define TENCH_DATA_PACK_MANIFEST_H

#include <stdbool.h>

#include "base/blob.h"
#include "data/pack/format.h"
#include "data/source.h"
#include "data/split_names.h"

/* A split: a range of the samples, whose names begin with the split's name and "/". */
typedef struct tn__manifest_split {
    const char *name; /* in the bytes that were read; NULL: no split may have it */
    uint64_t fingerprint;
    int64_t first, n;
    int32_t n_classes;
    const char **class_names;
} tn__manifest_split;

/* With the newest version. */
extern const uint8_t tn__manifest_magic[TN__PACK_MAGIC];

typedef struct tn__manifest {
    int64_t n_samples;
    int32_t n_classes, n_splits; /* if there are splits, each sample belongs to one */
    uint32_t n_shards;
    uint64_t fingerprint;
    tn__pack_entry *entries;
    uint32_t *labels;
    uint32_t *split_labels; /* among the classes of the sample's split; 0 without splits */
    float *weights;         /* finite, at least 0, and not 0 for all; NULL: there are none */
    const char **class_names;
    const char **names; /* in `bytes` */
    tn__manifest_split splits[TN__MAX_SPLITS];
    uint8_t *bytes; /* the file */
    size_t n_bytes;
} tn__manifest;

/* 1 if the folder has a manifest, 0 if not; a negative status if the system cannot tell. */
int tn__manifest_is_in(const char *folder);
/* Reads and checks the whole manifest, and stops at the first error. TN_EIO, TN_EDECODE, TN_ENOMEM;
 * messages name the file. */
int tn__manifest_read(int folder, const char *path, tn__manifest *manifest);
void tn__manifest_free(tn__manifest *manifest);
/* Reads the names of the splits alone. TN_EIO, TN_EDECODE, TN_ENOMEM. */
int tn__manifest_splits(int folder, const char *path, tn__splits *out);

#endif
