/* SPDX-License-Identifier: MIT */
/* Reads the label of a tf.train.Example. */
#ifndef TENCH_DATA_TFRECORD_LABEL_H
#define TENCH_DATA_TFRECORD_LABEL_H

#include "base/blob.h"
#include "base/text.h"
#include "data/listing/draft.h"
#include "data/tfrecord/example.h"

/* How labels are read. */
typedef struct tn__tfrecord_labels {
    int32_t as;          /* TN__LABELS_AUTO … */
    int64_t first_label; /* subtracted from each class */
} tn__tfrecord_labels;

/* The label of one sample. */
typedef struct tn__tfrecord_label {
    tn__label label;
    tn__blob values;
    tn__text text;
} tn__tfrecord_label;

/* Writes the label of a sample that is found; `out` keeps its values until the next call. A feature
 * without values is not a label. TN_EDECODE: it is something else; TN_ENOMEM. */
int tn__tfrecord_read_label(const tn__tfrecord_labels *how, const tn__feature *feature,
                            tn__tfrecord_label *out, tn__found *found);
void tn__tfrecord_label_free(tn__tfrecord_label *label);

#endif
