/* SPDX-License-Identifier: MIT */
/* The loader: the consumer's side. What is here belongs to the one thread that uses the loader;
 * what workers share with it is the ring.
 *
 * Loaders live in blocks that are never given back to the allocator, only used again. So a batch
 * that outlived its loader can still be asked whether it is stale: its generation begins with the
 * loader's id, and an id is used once. */
#ifndef TENCH_LOAD_LOADER_H
#define TENCH_LOAD_LOADER_H

#include <stdatomic.h>
#include <sys/types.h>

#include "load/ring.h"
#include "load/state.h"

/* Where the loader's epoch stands. */
enum { TN__IDLE = 0, TN__RUNNING, TN__ENDED, TN__FAILED };

struct tn_loader {
    atomic_bool in_use;
    atomic_uint id; /* 0 once it is destroyed and no batch is held */
    tn__ring *ring;
    pid_t pid;      /* of the process that started it, or a trace of it; 0 before */
    bool destroyed; /* waits for its held batches */
    int32_t n_held;
    int32_t out; /* slot of the batch that the next call of next() releases; -1: none */
    uint32_t n_given;
    int32_t phase;
    int64_t epoch, first, delivered; /* the epoch's first batch; batches since */
    int64_t fault_budget, epoch_faults;
    tn__error failure; /* that ended the epoch */
    tn__faults faults;
    tn__state identity; /* fields that every state of this loader has */
    tn__text state;
    int64_t images, batches;
    double wait_s, started_at, first_batch_s;
};

/* Options are checked by the caller for their size only. NULL: failure recorded. */
tn_loader *tn__loader_create(tn_dataset *dataset, tn_transform *transform,
                             const tn_loader_options *options);
void tn__loader_destroy(tn_loader *loader);
/* TN_EFORK in a process that did not start the loader. */
int tn__loader_check(const tn_loader *loader);
int tn__loader_start(tn_loader *loader, int64_t epoch, int64_t first);
/* How the consumer waits for what a device has yet to do. */
typedef struct tn__waiter {
    bool on_stream; /* or the host does */
    void *stream;
} tn__waiter;
int tn__loader_next(tn_loader *loader, tn_batch *out, tn__waiter waiter, int32_t timeout_ms);
void tn__loader_stop(tn_loader *loader);
/* As tn__ring_trace_start. */
int tn__loader_trace_start(tn_loader *loader, const char *path, int64_t max_spans);
const char *tn__loader_state(tn_loader *loader);
int tn__loader_resume(tn_loader *loader, const char *text);
void tn__loader_budget(const tn_loader *loader, tn_budget *out);
void tn__loader_stats(const tn_loader *loader, tn_stats *out);

/* The last batch goes back, unless it is held. */
void tn__loader_return_last(tn_loader *loader);
/* Frees what a destroyed loader kept for its held batches. */
void tn__loader_retire(tn_loader *loader);

/* The batch's slot, NULL with TN_ESTALE recorded. */
tn__slot *tn__batch_slot(const tn_batch *batch);
int tn__batch_hold(const tn_batch *batch);
int tn__batch_release(const tn_batch *batch);
/* The same; the last of its uses is on this stream. TN_EDEVICE: handed back nevertheless. */
int tn__batch_done(const tn_batch *batch, void *stream);
int tn__batch_also_uses(const tn_batch *batch, void *stream);
/* Contiguous elements of tensor number `tensor`, to memory of the host. */
int tn__batch_fetch(const tn_batch *batch, int32_t tensor, void *to);
int64_t tn__tensor_bytes(const tn_tensor *tensor);
const char *tn__batch_explain(tn__slot *slot, const tn_batch *batch, int32_t row);

/* load/settings.c: options checked and completed; owns nothing on failure. */
int tn__settings_make(tn__settings *settings, tn_dataset *dataset, tn_transform *transform,
                      const tn_loader_options *options);
/* Fills format, order, rng, fingerprints, positions, batch_size and seed. TN_ENOMEM. */
int tn__settings_identify(const tn__settings *settings, tn__state *out);
/* load/loader_memory.c: memory of loaders. */
tn_loader *tn__loader_take(void);
void tn__loader_give_back(tn_loader *loader);

#endif
