/* SPDX-License-Identifier: MIT */
/* Bottom-up merge sort of given runs. See merge.h. */
#include "data/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

typedef struct merger {
    uint64_t *words, *spare; /* spare: memory for as many words */
    tn__word_compare compare;
    const void *context;
} merger;

/* Merges [low, middle) and [middle, high), and uses the spare words for the lower half. */
static void merge(const merger *m, size_t low, size_t middle, size_t high)
{
    uint64_t *const words = m->words;
    if (m->compare(words[middle - 1], words[middle], m->context) <= 0)
        return;
    const size_t n_spare = middle - low;
    memcpy(m->spare, words + low, n_spare * sizeof *words);
    size_t a = 0, b = middle, out = low;
    while (a < n_spare && b < high) {
        const int b_first = m->compare(m->spare[a], words[b], m->context) > 0;
        words[out++] = b_first ? words[b++] : m->spare[a++];
    }
    memcpy(words + out, m->spare + a, (n_spare - a) * sizeof *words);
}

int tn__merge_runs(uint64_t *words, size_t *runs, size_t n_runs, tn__word_compare compare,
                   const void *context)
{
    if (n_runs < 2)
        return TN_OK;
    const size_t n_bytes = runs[n_runs] * sizeof *words;
    merger m = {.spare = malloc(n_bytes), .compare = compare, .context = context};
    m.words = words;
    if (!m.spare)
        return tn__fail_memory("sorting", n_bytes);
    while (n_runs > 1) {
        size_t n_merged = 0;
        for (size_t r = 0; r < n_runs; r += 2) {
            if (r + 1 < n_runs)
                merge(&m, runs[r], runs[r + 1], runs[r + 2]);
            runs[n_merged++] = runs[r];
        }
        runs[n_merged] = runs[n_runs];
        n_runs = n_merged;
    }
    free(m.spare);
    return TN_OK;
}
