/* SPDX-License-Identifier: MIT */
/* The feed: everything that a loader shares with other threads. It joins the ring (which batch is
 * next), the pool (which makes rows), the path (which brings batches to the consumer) and the
 * trace.
 *
 * A thread that changes the ring holds the pool's lock and calls tn__feed_changed before it
 * unlocks. That function is the only one that wakes other threads.
 *
 * The loader holds one use of the feed. So does each row that a worker makes, each tensor that was
 * given to another library, the pump, and the thread that reads ahead. The last user frees the
 * feed, so destroying a loader waits for no worker. */
#ifndef TENCH_LOAD_FEED_H
#define TENCH_LOAD_FEED_H

#include "load/path.h"
#include "load/pool.h"
#include "load/ring.h"
#include "load/trace.h"
#include "make/ahead.h"

typedef struct tn__feed {
    tn__client client; /* first: the pool's view of the feed */
    tn__settings settings;
    tn__pool *pool; /* NULL until the first start; so is `path` */
    tn__path *path;
    bool marks; /* a tool wants NVTX ranges; known from the first start on */

    /* Guarded by the pool's lock. */
    tn__ring ring;
    tn__ahead ahead;
    pthread_cond_t rows_ahead; /* the thread that reads ahead waits for it */
    bool reads_ahead;          /* that thread was started, or could not be */
    bool rests;                /* it waits */
    int32_t uses;
    bool closing;               /* the loader is gone */
    double seconds[TN__STAGES]; /* of the workers, by stage */
    tn__counts counts;
    double idle_s, idle_mark; /* the pool's idle time: in past epochs; when this epoch began */
    bool starved;             /* workers wait for a slot */
    double starved_mark;      /* the pool's idle time when they began to */
    double slot_wait_s, device_wait_s; /* as in tn_stats */
    tn__trace *trace;                  /* NULL: none */
    int fd;                            /* eventfd; -1: not made yet */
    bool fd_raised;
    pthread_cond_t ready; /* the consumer waits for it */
} tn__feed;

/* Takes over the settings. NULL: TN_ENOMEM, and the caller still owns them. */
tn__feed *tn__feed_create(const tn__settings *settings);
/* Ends the loader's use. */
void tn__feed_close(tn__feed *feed);
/* Adds a use. Locked. */
void tn__feed_keep(tn__feed *feed);
/* Ends a use; true if it was the last, and the caller must dispose of the feed. Locked. */
bool tn__feed_leave(tn__feed *feed);
/* Frees the feed. Not locked: no other user is left. */
void tn__feed_dispose(tn__feed *feed);

/* Allocates the slots and starts the pool's threads, at the first start. Later it does nothing. */
int tn__feed_prepare(tn__feed *feed);
/* Starts an epoch at batch `first`. No epoch is running. */
void tn__feed_start(tn__feed *feed, int64_t epoch, int64_t first);
/* Gives up the running epoch, if there is one. Batches that are out stay out. */
void tn__feed_stop(tn__feed *feed);

/* Before the first start there is no pool, so there is no other thread and nothing to lock. */
void tn__feed_lock(tn__feed *feed);
void tn__feed_unlock(tn__feed *feed);
/* Tells all threads what changed in the ring (TN__RING_…): workers, the path, the consumer, its
 * descriptor, the trace and the sums. Locked. */
void tn__feed_changed(tn__feed *feed, unsigned changes);

/* Waits for the next batch and takes it; `on_stream` as in tn__ring. TN_END, TN_ETIMEOUT, TN_EHELD
 * when all slots are out, or the device's failure. */
int tn__feed_take(tn__feed *feed, bool on_stream, int32_t timeout_ms, int32_t *slot,
                  double *waited_s);
/* Adds a holder to a slot that is out, and a use of the feed. */
void tn__feed_share(tn__feed *feed, int32_t slot);
/* Ends both, from any thread; leaves tn_error() alone. */
void tn__feed_unshare(tn__feed *feed, int32_t slot);
/* A holder puts a slot back. Returns a failure of the consumer's streams; the slot is put back even
 * then. */
int tn__feed_put_back(tn__feed *feed, int32_t slot);
/* How many slots are out, and how many can be. */
int32_t tn__feed_out(tn__feed *feed, int32_t *limit);
/* The descriptor, readable while tn__feed_take would not wait. -1: failure recorded. */
int tn__feed_fd(tn__feed *feed);
void tn__feed_close_fd(tn__feed *feed);

/* Starts a trace of up to `capacity` spans. TN_EINVAL if one is under way, or as tn__trace_open. */
int tn__feed_trace_start(tn__feed *feed, const char *path, int64_t capacity);
/* Ends the trace and writes its file. TN_EINVAL if there is none, or as tn__trace_close. */
int tn__feed_trace_stop(tn__feed *feed, tn_trace_facts *out);
/* Ends the trace, if there is one, without a file. */
void tn__feed_trace_discard(tn__feed *feed);
/* Traces a span from `begun` to now, about a slot's batch or (NULL) about none. Locked. */
void tn__feed_trace_span(tn__feed *feed, int32_t kind, double begun, const tn__slot *slot);

/* Sums so far, as in tn_stats. */
typedef struct tn__sums {
    double seconds[TN__STAGES];
    tn__counts counts;
    double idle_s, slot_wait_s, device_wait_s;
    int64_t read_ahead;
    tn__path_waits path;
} tn__sums;
void tn__feed_sums(tn__feed *feed, tn__sums *out);

#endif
