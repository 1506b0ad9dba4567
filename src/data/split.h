/* SPDX-License-Identifier: MIT */
/* The splits of a data set: folders below its root that divide it, as train and val do.
 *
 * Known names of splits are those that timm's split search gives a meaning to (train, training;
 * val, valid, validation, eval, evaluation), and test. A data set *has splits* if a folder of a
 * known name lies in its root and has images in it (or is a pack, or may not be read by this user),
 * and neither images nor another folder with images lie beside it: a class called train among other
 * classes is a class. A pack beside the splits does not count. */
#ifndef TENCH_DATA_SPLIT_H
#define TENCH_DATA_SPLIT_H

#include <stdint.h>

#include "base/text.h"
#include "tench.h"

enum { TN__MAX_SPLITS = 8 }; /* as many as there are known names */

typedef struct tn__splits {
    int32_t n; /* 0: the data set has none */
    const char *names[TN__MAX_SPLITS];
} tn__splits;

/* The known name that these bytes spell, static; NULL: they spell none. */
const char *tn__split_known(const char *name, size_t length);
/* Adds a known name, in natural order, unless it is there. */
void tn__splits_add(tn__splits *splits, const char *known);
/* The splits of a data set, by its root, extensions, threads and progress; the rest of the options
 * is not looked at. TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__splits_find(const tn_dataset_options *options, tn__splits *out);
/* Writes the folder below the root that the options' split and split_rule choose, "" for the root
 * itself. TN_EINVAL: there is no such split, and the message lists those that there are. */
int tn__split_choose(const tn_dataset_options *options, tn__text *chosen);

#endif
