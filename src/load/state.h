/* SPDX-License-Identifier: MIT */
/* The state of a loader as text: what it takes to go on with an epoch where it was left. */
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
    char subset[TN__STATE_TEXT];                             /* of the list; "all" without one */
    int64_t positions;                                       /* of an epoch */
    int64_t batch_size;
    int64_t seed, epoch;
    int64_t position; /* the first that was not delivered, over all ranks */
} tn__state;

/* One JSON object on one line, keys in the order above. */
void tn__state_write(const tn__state *state, tn__text *text);
/* Reads what tn__state_write writes, in any order of keys and with any white space between tokens.
 * TN_EINVAL names what is missing, unknown, doubled or malformed. */
int tn__state_read(const char *text, tn__state *state);
/* TN_EINVAL unless `state` belongs to a loader whose own state is `own`; names the difference. */
int tn__state_match(const tn__state *own, const tn__state *state);

#endif
