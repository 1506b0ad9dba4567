/* SPDX-License-Identifier: MIT */
/* The manifest of a pack: names, classes, labels, and where each sample's record lies. It is
 * written last, so a folder that has one is a whole pack. */
#ifndef TENCH_DATA_PACK_MANIFEST_H
#define TENCH_DATA_PACK_MANIFEST_H

#include <stdbool.h>

#include "base/blob.h"
#include "data/pack/format.h"
#include "data/source.h"

typedef struct tn__manifest {
    int64_t n_samples;
    int32_t n_classes;
    uint32_t n_shards;
    uint64_t fingerprint;
    tn__pack_entry *entries;
    uint32_t *labels;
    const char **class_names;
    const char **names; /* in `bytes` */
    uint8_t *bytes;     /* the file */
    size_t n_bytes;
} tn__manifest;

/* True if the folder has a manifest. */
bool tn__manifest_is_in(const char *folder);
/* Reads and checks it all. TN_EIO, TN_EDECODE, TN_ENOMEM; messages name the file. */
int tn__manifest_read(int folder, const char *path, tn__manifest *manifest);
void tn__manifest_free(tn__manifest *manifest);
/* Writes the manifest of a source whose samples' records were packed, and removes the journal.
 * *synced, with errno: whether the folder's entries are on the disk. */
int tn__manifest_write(int folder, const char *path, const tn__source *source,
                       const tn__pack_entry *entries, uint32_t n_shards, bool *synced);

#endif
