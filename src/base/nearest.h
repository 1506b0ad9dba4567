/* SPDX-License-Identifier: MIT */
/* Finds the known name that a person probably meant, for messages. */
#ifndef TENCH_BASE_NEAREST_H
#define TENCH_BASE_NEAREST_H

#include <stddef.h>

enum { TN__NEAREST_LENGTH = 64 }; /* longer names are near no other */

/* The nearest name so far. Begins as {.given = …, .length = …}. */
typedef struct tn__nearest {
    const char *given;
    size_t length;
    const char *name; /* NULL: none is near. Not terminated if it came from a list. */
    size_t name_length, edits;
} tn__nearest;

/* Offers a known name. It is near if one name begins the other, or if few characters of the given
 * one are wrong; upper and lower case do not matter. */
void tn__nearest_offer(tn__nearest *nearest, const char *known, size_t known_length);
/* Offers each name of a list of words (base/words.h); NULL has none. */
void tn__nearest_offer_list(tn__nearest *nearest, const char *list);
/* Writes `; did you mean "NAME"?`, or nothing if no name is near. Returns `out`. */
char *tn__nearest_question(const tn__nearest *nearest, char *out, size_t n_bytes);

#endif
