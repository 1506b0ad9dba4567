/* SPDX-License-Identifier: MIT */
/* The pump: a thread that sends a loader's finished batches through a device.
 *
 * Three rings, because what is in them lives for different times. Workers fill a *staging buffer*
 * (pinned memory: records, labels, pixels as u8); it crosses to an *input* on the copy stream; the
 * kernel makes an *output* of that on the work stream; the consumer's streams use it. Events keep
 * them in order, each made once:
 *
 *   h2d       the staging buffer has crossed: the host waits for it before rows are made there
 * again arrived   the same, for the kernel used      the kernel is through: the next staging buffer
 * may cross to this input ready     the same, for the consumer released  the consumer is done: the
 * kernel may write this output again
 *
 * What the host must not touch is marked under the pool's lock; no call on the device is made under
 * it. A failure of the device is for good: ring->lost has it, and each call returns it. */
#ifndef TENCH_LOAD_PUMP_H
#define TENCH_LOAD_PUMP_H

#include <pthread.h>
#include <stdbool.h>

#include "dev/device.h"
#include "load/slot.h"
#include "make/sample.h"
#include "px/finish.h"

struct tn__ring;

enum { TN__INPUTS = 2, TN__OTHERS = 4 };
/* Of a staging buffer: nobody has it; rows are made there; it is on its way. */
enum { TN__STAGING_FREE = 0, TN__STAGING_TAKEN, TN__STAGING_CROSSING };

typedef struct tn__staging_buffer {
    tn__device_memory memory;
    tn__event *h2d;
    int32_t state;  /* guarded by the pool's lock */
    int64_t number; /* of the batch that it crosses with, among all that were sent */
} tn__staging_buffer;

typedef struct tn__input {
    tn__device_memory memory;
    tn__event *arrived, *used;
} tn__input;

/* A stream beside the consumer's first. */
typedef struct tn__other {
    void *stream;
    tn__event *released; /* made at the first use, kept */
} tn__other;

typedef struct tn__output {
    tn__device_memory memory;
    tn__event *ready, *released;
    bool taken; /* guarded by the pool's lock. All below belongs to who has the output */
    bool on_stream;
    void *stream; /* on which the consumer uses it */
    int32_t n_others;
    tn__other other[TN__OTHERS];
    bool needs_drain; /* a release could not be recorded: the device must come to rest before the
                    output is used again */
} tn__output;

/* A batch that was sent, for a trace. */
typedef struct tn__sending {
    double sent_at, crossed_at;
    int64_t epoch, batch;
    int32_t slot;
} tn__sending;

typedef struct tn__pump {
    struct tn__ring *ring;
    const tn__device_ops *ops;
    tn__device *device;
    tn__numa numa;           /* the thread and the staging buffers are there */
    void *copying, *working; /* streams */
    tn__staging_buffer *staging;
    tn__input inputs[TN__INPUTS];
    tn__output *outputs;     /* `max_outputs` places, of which `n_outputs` are there */
    tn__device_memory table; /* of the kernel; may be none */
    tn_px_finish constants;
    int64_t n_sent; /* batches sent since the device was opened: says which input is next */
    /* What the host knows of them, which is the pump's thread's alone. Copies end in their order,
     * and so do kernels. */
    int64_t n_crossed, n_finished; /* n_finished: as far as somebody wants to know */
    tn__sending *sendings;         /* of number n at n mod `depth + TN__INPUTS + 1` */
    double copied_at, finished_at; /* when the last of each was seen */
    int32_t resting;               /* what it waits for, TN__SPAN_…; 0: it does not */
    double resting_since;
    /* Guarded by the pool's lock. */
    int32_t n_outputs, max_outputs;
    bool closing, woken;
    double copy_wait_s, output_wait_s, kernel_wait_s; /* as in tn_stats */
    pthread_cond_t work;
} tn__pump;

/* Memory, streams and events, and the thread; the pool is there and not locked. Whatever fails,
 * nothing is left. NULL: failure recorded. */
tn__pump *tn__pump_create(struct tn__ring *ring);
/* A batch is filled, an output came back, or the loader is gone. Locked. */
void tn__pump_wake(tn__pump *pump);
/* A free staging buffer, -1: none. Locked. */
int32_t tn__pump_free_staging(const tn__pump *pump);
/* Takes the free staging buffer for a slot. Locked. */
void tn__pump_take_staging(tn__pump *pump, tn__slot *slot);
/* Gives back what a slot has borrowed and did not use. Locked. */
void tn__pump_forget(tn__pump *pump, tn__slot *slot);
/* Where a row of the slot is to be made. */
tn__row_output tn__pump_row_output(const tn__pump *pump, const tn__slot *slot, int32_t row);

/* The consumer's side: of an output that is out. Not locked. */

/* The stream waits for the output, and its end with it will be waited for. */
int tn__pump_use_on(tn__pump *pump, int32_t output, void *stream);
/* The same of one more stream. */
int tn__pump_also_use_on(tn__pump *pump, int32_t output, void *stream);
/* The consumer's last use of it is on this stream, whichever stream used it before. */
void tn__pump_end_on(tn__pump *pump, int32_t output, void *stream);
/* From now on it may be written again, behind what its streams have got to do. The output is to be
 * given back whatever comes out. */
int tn__pump_release(tn__pump *pump, int32_t output);
/* The host waits until it is ready, then copies a part of it. */
int tn__pump_fetch(tn__pump *pump, int32_t output, size_t at, size_t n_bytes, void *to);

#endif
