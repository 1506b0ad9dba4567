/* SPDX-License-Identifier: MIT */
/* Checks whether all names of a pack can be files of one folder. */
#ifndef TENCH_DATA_PACK_NAMES_H
#define TENCH_DATA_PACK_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum { TN__NAMES_UNIQUE = 0, TN__NAMES_TWICE = 1, TN__NAMES_FOLDER = 2 };

typedef struct tn__name_clash {
    int kind;
    int64_t sample; /* its name occurs twice, or is the folder of another name */
} tn__name_clash;

/* True if the name is a path below the pack's folder, of a length that a source may have: else
 * unpacking would write elsewhere. */
bool tn__name_is_safe(const char *name);
/* Looks for a name that occurs twice, and for a name that is the folder of another ("a" and "a/b").
 * Names are paths without empty parts. TN_ENOMEM. */
int tn__names_check(const char *const *names, int64_t n, tn__name_clash *clash);

#endif
