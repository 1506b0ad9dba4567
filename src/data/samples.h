/* SPDX-License-Identifier: MIT */
/* A source of samples that are files of their own, or bytes in memory. Kinds that read a list of
 * samples add them one after the other, and then finish the source. */
#ifndef TENCH_DATA_SAMPLES_H
#define TENCH_DATA_SAMPLES_H

#include "base/blob.h"
#include "data/classmap.h"
#include "data/source.h"

typedef struct tn__samples tn__samples;

/* A sample to add. Its texts and bytes are copied. */
typedef struct tn__sample {
    const char *name;     /* shorter than TN__NAME_BYTES */
    const char *path;     /* of a file, below the folder unless it begins with "/"; shorter than
                             TN__NAME_BYTES; NULL: bytes */
    const uint8_t *bytes; /* of a file */
    size_t n_bytes;
} tn__sample;

/* Begins a source: its root, the folder of relative paths, and the kind of all labels. NULL: TN_EIO
 * if the folder cannot be opened, TN_ENOMEM. */
tn__samples *tn__samples_begin(const char *root, const char *folder, int32_t label_kind);
/* Adds a sample. TN_EINVAL for its label, as of tn__labels_add; TN_ENOMEM. */
int tn__samples_add(tn__samples *samples, const tn__sample *sample, const tn__label *label);
/* Gives each sample its weight (source.h), in their order. Takes over n floats. */
void tn__samples_weigh(tn__samples *samples, tn__blob *weights);
/* The largest integer among the labels so far; -1: there is none. */
int64_t tn__samples_largest(const tn__samples *samples);
/* Ends the source, takes over the classes, and returns it; `left_out` are its facts. Frees both on
 * failure. NULL: TN_EINVAL, a label is not a class; the message begins with the sample's name.
 * TN_ENOMEM. */
tn__source *tn__samples_finish(tn__samples *samples, tn__classmap *classes,
                               const tn_dataset_facts *left_out);
void tn__samples_free(tn__samples *samples);

#endif
