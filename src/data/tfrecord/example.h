/* SPDX-License-Identifier: MIT */
/* Finds features of a tf.train.Example, in its protobuf form. */
#ifndef TENCH_DATA_TFRECORD_EXAMPLE_H
#define TENCH_DATA_TFRECORD_EXAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"

/* Kinds of features: the numbers of their fields. */
enum { TN__FEATURE_NONE = 0, TN__FEATURE_BYTES = 1, TN__FEATURE_FLOATS = 2, TN__FEATURE_INTS = 3 };

/* A stretch of a record. */
typedef struct tn__stretch {
    const uint8_t *bytes;
    size_t n;
} tn__stretch;

typedef struct tn__feature {
    int32_t kind; /* NONE: there is no such feature */
    int64_t n;    /* its values */
    tn__stretch bytes;
    int64_t integer;     /* its first value, of its kind */
    tn__stretch message; /* all of it */
} tn__feature;

/* Finds a feature by its key; if there are several, the last. TN_EDECODE: the bytes are no
 * Example. */
int tn__example_find(tn__stretch example, const char *key, tn__feature *out);
/* Adds the values of a feature that was found: floats as float, integers as int64_t. TN_ENOMEM. */
int tn__example_numbers(const tn__feature *feature, tn__blob *out);
/* Writes the keys, with commas, as far as there is room. */
void tn__example_keys(tn__stretch example, char *out, size_t room);

#endif
