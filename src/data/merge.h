/* SPDX-License-Identifier: MIT */
/* Sorts words that consist of sorted runs. It is fast if the runs are nearly in order. */
#ifndef TENCH_DATA_MERGE_H
#define TENCH_DATA_MERGE_H

#include <stddef.h>
#include <stdint.h>

typedef int (*tn__word_compare)(uint64_t a, uint64_t b, const void *context);

/* Run r is words[runs[r]] … words[runs[r + 1] - 1]; runs has n_runs + 1 entries and is overwritten.
 */
int tn__merge_runs(uint64_t *words, size_t *runs, size_t n_runs, tn__word_compare compare,
                   const void *context);

#endif
