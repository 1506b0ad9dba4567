/* SPDX-License-Identifier: MIT */
/* A class folder as a source: timm's ImageFolder rules. */
#ifndef TENCH_DATA_FOLDER_H
#define TENCH_DATA_FOLDER_H

#include "data/source.h"

/* Scans options->root, which is already that of the split; all defaults are filled in. NULL:
 * TN_EINVAL, TN_EIO, TN_ELIMIT, TN_ENOMEM, TN_ESTOPPED. */
tn__source *tn__folder_open(const tn_dataset_options *options);

#endif
