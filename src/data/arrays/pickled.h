/* SPDX-License-Identifier: MIT */
/* The official pickles of CIFAR, which are known by their checksums. */
#ifndef TENCH_DATA_ARRAYS_PICKLED_H
#define TENCH_DATA_ARRAYS_PICKLED_H

#include "data/arrays/arrays.h"

typedef struct tn__pickled_file {
    const char *path;  /* below the folder */
    const char *split; /* "train" or "test", static */
    const char *sum;   /* MD5 of the file, 32 hexadecimal digits */
} tn__pickled_file;

/* Adds the images of a file, whose rows have `row_bytes` bytes; `labels` names the list of their
 * labels. TN_EINVAL: the file has another sum; TN_EIO, TN_EDECODE, TN_ELIMIT, TN_ENOMEM. */
int tn__pickled_add(const char *folder, const tn__pickled_file *file, const char *labels,
                    int64_t row_bytes, tn__arrays *arrays);
/* Reads the list named `names` as the names of `n` classes. The same failures. */
int tn__pickled_classes(const char *folder, const tn__pickled_file *file, const char *names,
                        int32_t n, tn__classmap *out);

#endif
