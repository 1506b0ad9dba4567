/* SPDX-License-Identifier: MIT */
/* Vector clocks: which accesses of a buffer are in order, and which only happened to be.
 *
 * An actor is the host or a stream. Each counts its own steps, and knows up to which step of every
 * other actor it has waited. Two accesses of one buffer of which one writes are in order if the
 * later one's actor has waited for the earlier one's step; if not, that is a race, whatever the
 * timing was. */
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

/* What was done to a buffer since, and including, its last write. */
typedef struct tn__history {
    tn__access write;
    uint32_t written; /* step of the write; 0: never */
    tn__access reads[TN__ACTORS];
    uint32_t read[TN__ACTORS]; /* step of the actor's last read; 0: none */
} tn__history;

/* `clock` has now waited for all that `other` stands for. */
void tn__clock_join(tn__clock *clock, const tn__clock *other);
/* The actor takes a step. */
void tn__clock_step(tn__clock *clock, int32_t actor);
/* The earlier access that is not ordered before this one; NULL if all are. The access is added. The
 * actor has taken a step for it. */
const tn__access *tn__history_add(tn__history *history, const tn__access *access,
                                  const tn__clock *clock);

#endif
