/* SPDX-License-Identifier: MIT */
/* Finds the samples of a WebDataset shard, in their order: members that follow one another and have
 * the same key are one sample. */
#ifndef TENCH_DATA_WDS_FIND_H
#define TENCH_DATA_WDS_FIND_H

#include <stdint.h>

#include "data/listing/draft.h"
#include "data/listing/watch.h"
#include "data/wds/index.h"
#include "data/wds/label.h"

typedef struct tn__wds_search {
    int descriptor;
    int64_t bytes;        /* length of the file */
    const char *images;   /* extensions such as "jpg;png": the first one that a sample has counts */
    const char *label;    /* "cls", or a field of the .json: "a/b" is b in a */
    int32_t labels;       /* what the field is: TN__LABELS_AUTO … */
    tn__wds_index *index; /* NULL: all headers are read */
    tn__listing_watch *watch;
} tn__wds_search;

/* Adds samples that have an image; *n_samples counts those without one too. TN_EDECODE: the tar is
 * damaged, a sample has two members with one extension, its label cannot be read, or the index does
 * not fit: then its `is_unfit` is set. */
int tn__wds_find(const tn__wds_search *search, tn__draft *draft, int64_t *n_samples);
/* 1 if the first members of a tar look like samples: an image and a .cls with one key, or an image
 * and a .json or .txt that lie in no folder; in folders these are notes beside the images of
 * classes, unless a file describes the tar as a shard. 0 if not, or if the tar cannot be read. */
int tn__wds_is_shard(int descriptor, int64_t bytes, bool is_described);

#endif
