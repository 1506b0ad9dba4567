/* SPDX-License-Identifier: MIT */
/* How often each sample failed. See tally.h. */
#include "load/tally.h"

#include <stdlib.h>

#include "base/error.h"

enum { FIRST_CAPACITY = 16 };

/* The sample's place, or the free place where it belongs. The sample's index is its hash, so
 * consecutive samples get consecutive places. */
static int64_t *place_of(const tn__tally *tally, int64_t sample)
{
    const uint64_t mask = 2 * (uint64_t)tally->capacity - 1;
    uint64_t at = (uint64_t)sample & mask;
    while (tally->places[at] != 0 && tally->entries[tally->places[at] - 1].sample != sample)
        at = (at + 1) & mask;
    return &tally->places[at];
}

static int grow(tn__tally *tally)
{
    const int64_t capacity = tally->capacity ? 2 * tally->capacity : FIRST_CAPACITY;
    int64_t *const places = calloc(2 * (size_t)capacity, sizeof *places);
    tn__tally_entry *const entries =
        places ? realloc(tally->entries, (size_t)capacity * sizeof *entries) : NULL;
    if (!entries) {
        free(places);
        return tn__fail_memory("the counts of faults", (uint64_t)capacity * sizeof *entries);
    }
    free(tally->places);
    tally->places = places;
    tally->entries = entries;
    tally->capacity = capacity;
    for (int64_t e = 0; e < tally->n; e++)
        *place_of(tally, entries[e].sample) = e + 1;
    return TN_OK;
}

int tn__tally_add(tn__tally *tally, int64_t sample)
{
    if (tally->n == tally->capacity && grow(tally) != TN_OK)
        return TN_ENOMEM;
    int64_t *const place = place_of(tally, sample);
    if (*place == 0) {
        tally->entries[tally->n++] = (tn__tally_entry){.sample = sample};
        *place = tally->n;
    }
    tally->entries[*place - 1].count++;
    return TN_OK;
}

void tn__tally_free(tn__tally *tally)
{
    free(tally->entries);
    free(tally->places);
    *tally = (tn__tally){0};
}
