/* SPDX-License-Identifier: MIT */
/* Values of parameters. Reads them from text, checks them against the parameter's bounds, and
 * writes them as text again. */
#ifndef TENCH_SPEC_VALUE_H
#define TENCH_SPEC_VALUE_H

#include "base/text.h"
#include "spec/spec.h"

enum { TN__VALUE_NUMBERS = 8 };

/* A value is unset if all its bytes are zero. */
typedef struct tn__value {
    int32_t n; /* numbers that are set; 1 for a choice */
    double number[TN__VALUE_NUMBERS];
    /* TN__CHOICE: the place of the word, from 0. TN__NUMBERS: 0, or the place of the word that
     * names the numbers, from 1; then n is 0. */
    int32_t choice;
    char *text; /* TN__TEXT; the value owns it */
} tn__value;

void tn__value_free(tn__value *value);
/* Reads and checks one value. Messages begin with `owner`, the name of the parameter's entry.
 * TN_EINVAL, TN_ENOMEM. */
int tn__value_parse(const char *owner, const tn__param *param, const char *text, size_t length,
                    tn__value *value);
/* Reads the parameter's default. Without a default the value is unset. TN_EINVAL: the parameter is
 * required. */
int tn__value_default(const char *owner, const tn__param *param, tn__value *value);
/* True if the parameter has this value by default. */
bool tn__value_is_default(const char *owner, const tn__param *param, const tn__value *value);
/* Adds the text that reads back as the same value. */
void tn__value_format(const tn__param *param, const tn__value *value, tn__text *text);

#endif
