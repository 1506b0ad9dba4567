/* SPDX-License-Identifier: MIT */
/* The state of a loader as text. A new loader continues the epoch from it. */
#ifndef TENCH_LOAD_STATE_H
#define TENCH_LOAD_STATE_H

#include <stdint.h>

#include "base/text.h"

enum { TN__STATE_TEXT = 24, TN__STATE_BYTES = 4096 };
#define TN__STATE_FORMAT "tench-state-1"
#define TN__STATE_RNG    "philox-1"

typedef struct tn__state {
    char format[TN__STATE_TEXT], order[TN__STATE_TEXT], rng[TN__STATE_TEXT];
    char dataset[TN__STATE_TEXT], transform[TN__STATE_TEXT]; /* fingerprints: 16 hex digits */
    char subset[TN__STATE_TEXT]; /* fingerprint of the list; "all": no subset */
    int64_t positions;           /* of an epoch */
    int64_t batch_size;
    int64_t seed, epoch;
    int64_t position; /* the first that no rank has delivered */
} tn__state;

/* Writes one JSON object on one line, with its keys in the order above. */
void tn__state_write(const tn__state *state, tn__text *text);
/* Reads the same object, with its keys in any order and any white space between tokens. TN_EINVAL
 * names the key that is missing, unknown, doubled or malformed. */
int tn__state_read(const char *text, tn__state *state);
/* TN_EINVAL if `state` does not fit the loader whose own state is `own`; names the difference. */
int tn__state_match(const tn__state *own, const tn__state *state);

#endif
