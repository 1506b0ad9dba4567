/* SPDX-License-Identifier: MIT */
/* The splits of a data set: folders below its root that divide it, for example train and val.
 *
 * Known names of splits are those of timm's split search (train, training; val, valid, validation,
 * eval, evaluation), and test. A data set *has splits* if its root has a folder with a known name
 * that contains images, is a pack, or cannot be read by this user, and neither images nor another
 * folder with images beside it: so a class called train among other classes is a class. A pack
 * beside the splits does not count. */
#ifndef TENCH_DATA_SPLIT_H
#define TENCH_DATA_SPLIT_H

#include <stdint.h>

#include "base/text.h"
#include "tench.h"

enum { TN__MAX_SPLITS = 8 }; /* the number of known names */

typedef struct tn__splits {
    int32_t n; /* 0: the data set has no splits */
    const char *names[TN__MAX_SPLITS];
} tn__splits;

/* The known name with these bytes, static; NULL: there is none. */
const char *tn__split_known(const char *name, size_t length);
/* Adds a known name, in natural order, unless the list has it. */
void tn__splits_add(tn__splits *splits, const char *known);
/* Finds the splits of a data set. Uses only root, extensions, threads and progress of the options.
 * TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__splits_find(const tn_dataset_options *options, tn__splits *out);
/* Writes the folder below the root that the options' split and split_rule choose, "" for the root
 * itself. TN_EINVAL: there is no such split; the message lists the existing ones. */
int tn__split_choose(const tn_dataset_options *options, tn__text *chosen);

#endif
