/* SPDX-License-Identifier: MIT */
/* The names that splits have. See split_names.h. */
#include "data/split_names.h"

#include <string.h>

#include "data/natural.h"

/* Known names. Names in one row are synonyms. */
static const char *const synonyms[][6] = {
    {"train", "training", NULL},
    {"val", "valid", "validation", "eval", "evaluation", NULL},
    {"test", NULL},
};
enum { N_ROWS = sizeof synonyms / sizeof *synonyms, VALIDATION = 1 };

/* Finds a name and its row of synonyms; NULL: the name is not known. */
static const char *const *find_known(const char *name, size_t length, const char *const **row)
{
    for (size_t r = 0; r < N_ROWS; r++)
        for (const char *const *s = *row = synonyms[r]; *s; s++)
            if (strlen(*s) == length && memcmp(*s, name, length) == 0)
                return s;
    return NULL;
}

const char *const *tn__split_synonyms(const char *name, size_t length)
{
    const char *const *row = NULL;
    return find_known(name, length, &row) ? row : NULL;
}

const char *tn__split_known(const char *name, size_t length)
{
    const char *const *row = NULL;
    const char *const *const known = find_known(name, length, &row);
    return known ? *known : NULL;
}

bool tn__split_is_validation(const char *name, size_t length)
{
    return tn__split_synonyms(name, length) == synonyms[VALIDATION];
}

void tn__splits_add(tn__splits *splits, const char *known)
{
    int32_t at = splits->n;
    while (at > 0 && tn__natural_compare(splits->names[at - 1], known) >= 0)
        at--;
    if (at < splits->n && strcmp(splits->names[at], known) == 0)
        return;
    memmove(splits->names + at + 1, splits->names + at,
            (size_t)(splits->n - at) * sizeof *splits->names);
    splits->names[at] = known;
    splits->n++;
}
