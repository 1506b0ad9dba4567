/* SPDX-License-Identifier: MIT */
/* The loader: the consumer's side. Only the thread that uses the loader touches it; what other
 * threads share with it is the feed.
 *
 * Memory of loaders is used again but never returned to the allocator. So a batch that outlived its
 * loader can still be asked whether it is stale: its generation begins with the loader's id, and
 * each id is used once. */
#ifndef TENCH_LOAD_LOADER_H
#define TENCH_LOAD_LOADER_H

#include <stdatomic.h>
#include <sys/types.h>

#include "load/fault.h"
#include "load/feed.h"
#include "load/state.h"

/* Phases of the loader's epoch. */
enum { TN__IDLE = 0, TN__RUNNING, TN__ENDED, TN__FAILED };

struct tn_loader {
    atomic_bool in_use;
    atomic_uint id; /* 0 once the loader is destroyed and no batch is held */
    tn__feed *feed;
    pid_t pid;      /* the process that opened device, trace or threads; 0: none yet */
    bool destroyed; /* the loader stays until its held batches are released */
    int32_t n_held;
    int32_t out; /* slot of the batch that the next call of next() releases; -1: none */
    uint32_t n_given;
    int32_t phase;
    int64_t epoch, first, delivered; /* the epoch's first batch; batches since then */
    int64_t fault_budget, epoch_faults;
    tn__error failure; /* the failure that ended the epoch */
    tn__faults faults;
    tn__state identity; /* fields that all states of this loader share */
    tn__text state;
    int64_t images, batches;
    double wait_s, started_at, first_batch_s;
};

/* How the consumer waits for the device. */
typedef struct tn__waiter {
    bool on_stream; /* the stream waits; otherwise the thread does */
    void *stream;
} tn__waiter;

/* The caller has checked the options' size only. NULL: failure recorded. */
tn_loader *tn__loader_create(tn_dataset *dataset, tn_transform *transform,
                             const tn_loader_options *options);
void tn__loader_destroy(tn_loader *loader);
/* TN_EFORK in a process that did not start the loader. */
int tn__loader_check(const tn_loader *loader);
int tn__loader_start(tn_loader *loader, int64_t epoch, int64_t first);
int tn__loader_next(tn_loader *loader, tn_batch *out, tn__waiter waiter, int32_t timeout_ms);
void tn__loader_stop(tn_loader *loader);
/* As tn__feed_trace_start. */
int tn__loader_trace_start(tn_loader *loader, const char *path, int64_t max_spans);
const char *tn__loader_state(tn_loader *loader);
int tn__loader_resume(tn_loader *loader, const char *text);
void tn__loader_budget(const tn_loader *loader, tn_budget *out);
void tn__loader_stats(const tn_loader *loader, tn_stats *out);
/* Frees what a destroyed loader kept for its held batches. */
void tn__loader_retire(tn_loader *loader);

#endif
