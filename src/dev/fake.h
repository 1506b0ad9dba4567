/* SPDX-License-Identifier: MIT */
/* The fake device: the device table on the CPU, for tests and for machines without a device.
 *
 * Each stream keeps its work in a queue. The device performs queued work when a caller queries an
 * event, in any order that streams and events allow, so a missing wait can change the result. The
 * device does not rely on that: when work is enqueued, it checks each access to a buffer with
 * vector clocks (clock.h). An access that is not ordered fails with a message that names both
 * accesses and the event whose wait is missing. The device also refuses to use freed memory (which
 * it poisons), to read memory that was never written, and to go past the end. It finishes a batch
 * with the text of the GPU's kernel, compiled as C (cuda/shim.h): one thread of the grid after the
 * other.
 *
 * The device's default stream, NULL, behaves like any other. */
#ifndef TENCH_DEV_FAKE_H
#define TENCH_DEV_FAKE_H

#include <stdbool.h>

#include "dev/device.h"

enum {
    TN__POISON = 0xDB,
    TN__FRESH = 0xA5
}; /* bytes of freed memory, and of memory not yet written */

/* Faults of the devices that are opened from now on. All zero: none. */
typedef struct tn__fake_knobs {
    const char *ignore;    /* name of events: waits for them are left out */
    const char *ignore_on; /* name of the streams that leave them out; NULL: all, and the host */
    const char *forget;    /* name of events: records of them are left out */
    const char *fail;      /* name of a function of the table: one call of it fails */
    int32_t fail_at;       /* number of that call, from 1 */
    bool fail_later;       /* copy and finish: fail when the work runs, not when it is queued */
    int32_t delay;         /* most queries by which work is delayed; 0: none */
    uint32_t seed;         /* for delays, and for the order of work */
    size_t device_bytes;   /* memory of the device; 0: no limit */
    const tn__numa *numa;  /* the device's node; NULL: none */
} tn__fake_knobs;
extern tn__fake_knobs tn__fake_knobs_now;
extern const tn__device_ops tn__device_fake;

/* What a device has done, and what exists on it. */
typedef struct tn__fake_counts {
    int64_t copies, kernels;
    int32_t streams, events, buffers; /* how many exist now */
    size_t device_bytes, pinned_bytes;
} tn__fake_counts;
void tn__fake_count(tn__device *device, tn__fake_counts *out);

/* Work of a consumer, which uses n_bytes of device memory at `data`. The device calls `run` with
 * `argument` when the stream gets there. */
typedef struct tn__fake_work {
    const char *what; /* static, for example "step" */
    const void *data;
    size_t n_bytes;
    bool writes;
    void (*run)(void *argument); /* may be NULL */
    void *argument;
} tn__fake_work;
int tn__fake_enqueue(tn__device *device, const tn__fake_work *given, void *handle);

/* The first error of any device since the last call: a wrong access, or something left when a
 * device was closed. Empty: there was none. Only one thread may call this. */
const char *tn__fake_complaint(void);

#endif
