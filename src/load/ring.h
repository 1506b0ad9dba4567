/* SPDX-License-Identifier: MIT */
/* The ring: what a loader shares with the workers. Slots, and which rows are to be made next.
 *
 * The loader holds one use, each row that a worker has in hand another: a loader can be destroyed
 * while rows are being made, nobody waits for them, and the last one frees the ring. */
#ifndef TENCH_LOAD_RING_H
#define TENCH_LOAD_RING_H

#include "data/dataset.h"
#include "load/order.h"
#include "load/pool.h"
#include "load/pump.h"
#include "load/slot.h"
#include "load/trace.h"
#include "op/transform.h"

/* What a loader was made with. Never changes. */
typedef struct tn__settings {
    tn_dataset *dataset;
    tn_transform *transform;
    const tn__node *mixing; /* the transform's op that mixes rows; NULL: there is none */
    tn_px_finish constants; /* of the last write of mixed rows, without a device */
    int64_t seed;
    int32_t order; /* TN__FEISTEL_1 … */
    int32_t depth; /* slots; with a device, staging buffers */
    int32_t own_threads;
    bool skip;       /* faults are replaced */
    int64_t *subset; /* NULL: all samples */
    int64_t n_subset;
    size_t large_bytes; /* of one image in the pool's lane */
    tn__schedule schedule;
    tn__layout layout;
    const tn__device_ops *ops; /* of a device; NULL: batches stay with the host */
    tn__device *device;
    int32_t outputs, max_outputs; /* on the device: at the start, and at most */
} tn__settings;

typedef struct tn__ring {
    tn__client client; /* first: what the pool sees */
    tn__settings settings;
    tn__pool *pool; /* NULL until the first start */
    tn__pump *pump; /* with a device, from the first start on */
    int32_t n_slots;

    /* Guarded by the pool's lock. */
    int32_t uses;
    bool running;
    int64_t epoch, first;        /* the epoch's first batch, over all ranks */
    int64_t n_batches;           /* of this rank */
    int64_t opened, sent, taken; /* batches begun, with a device sent, given to the consumer */
    bool on_stream;              /* the consumer's streams wait for the device, not the host */
    tn__error lost;              /* of a device; code TN_OK while it is well */
    tn__order order;
    tn__slot *slots;
    int32_t *queue; /* slots of batches taken … opened - 1; batch j at j mod n_slots */
    double seconds[TN__STAGES]; /* of the workers, by stage */
    tn__counts counts;
    double idle_s, idle_mark; /* finished epochs; the pool's idle time when this one began */
    bool starved;             /* workers wait for a slot; the pool's idle time when that began: */
    double starved_mark;
    double slot_wait_s, device_wait_s; /* as in tn_stats */
    tn__trace *trace;                  /* NULL: there is none */
    bool marks;                        /* a tool wants ranges; known from the first start on */
    int fd;                            /* eventfd; -1: nobody asked */
    bool fd_raised;
    pthread_cond_t ready; /* the next batch is complete */
} tn__ring;

/* Takes over what the settings own: its references and the subset. NULL: TN_ENOMEM, nothing taken.
 */
tn__ring *tn__ring_create(const tn__settings *settings);
/* Ends the loader's use. */
void tn__ring_release(tn__ring *ring);
/* First start: pool, threads and memory. Once these are there it does nothing. */
int tn__ring_prepare(tn__ring *ring);
/* Begins an epoch at batch `first`. None is running. */
void tn__ring_start(tn__ring *ring, int64_t epoch, int64_t first);
/* Gives the running epoch up, if there is one. Batches that are out stay out. */
void tn__ring_stop(tn__ring *ring);
/* Waits for the next batch and hands its slot out; `on_stream` says that a stream waits for what
 * the device has yet to do, else it is done. TN_END, TN_ETIMEOUT; TN_EHELD when all places are out;
 * what has happened to the device. */
int tn__ring_take(tn__ring *ring, bool on_stream, int32_t timeout_ms, int32_t *slot,
                  double *waited_s);
/* One more holder of a slot that is out, and of the ring. */
void tn__ring_share(tn__ring *ring, int32_t slot);
/* Ends that, from any thread; leaves tn_error() alone. */
void tn__ring_unshare(tn__ring *ring, int32_t slot);
/* The consumer, or who else holds it, hands a slot back. A failure of its streams is returned; the
 * slot is handed back nevertheless. */
int tn__ring_return(tn__ring *ring, int32_t slot);
/* How many slots are out, and can be. */
int32_t tn__ring_kept(tn__ring *ring, int32_t *limit);
/* The descriptor that is readable while take would not wait; -1 with the failure recorded. */
int tn__ring_fd(tn__ring *ring);
void tn__ring_close_fd(tn__ring *ring);
/* Begins a trace of up to so many spans. TN_EINVAL if there is one; as tn__trace_open. */
int tn__ring_trace_start(tn__ring *ring, const char *path, int64_t capacity);
/* Ends it and writes its file. TN_EINVAL if there is none; as tn__trace_close. */
int tn__ring_trace_stop(tn__ring *ring, tn_trace_facts *out);
/* Ends it, if there is one, and leaves no file. */
void tn__ring_trace_discard(tn__ring *ring);
/* Sums so far. */
typedef struct tn__sums {
    double seconds[TN__STAGES];
    tn__counts counts;
    double idle_s, slot_wait_s, device_wait_s; /* as in tn_stats; so are the next three */
    double copy_wait_s, output_wait_s, kernel_wait_s;
} tn__sums;
void tn__ring_sums(tn__ring *ring, tn__sums *out);

/* Between the sides of the ring. */
extern const tn__client_ops tn__ring_client; /* load/feed.c */
/* Before the first start there is no pool, and nobody to lock out. */
void tn__ring_lock(tn__ring *ring);
void tn__ring_unlock(tn__ring *ring);
/* Of batch j of taken … opened - 1. Locked, as all that follow. */
tn__slot *tn__ring_slot(const tn__ring *ring, int64_t j);
/* It is the next one that the consumer takes. */
bool tn__ring_is_next(const tn__ring *ring, const tn__slot *slot);
/* The batch that the device gets next, if it is filled; the one that the host awaits from it; NULL:
 * none. */
tn__slot *tn__ring_to_send(const tn__ring *ring);
tn__slot *tn__ring_to_confirm(const tn__ring *ring);
/* Slots that are out. */
int32_t tn__ring_out(const tn__ring *ring);
/* Ends one use; true if it was the last, and the ring is to be disposed of. */
bool tn__ring_leave(tn__ring *ring);
/* The one way to a slot's next state. */
void tn__ring_enter(tn__ring *ring, tn__slot *slot, int32_t state);
/* For a trace, if there is one: a turn that is over; what began then and ends now, about a batch or
 * (NULL) none. load/ring_trace.c. */
void tn__ring_trace_turn(tn__ring *ring, const tn__turn *turn, tn__worker *worker);
void tn__ring_trace_span(tn__ring *ring, int32_t kind, double begun, const tn__slot *slot);
/* Rows were taken, or a place to make them in was taken or given back. load/feed.c. */
void tn__ring_update_starved(tn__ring *ring);
/* Leaves the pool's list: the epoch is over, or given up. */
void tn__ring_end_epoch(tn__ring *ring);
/* Nobody has the slot any more. */
void tn__ring_free_slot(tn__ring *ring, tn__slot *slot);
/* Frees a slot that was given up, once nobody works on it. */
void tn__ring_drain(tn__ring *ring, tn__slot *slot);
/* Brings the descriptor in line with whether take would wait. */
void tn__ring_update_fd(tn__ring *ring);
/* Not locked: nobody else is left. */
void tn__ring_dispose(tn__ring *ring);

/* What workers do to a row (load/row.c): make it; mix and write it, once all are made. */
void tn__row_make(const tn__ring *ring, const tn__turn *turn, tn__worker *worker);
void tn__row_mix(const tn__ring *ring, const tn__turn *turn, tn__worker *worker);
/* Writes a row's soft target, once all rows are made. */
void tn__row_target(const tn__settings *settings, tn__slot *slot, int32_t row);
/* One of the rows could not be made. */
bool tn__slot_has_failed(const tn__slot *slot);
/* Rows of a batch of so many samples. */
int32_t tn__settings_rows(const tn__settings *settings, int32_t samples);
/* Which sample stands at a position. */
int64_t tn__settings_sample(const tn__settings *settings, int64_t drawn);

#endif
