/* SPDX-License-Identifier: MIT */
/* The splits of a data set as one source: the samples of the first split, then those of the next.
 * A name begins with that of its split and "/", as if all splits were folders of files. */
#ifndef TENCH_DATA_JOINED_H
#define TENCH_DATA_JOINED_H

#include "data/source.h"
#include "data/split_names.h"

/* Joins the sources of the splits, and takes them over, also when it fails. If one list of classes
 * begins with all others, its classes count; else all names together, in natural order. NULL:
 * TN_EINVAL: the labels do not fit together, or a split is a pack; TN_ENOMEM. */
tn__source *tn__joined_open(const char *root, const tn__splits *splits,
                            tn__source *const parts[TN__MAX_SPLITS]);

#endif
