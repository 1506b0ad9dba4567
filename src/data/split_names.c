/* SPDX-License-Identifier: MIT */
/* The names that splits have. See split_names.h. */
#include "data/split_names.h"

#include <string.h>

#include "base/error.h"
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

bool tn__split_is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.')
            return false;
    }
    return length > 0 && length < TN__SPLIT_BYTES && name[0] != '.';
}

/* The place of a name in the natural order. *is_there: the list has it. */
static int32_t find_place(const tn__splits *splits, const char *name, bool *is_there)
{
    int32_t at = splits->n;
    while (at > 0 && tn__natural_compare(splits->names[at - 1], name) >= 0)
        at--;
    *is_there = at < splits->n && strcmp(splits->names[at], name) == 0;
    return at;
}

/* Adds a name for which there is room. */
static void insert(tn__splits *splits, int32_t at, const char name[TN__SPLIT_BYTES])
{
    memmove(splits->names + at + 1, splits->names + at,
            (size_t)(splits->n - at) * sizeof *splits->names);
    memcpy(splits->names[at], name, TN__SPLIT_BYTES);
    splits->n++;
}

int tn__splits_add_name(tn__splits *splits, const char *name, size_t length)
{
    char copy[TN__SPLIT_BYTES] = {0};
    bool is_there;
    if (!tn__split_is_name(name, length))
        return tn__fail(TN_EDECODE,
                        "\"%.*s\" cannot be the name of a split: it must have 1 to %d letters, "
                        "digits, \"_\", \"-\" and \".\", with no \".\" at its start",
                        (int)(length < TN__SPLIT_BYTES ? length : TN__SPLIT_BYTES), name,
                        TN__SPLIT_BYTES - 1);
    memcpy(copy, name, length);
    const int32_t at = find_place(splits, copy, &is_there);
    if (is_there)
        return TN_OK;
    if (splits->n == TN__MAX_SPLITS)
        return tn__fail(TN_ELIMIT, "there are more than %d splits", TN__MAX_SPLITS);
    insert(splits, at, copy);
    return TN_OK;
}

void tn__splits_add(tn__splits *splits, const char *known)
{
    (void)tn__splits_add_name(splits, known, strlen(known));
}
