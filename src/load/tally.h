/* SPDX-License-Identifier: MIT */
/* A tally: how often each sample failed, in the order of the first failures. It takes memory for
 * each sample that failed, not for each failure. */
#ifndef TENCH_LOAD_TALLY_H
#define TENCH_LOAD_TALLY_H

#include <stdint.h>

typedef struct tn__tally_entry {
    int64_t sample, count;
} tn__tally_entry;

typedef struct tn__tally {
    tn__tally_entry *entries;
    int64_t n, capacity; /* a power of two */
    int64_t *places; /* 2 · capacity places: 1 + an entry's index, at the sample's hash or after it;
                        0: free */
} tn__tally;

/* Counts one more failure of the sample. TN_ENOMEM. */
int tn__tally_add(tn__tally *tally, int64_t sample);
void tn__tally_free(tn__tally *tally);

#endif
