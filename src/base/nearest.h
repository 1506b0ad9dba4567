/* SPDX-License-Identifier: MIT */
/* The known name that somebody probably meant: for messages. */
#ifndef TENCH_BASE_NEAREST_H
#define TENCH_BASE_NEAREST_H

#include <stddef.h>

/* The best so far while known names go by. Begins as {.given = …, .length = …}. */
typedef struct tn__nearest {
    const char *given;
    size_t length;
    const char *name; /* NULL: none is near. Not terminated where it came from a list. */
    size_t name_length, edits;
} tn__nearest;

/* Offers a known name. Near is: one begins the other, or at most a third of it is mistyped. */
void tn__nearest_offer(tn__nearest *nearest, const char *known, size_t known_length);
/* Offers each name of a list that is separated by spaces. */
void tn__nearest_offer_list(tn__nearest *nearest, const char *list);
/* Writes `; did you mean "NAME"?`, or nothing when none is near. Returns `out`. */
char *tn__nearest_question(const tn__nearest *nearest, char *out, size_t n_bytes);

#endif
