/* SPDX-License-Identifier: MIT */
/* A source of small images without headers, which lie one after the other in few files: CIFAR and
 * MNIST. Kinds add blocks of images, and then finish the source. */
#ifndef TENCH_DATA_ARRAYS_ARRAYS_H
#define TENCH_DATA_ARRAYS_ARRAYS_H

#include "base/blob.h"
#include "codec/codec.h"
#include "data/classmap.h"
#include "data/kind.h"
#include "data/root.h"
#include "data/source.h"

enum { TN__ARRAY_BLOCKS = 8 };

typedef struct tn__arrays tn__arrays;

/* Images of one file. */
typedef struct tn__array_block {
    const char *path;      /* below the folder; it is copied */
    const char *split;     /* "train" or "test", static */
    int64_t first, step;   /* bytes before the first image, and from image to image */
    int64_t n;             /* images */
    const int32_t *labels; /* of each; they are copied */
} tn__array_block;

/* Begins a source of images of one shape. `folder` holds the files; `root` is the root of the data
 * set. With `is_whole` the names begin with the split. NULL: TN_EIO, TN_ENOMEM. */
tn__arrays *tn__arrays_begin(const char *root, const char *folder, const tn__hint *hint,
                             bool is_whole);
/* Adds a block that lies in its file, or, if `bytes` is not NULL, in memory; these are taken over.
 * At most TN__ARRAY_BLOCKS blocks. TN_ENOMEM. */
int tn__arrays_add(tn__arrays *arrays, const tn__array_block *given, tn__blob *bytes);
/* Ends the source, takes over the classes, and returns it. Frees both on failure. NULL: TN_EDECODE,
 * a label is not a class, or there are no images; TN_ENOMEM. */
tn__source *tn__arrays_finish(tn__arrays *arrays, tn__classmap *classes);
void tn__arrays_free(tn__arrays *arrays);
/* 1 if a folder below the root has the file, or the file with ".gz"; 0 if not; a negative status.
 */
int tn__arrays_has(const tn__root_facts *root, const char *folder, const char *file);
/* TN_EINVAL if the options have a class map: the classes of a data set of that name are known. */
int tn__arrays_check_options(const tn__source_options *options, const char *name);
/* The splits of all kinds of arrays: test and train. */
int tn__arrays_splits(const tn__source_options *options, tn__splits *out);
/* Reads a file below a folder, or, if there is none, its form with ".gz". *is_packed: it was the
 * latter, and `out` has the bytes that came out of it. TN_EIO, TN_EDECODE, TN_ELIMIT, TN_ENOMEM;
 * messages begin with the path. */
int tn__arrays_read(const char *folder, const char *path, tn__blob *out, bool *is_packed);

#endif
