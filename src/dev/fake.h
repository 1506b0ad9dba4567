/* SPDX-License-Identifier: MIT */
/* The fake device: the device table on the CPU, for tests and for machines without a device.
 *
 * Work is kept in a queue for each stream and done later, in any order that streams and events
 * allow, when somebody asks for the state of an event. So a wait that is missing shows. It shows in
 * any case: each use of a buffer is checked with vector clocks when it is enqueued, and one that is
 * not in order fails, with a message that names both uses and the event whose wait is missing. So
 * do a use of freed memory (which is poisoned), a read of memory that was never written, and one
 * past the end. A batch is finished by the kernel that a device would run, its text compiled as C
 * (cuda/shim.h): one thread of the grid after the other.
 *
 * The device's default stream, NULL, is one like the others. */
#ifndef TENCH_DEV_FAKE_H
#define TENCH_DEV_FAKE_H

#include <stdbool.h>

#include "dev/device.h"

enum { TN__POISON = 0xDB, TN__FRESH = 0xA5 }; /* bytes of memory: freed, and not written yet */

/* How devices behave that are opened from now on. All zero: as they should. */
typedef struct tn__fake_knobs {
    const char *ignore;    /* waits for events of this name are left out, */
    const char *ignore_on; /* if this is not NULL, only those of streams of this name; */
    const char *forget;    /* records of events of this name */
    const char *fail;      /* this call of the table fails, */
    int32_t fail_at;       /* the n-th time, from 1; later ones do not */
    bool fail_later;       /* copy and finish: not when enqueued, but when the work is done */
    int32_t delay;         /* work that could be done waits for up to so many queries; 0: none */
    uint32_t seed;         /* of these delays, and of the order of work */
    size_t device_bytes;   /* all that can be allocated on the device; 0: no limit */
    const tn__numa *numa;  /* where it is; NULL: nowhere in particular */
} tn__fake_knobs;
extern tn__fake_knobs tn__fake_knobs_now;

/* What has been done on a device. */
typedef struct tn__fake_counts {
    int64_t copies, kernels;
    int32_t streams, events, buffers; /* that exist */
    size_t device_bytes, pinned_bytes;
} tn__fake_counts;
void tn__fake_count(tn__device *device, tn__fake_counts *out);

/* Work of a consumer: `run` is called with `argument` when the stream gets there. It uses the
 * n_bytes at `data`, which are memory of the device. */
typedef struct tn__fake_work {
    const char *what; /* static, as "step" */
    const void *data;
    size_t n_bytes;
    bool writes;
    void (*run)(void *argument); /* may be NULL */
    void *argument;
} tn__fake_work;
int tn__fake_enqueue(tn__device *device, const tn__fake_work *given, void *handle);

/* The first thing that was wrong since the last call, with any device: a race, or what was left
 * when a device was closed. Empty if nothing was. For one thread. */
const char *tn__fake_complaint(void);

#endif
