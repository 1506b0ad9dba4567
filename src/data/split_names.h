/* SPDX-License-Identifier: MIT */
/* Names of splits. Known names are those of timm's split search (train, training; val, valid,
 * validation, eval, evaluation), and test: only folders with these names are splits. Containers may
 * have splits with other names. */
#ifndef TENCH_DATA_SPLIT_NAMES_H
#define TENCH_DATA_SPLIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__MAX_SPLITS = 64, TN__SPLIT_BYTES = 64 }; /* of a data set; of a name, with its NUL */

typedef struct tn__splits {
    int32_t n; /* 0: the data set has no splits */
    char names[TN__MAX_SPLITS][TN__SPLIT_BYTES];
    bool are_folders; /* below the root, not splits of the kind's own */
} tn__splits;

/* The known name with these bytes, static; NULL: there is none. */
const char *tn__split_known(const char *name, size_t length);
/* The row of synonyms that has this name, ended by NULL; NULL: the name is not known. */
const char *const *tn__split_synonyms(const char *name, size_t length);
/* True for val, valid, validation, eval and evaluation. */
bool tn__split_is_validation(const char *name, size_t length);
/* True if a split may have this name: letters, digits, "_", "-" and ".", but no "." at its start.
 */
bool tn__split_is_name(const char *name, size_t length);
/* Adds a known name, in natural order, unless the list has it. */
void tn__splits_add(tn__splits *splits, const char *known);
/* The same for any name. TN_EDECODE: a split may not have it; TN_ELIMIT: there are too many. */
int tn__splits_add_name(tn__splits *splits, const char *name, size_t length);

#endif
