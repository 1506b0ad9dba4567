/* SPDX-License-Identifier: MIT */
/* What the names of TFRecord files say: `mnist-train.tfrecord-00000-of-00010` belongs to the split
 * train. */
#ifndef TENCH_DATA_TFRECORD_NAMES_H
#define TENCH_DATA_TFRECORD_NAMES_H

#include <stdbool.h>

/* True if a file has the extension .tfrecord, .tfrecords or .tfrec, alone or before the number of
 * its part. */
bool tn__tfrecord_has_extension(const char *name);
/* True also for a name that has only the number of its part: `train-00000-of-01024`. */
bool tn__tfrecord_is_name(const char *name);
/* The known split that a name tells, static; NULL: none. */
const char *tn__tfrecord_split(const char *name);

#endif
