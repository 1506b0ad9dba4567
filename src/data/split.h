/* SPDX-License-Identifier: MIT */
/* The splits of a data set: folders below its root that divide it, for example train and val.
 *
 * A data set *has splits* if its root has a folder with a known name that contains images, is a
 * pack or another container, or cannot be read by this user, and neither images nor another folder
 * with images beside it: so a class called train among other classes is a class. If two or more
 * folders are splits but for what lies beside them, a default split is refused. A pack beside the
 * splits does not count. Some kinds of sources have splits of their own, and folders divide only
 * the roots where they have none (kind.h). */
#ifndef TENCH_DATA_SPLIT_H
#define TENCH_DATA_SPLIT_H

#include <stdbool.h>

#include "base/text.h"
#include "data/kind.h"

/* Finds the splits of a data set. Uses only root, extensions, threads and progress of the data
 * set's options. TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__splits_find(const tn__source_options *source, tn__splits *out);
/* True if one of the split folders is a container, and none is a pack. */
bool tn__splits_hold_containers(const char *root, const tn__splits *splits);
/* Writes the split that the options' split and split_rule choose, "" for all samples. *is_folder:
 * it is a folder below the root, not a split of the kind's own. TN_EINVAL: there is no such split;
 * the message lists the existing ones. */
int tn__split_choose(const tn__source_options *source, tn__text *chosen, bool *is_folder);

#endif
