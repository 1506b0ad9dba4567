/* SPDX-License-Identifier: MIT */
/* The manifest of a pack: names, classes, labels and splits, and where each sample's record lies.
 * It is written last, so a folder that has one is a whole pack. */
#ifndef TENCH_DATA_PACK_MANIFEST_H
#define TENCH_DATA_PACK_MANIFEST_H

#include <stdbool.h>

#include "base/blob.h"
#include "data/pack/format.h"
#include "data/source.h"
#include "data/split.h"

/* A range of the samples that is a split: their names begin with the split's and "/". */
typedef struct tn__manifest_split {
    const char *name; /* a known name of splits, static */
    uint64_t fingerprint;
    int64_t first, n;
    int32_t n_classes;
    const char **class_names;
} tn__manifest_split;

typedef struct tn__manifest {
    int64_t n_samples;
    int32_t n_classes, n_splits; /* splits: 0, or all samples belong to one */
    uint32_t n_shards;
    uint64_t fingerprint;
    tn__pack_entry *entries;
    uint32_t *labels;
    uint32_t *split_labels; /* among the classes of the sample's split; 0 without splits */
    const char **class_names;
    const char **names; /* in `bytes` */
    tn__manifest_split splits[TN__MAX_SPLITS];
    uint8_t *bytes; /* the file */
    size_t n_bytes;
} tn__manifest;

/* 1 if the folder has a manifest, 0 if not; a failure, below 0, where the machine cannot tell. */
int tn__manifest_is_in(const char *folder);
/* Reads and checks it all; what is not valid ends the reading where it stands. TN_EIO, TN_EDECODE,
 * TN_ENOMEM; messages name the file. */
int tn__manifest_read(int folder, const char *path, tn__manifest *manifest);
void tn__manifest_free(tn__manifest *manifest);
/* The splits alone, without reading what lies before them. TN_EIO, TN_EDECODE, TN_ENOMEM. */
int tn__manifest_splits(int folder, const char *path, tn__splits *out);

/* A split that is packed. */
typedef struct tn__packed_split {
    const char *name;
    const tn__source *source; /* the split's folder, opened alone */
    int64_t first;            /* its first sample in the data set */
} tn__packed_split;

typedef struct tn__packed_set {
    const tn__source *source;
    const tn__pack_entry *entries; /* by sample */
    uint32_t n_shards;
    int32_t n_splits;
    tn__packed_split splits[TN__MAX_SPLITS];
} tn__packed_set;
/* Writes the manifest of a data set whose samples' records were packed, and removes the journal.
 * *synced, with errno: whether the folder's entries are on the disk. */
int tn__manifest_write(int folder, const char *path, const tn__packed_set *set, bool *synced);

#endif
