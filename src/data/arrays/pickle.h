/* SPDX-License-Identifier: MIT */
/* Reads the pickles of CIFAR: dictionaries that Python 2 wrote by protocol 2. A pickle is a program
 * for Python; this reader runs nothing. It knows the few instructions that these files have, finds
 * the labels and the place of the pixels by them, and refuses any other. */
#ifndef TENCH_DATA_ARRAYS_PICKLE_H
#define TENCH_DATA_ARRAYS_PICKLE_H

#include "base/blob.h"
#include "base/text.h"

/* What a dictionary has. */
typedef struct tn__pickle {
    tn__blob numbers; /* of the list that was wanted, as int32_t */
    tn__text words;   /* of the same list, each with its NUL */
    int64_t n_words;
    int64_t n_rows, n_columns; /* of the array "data" of bytes; 0: there is none */
    int64_t offset;            /* of its first row in the file */
} tn__pickle;

/* Reads a whole file, and the numbers and words of the list named `wanted`. The caller frees what
 * was read, also after a failure. TN_EDECODE, TN_ENOMEM. */
int tn__pickle_read(const uint8_t *bytes, size_t n_bytes, const char *wanted, tn__pickle *out);
void tn__pickle_free(tn__pickle *pickle);

#endif
