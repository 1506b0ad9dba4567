/* SPDX-License-Identifier: MIT */
/* A trace: what a loader's workers, slots, consumer and pump did, and when.
 *
 * Spans are kept in memory that is taken at the start, and written as a file at the end: when there
 * is no room left, what follows is counted and not kept. Who has a span to add holds the pool's
 * lock anyway (a worker keeps the stage spans of its turn to itself until it hands the row in), so
 * that a trace needs no lock of its own, and its file is written by the consumer's thread alone. */
#ifndef TENCH_LOAD_TRACE_H
#define TENCH_LOAD_TRACE_H

#include <stdint.h>

#include "base/output.h"
#include "data/dataset.h"
#include "make/stage.h"

/* Kinds of spans; those of a worker's stages have the stages' numbers. */
enum {
    TN__SPAN_SAMPLE = TN__STAGES, /* a worker's turn */
    TN__SPAN_MIX,                 /* its second turn on a row */
    TN__SPAN_FILL,                /* a slot: rows are made */
    TN__SPAN_MIXED,               /* rows are mixed */
    TN__SPAN_FILLED,              /* it waits for the device */
    TN__SPAN_SENT,                /* the device has been told all */
    TN__SPAN_READY,               /* it waits for the consumer */
    TN__SPAN_HELD,                /* the consumer has it */
    TN__SPAN_DROPPED,             /* it was given up, workers still have rows of it */
    TN__SPAN_NEXT,                /* the consumer waits */
    TN__SPAN_ENQUEUE,             /* the pump tells the device what to do */
    TN__SPAN_IDLE,                /* the pump has nothing to do, or waits: */
    TN__SPAN_NO_STAGING,          /* for staging buffers to cross, as no row can be made before, */
    TN__SPAN_NO_OUTPUT,           /* for the consumer to hand a batch back, */
    TN__SPAN_NO_KERNEL,           /* for the kernel, as the consumer does */
    TN__SPAN_COPY,                /* of a staging buffer, on the copy stream */
    TN__SPAN_KERNEL,              /* on the work stream */
    TN__SPANS
};

typedef struct tn__trace_span {
    double begun, ended; /* as tn__now says */
    int32_t kind;
    int32_t track;            /* number of the worker, or of the slot */
    int64_t batch;            /* -1: about none */
    int32_t slot, row;        /* row -1: about none; so are the next two */
    int64_t position, sample; /* `sample` only of a whole turn */
    int64_t epoch;
    int32_t attempt; /* how many samples failed before this one */
} tn__trace_span;
_Static_assert(sizeof(tn__trace_span) == 72, "as tench.h says");

typedef struct tn__trace {
    double begun;
    int64_t n, capacity, dropped;
    tn__trace_span *spans;
    char *path;
    tn__output_file output;
} tn__trace;

/* What people call them. Static. */
const char *tn__trace_name(int32_t kind);

/* Opens the file, which is written beside `path` and renamed at the end. NULL: TN_EIO, TN_ENOMEM.
 */
tn__trace *tn__trace_open(const char *path, int64_t capacity);
void tn__trace_add(tn__trace *trace, const tn__trace_span *span);
/* Writes the file, with the data set's names; the trace is gone. TN_EIO, TN_ENOMEM. */
int tn__trace_close(tn__trace *trace, const tn_dataset *dataset);
/* Leaves no file; the trace is gone. NULL is fine. */
void tn__trace_discard(tn__trace *trace);

#endif
