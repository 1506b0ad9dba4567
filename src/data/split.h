/* SPDX-License-Identifier: MIT */
/* Finds the folder of a split below a data set's root, by timm's rules. */
#ifndef TENCH_DATA_SPLIT_H
#define TENCH_DATA_SPLIT_H

#include "base/text.h"

/* Appends the folder to `out`: root/split if it exists (of the split the part before "["), else the
 * first that exists of the split's synonyms, else root itself. */
int tn__split_find(const char *root, const char *split, tn__text *out);

#endif
