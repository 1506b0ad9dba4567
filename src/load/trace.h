/* SPDX-License-Identifier: MIT */
/* A trace: what a loader's workers, slots, consumer and pump did, and when.
 *
 * Spans stay in memory that is allocated at the start, and become a file at the end. When the
 * memory is full, further spans are counted but not kept. A thread that adds a span holds the
 * pool's lock in any case (a worker collects the stages of its turn until it finishes the turn), so
 * a trace has no lock of its own. Only the consumer's thread writes the file. */
#ifndef TENCH_LOAD_TRACE_H
#define TENCH_LOAD_TRACE_H

#include <stdint.h>

#include "base/output.h"
#include "data/dataset.h"
#include "make/stage.h"

/* Kinds of spans. The first are a worker's stages (TN__STAGE_…). */
enum {
    TN__SPAN_SAMPLE = TN__STAGES, /* a worker's turn */
    TN__SPAN_MIX,                 /* a worker's turn that mixes a row */
    TN__SPAN_FILL,                /* a slot: workers make rows */
    TN__SPAN_MIXED,               /* a slot: workers mix rows */
    TN__SPAN_FILLED,              /* the slot's batch waits until it is sent to the device */
    TN__SPAN_SENT,                /* the device works on the slot's batch */
    TN__SPAN_READY,               /* the slot waits for the consumer */
    TN__SPAN_HELD,                /* the consumer has the slot */
    TN__SPAN_DROPPED,             /* the slot was given up, but workers still make its rows */
    TN__SPAN_NEXT,                /* the consumer waits */
    TN__SPAN_ENQUEUE,             /* the pump queues the device's work */
    TN__SPAN_IDLE,                /* the pump has nothing to do */
    TN__SPAN_NO_STAGING,          /* the pump waits: all staging buffers are crossing */
    TN__SPAN_NO_OUTPUT,           /* the pump waits: the consumer has all outputs */
    TN__SPAN_NO_KERNEL,           /* the pump and the consumer wait for the kernel */
    TN__SPAN_COPY,                /* a staging buffer crosses, on the copy stream */
    TN__SPAN_KERNEL,              /* the kernel runs, on the work stream */
    TN__SPANS
};

typedef struct tn__trace_span {
    double begun, ended; /* by tn__now() */
    int32_t kind;
    int32_t track;            /* number of the worker or slot */
    int64_t batch;            /* -1: none */
    int32_t slot, row;        /* row -1: none; then the next two are unused */
    int64_t position, sample; /* sample: of a whole turn only; -1: none */
    int64_t epoch;
    int32_t attempt; /* samples that failed before this one */
} tn__trace_span;
_Static_assert(sizeof(tn__trace_span) == 72, "tench.h gives this size");

typedef struct tn__trace {
    double begun;
    int64_t n, capacity, dropped;
    tn__trace_span *spans;
    char *path;
    tn__output_file output;
} tn__trace;

/* The name of a kind of span. Static. */
const char *tn__trace_name(int32_t kind);

/* Opens a file beside `path`, which gets its name at the end. NULL: TN_EIO, TN_ENOMEM. */
tn__trace *tn__trace_open(const char *path, int64_t capacity);
void tn__trace_add(tn__trace *trace, const tn__trace_span *span);
/* Writes the file, with names from the data set, and frees the trace. TN_EIO, TN_ENOMEM. */
int tn__trace_close(tn__trace *trace, const tn_dataset *dataset);
/* Frees the trace and leaves no file. NULL is allowed. */
void tn__trace_discard(tn__trace *trace);

#endif
