/* SPDX-License-Identifier: MIT */
/* Finds gaps in numbered sets of files. See numbered.h. */
#include "data/numbered.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789";
enum { MOST_DIGITS = 9 };

/* A name: `n_before` bytes, a number, "-of-", the number of files, and the rest. */
typedef struct numbered {
    const char *name, *rest;
    size_t n_before, n_digits;
    long number, total;
} numbered;

/* Reads a name. False: it has no such form. */
static bool read_name(const char *name, numbered *out)
{
    static const char word[] = "-of-";
    const char *const of = strstr(name, word);
    if (!of)
        return false;
    const char *const total = of + sizeof word - 1, *number = of;
    while (number > name && strchr(digits, number[-1]))
        number--;
    const size_t n_digits = (size_t)(of - number), n_total = strspn(total, digits);
    *out = (numbered){.name = name,
                      .rest = total + n_total,
                      .n_before = (size_t)(number - name),
                      .n_digits = n_digits,
                      .number = strtol(number, NULL, 10),
                      .total = strtol(total, NULL, 10)};
    return n_digits > 0 && n_digits <= MOST_DIGITS && n_total > 0 && n_total <= MOST_DIGITS &&
           out->number < out->total;
}

static bool are_of_one_set(const numbered *a, const numbered *b)
{
    return a->n_before == b->n_before && a->n_digits == b->n_digits && a->total == b->total &&
           memcmp(a->name, b->name, a->n_before) == 0 && strcmp(a->rest, b->rest) == 0;
}

/* Says what is missing of a set that has n files, the first without a gap before it being `first`.
 */
static void add_missing(const numbered *of, long gap, long n, tn__text *out)
{
    tn__text_add_bytes(out, of->name, of->n_before);
    tn__text_printf(out, "%0*ld%s is missing", (int)of->n_digits, gap,
                    of->name + of->n_before + of->n_digits);
    if (of->total - n > 1)
        tn__text_printf(out, ", and %ld more of these %ld files", of->total - n - 1, of->total);
}

void tn__numbered_missing(const tn__shards *files, tn__text *out)
{
    for (uint32_t i = 0, next; i < files->n && out->length == 0; i = next) {
        numbered first, other;
        next = i + 1;
        if (!read_name(files->names[i], &first))
            continue;
        long gap = first.number == 0 ? 1 : 0, n = 1;
        for (; next < files->n && read_name(files->names[next], &other) &&
               are_of_one_set(&first, &other);
             next++, n++)
            gap += other.number == gap;
        if (n < first.total)
            add_missing(&first, gap, n, out);
    }
}
