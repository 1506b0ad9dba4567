/* SPDX-License-Identifier: MIT */
/* Finds the known name that a person probably meant. See nearest.h. */
#include "base/nearest.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/least.h"
#include "base/words.h"

enum { MIN_PREFIX = 3 };

/* Names are ASCII, whatever the locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_alike(const char *a, const char *b, size_t n)
{
    while (n > 0 && lower(a[n - 1]) == lower(b[n - 1]))
        n--;
    return n == 0;
}

/* Counts the edits between two names: insert, drop, replace, or swap two neighbours (optimal string
 * alignment). Three rows of the table are enough. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][TN__NEAREST_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            row[j] = tn__least(row[j], tn__least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = tn__least(row[j], before[j - 2] + 1);
        }
        size_t *const oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[m];
}

void tn__nearest_offer(tn__nearest *nearest, const char *known, size_t known_length)
{
    if (nearest->length == 0 || nearest->length > TN__NEAREST_LENGTH ||
        known_length > TN__NEAREST_LENGTH)
        return;
    const size_t shorter = tn__least(nearest->length, known_length);
    size_t edits = distance(nearest->given, nearest->length, known, known_length);
    if (shorter >= MIN_PREFIX && edits > 1 && begins_alike(nearest->given, known, shorter))
        edits = 1;
    /* A near name differs in at most a quarter of its characters and one more, and in at most half
     * of the longer name. */
    if (edits > 1 + known_length / 4 || 2 * edits > tn__most(nearest->length, known_length))
        return;
    if (nearest->name && nearest->edits <= edits)
        return;
    nearest->name = known;
    nearest->name_length = known_length;
    nearest->edits = edits;
}

void tn__nearest_offer_list(tn__nearest *nearest, const char *list)
{
    for (tn__word word = tn__words_take(&list); word.length > 0; word = tn__words_take(&list))
        tn__nearest_offer(nearest, word.at, word.length);
}

char *tn__nearest_question(const tn__nearest *nearest, char *out, size_t n_bytes)
{
    if (nearest->name)
        snprintf(out, n_bytes, "; did you mean \"%.*s\"?", (int)nearest->name_length,
                 nearest->name);
    else
        out[0] = '\0';
    return out;
}
