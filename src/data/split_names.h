/* SPDX-License-Identifier: MIT */
/* Known names of splits: those of timm's split search (train, training; val, valid, validation,
 * eval, evaluation), and test. */
#ifndef TENCH_DATA_SPLIT_NAMES_H
#define TENCH_DATA_SPLIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__MAX_SPLITS = 8 }; /* the number of known names */

typedef struct tn__splits {
    int32_t n; /* 0: the data set has no splits */
    const char *names[TN__MAX_SPLITS];
    bool are_folders; /* below the root, not splits of the kind's own */
} tn__splits;

/* The known name with these bytes, static; NULL: there is none. */
const char *tn__split_known(const char *name, size_t length);
/* The row of synonyms that has this name, ended by NULL; NULL: the name is not known. */
const char *const *tn__split_synonyms(const char *name, size_t length);
/* True for val, valid, validation, eval and evaluation. */
bool tn__split_is_validation(const char *name, size_t length);
/* Adds a known name, in natural order, unless the list has it. */
void tn__splits_add(tn__splits *splits, const char *known);

#endif
