/* SPDX-License-Identifier: MIT */
/* Vector clocks: they tell accesses to a buffer that are ordered from those that only happened to
 * come in order.
 *
 * An actor is the host or a stream. Each actor counts its own steps, and knows for every other
 * actor the last step that it has waited for. Two accesses to one buffer, one of them a write, are
 * ordered if the later actor has waited for the earlier actor's step. If not, they are a race,
 * whatever the timing was. */
#ifndef TENCH_DEV_CLOCK_H
#define TENCH_DEV_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/device.h"

enum { TN__ACTORS = 64, TN__HOST = 0 };

typedef struct tn__clock {
    uint32_t at[TN__ACTORS];
} tn__clock;

/* One access. */
typedef struct tn__access {
    const char *what; /* "copy", "kernel", … ; static */
    int32_t actor;
    bool writes;
} tn__access;

/* The last write of a buffer, and the reads since. */
typedef struct tn__history {
    tn__access write;
    uint32_t written; /* step of the write; 0: never */
    tn__access reads[TN__ACTORS];
    uint32_t read[TN__ACTORS]; /* step of the actor's last read; 0: none */
} tn__history;

/* `clock` has now waited for everything that `other` has seen. */
void tn__clock_join(tn__clock *clock, const tn__clock *other);
/* The actor takes a step. */
void tn__clock_step(tn__clock *clock, int32_t actor);
/* Adds an access; its actor has already taken a step for it. Returns an earlier access that is not
 * ordered before this one; NULL: all are. */
const tn__access *tn__history_add(tn__history *history, const tn__access *access,
                                  const tn__clock *clock);

#endif
