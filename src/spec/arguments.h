/* SPDX-License-Identifier: MIT */
/* The arguments of one name in a text: `key=value key="another value"`. Blanks separate words. A
 * value that begins with a double quote ends with one, and may have blanks; inside, a backslash
 * stands before a quote or another backslash. Texts of ops and of data sets share this reader. */
#ifndef TENCH_SPEC_ARGUMENTS_H
#define TENCH_SPEC_ARGUMENTS_H

#include "base/text.h"
#include "base/words.h"
#include "spec/spec.h"
#include "spec/value.h"

enum { TN__MAX_PARAMS = 16 }; /* of an entry that a text names */

/* Takes the next word off `rest`. At the end the word is empty. */
tn__word tn__arguments_next(tn__word *rest);
/* Reads arguments into the values of the entry's parameters, in their order, and sets the others to
 * their defaults. The caller frees the values, also after a failure. TN_EINVAL, TN_ENOMEM. */
int tn__arguments_read(const tn__spec *spec, tn__word arguments, tn__value value[TN__MAX_PARAMS]);
/* Adds " key=value" for each value that is not the default. Reading it gives the same values. */
void tn__arguments_format(const tn__spec *spec, const tn__value value[TN__MAX_PARAMS],
                          tn__text *text);
/* The value of the entry's parameter `name`, which the entry must have. */
const tn__value *tn__arguments_value(const tn__spec *spec, const tn__value value[TN__MAX_PARAMS],
                                     const char *name);

#endif
