/* SPDX-License-Identifier: MIT */
/* Finds features of a tf.train.Example, in its protobuf form. */
#ifndef TENCH_DATA_TFRECORD_EXAMPLE_H
#define TENCH_DATA_TFRECORD_EXAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Kinds of features: the numbers of their fields. */
enum { TN__FEATURE_NONE = 0, TN__FEATURE_BYTES = 1, TN__FEATURE_FLOATS = 2, TN__FEATURE_INTS = 3 };

/* A stretch of a record. */
typedef struct tn__stretch {
    const uint8_t *bytes;
    size_t n;
} tn__stretch;

typedef struct tn__feature {
    int32_t kind; /* NONE: there is no such feature */
    int64_t n;    /* its values; of floats at least that many, if there are any */
    tn__stretch bytes;
    int64_t integer; /* its first value, of its kind */
} tn__feature;

/* Finds a feature by its key; if there are several, the last. TN_EDECODE: the bytes are no
 * Example. */
int tn__example_find(tn__stretch example, const char *key, tn__feature *out);
/* Writes the keys, with commas, as far as there is room. */
void tn__example_keys(tn__stretch example, char *out, size_t room);

#endif
