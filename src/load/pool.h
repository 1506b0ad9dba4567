/* SPDX-License-Identifier: MIT */
/* The pool: threads and scratch memory, shared by loaders.
 *
 * Threads start when the first client attaches. They are detached and never joined: a host may exit
 * in mid-decode. The process's pool is never torn down; a loader's own pool ends by itself when its
 * last user is gone. The row whose batch is needed first is taken first, over all clients.
 *
 * One lock a pool guards its clients and all that they share with the workers, so a turn costs one
 * locking: finish the last row, claim the next. */
#ifndef TENCH_LOAD_POOL_H
#define TENCH_LOAD_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dev/numa.h"
#include "make/sample.h"

typedef struct tn__pool tn__pool;
typedef struct tn__client tn__client;

/* One row that a worker has claimed. */
typedef struct tn__turn {
    tn__client *client;
    int32_t slot, row;
    bool mixes;  /* the row is made, and is now mixed with others */
    bool traced; /* the worker keeps the stage spans of its turn */
    tn__place place;
} tn__turn;

/* How a client looks to the pool. */
typedef struct tn__client_ops {
    /* How many batches ahead of its consumer the next row is; -1: there is none now. Locked. */
    int64_t (*lead)(const tn__client *client);
    /* Takes that row. Locked. */
    void (*claim)(tn__client *client, tn__turn *turn);
    /* Makes the row. Not locked. */
    void (*run)(const tn__turn *turn, tn__worker *worker);
    /* Hands the row in; true if nobody else uses the client any more. Locked. */
    bool (*finish)(const tn__turn *turn, tn__worker *worker);
    /* Called after such a finish. Not locked. */
    void (*free)(tn__client *client);
} tn__client_ops;

struct tn__client {
    const tn__client_ops *ops;
    tn__client *next; /* of the pool's list */
    bool attached;
};

/* The process's pool; in a forked child a fresh one. Threads: tn__cpu_threads() divided by the
 * ranks on this node. */
tn__pool *tn__pool_default(void);
int32_t tn__pool_default_threads(void);
/* A pool of its own, with one user, whose threads are on the device's NUMA node if they have a CPU
 * each there.
 */
tn__pool *tn__pool_create(int32_t n_threads, tn__numa numa);
/* Ends one use. The process's pool stays. Not locked. */
void tn__pool_release(tn__pool *pool);

void tn__pool_lock(tn__pool *pool);
void tn__pool_unlock(tn__pool *pool);
/* The lock, for condition variables. */
pthread_mutex_t *tn__pool_mutex(tn__pool *pool);

/* Starts the threads if that was not done yet; TN_ENOMEM if not one can be started. Locked. */
int tn__pool_start(tn__pool *pool);
/* Locked. */
void tn__pool_attach(tn__pool *pool, tn__client *client);
void tn__pool_detach(tn__pool *pool, tn__client *client);
/* A client has rows to give again. Locked. */
void tn__pool_wake(tn__pool *pool);
/* Threads: that run, or that will. */
int32_t tn__pool_threads(const tn__pool *pool);
/* Seconds that the threads have waited for work, summed. Locked. */
double tn__pool_idle(const tn__pool *pool);

#endif
