/* SPDX-License-Identifier: MIT */
/* The pool: threads and scratch memory, shared by loaders.
 *
 * The threads start when the first client attaches. They are detached and never joined, because a
 * host may exit while they decode. The process's pool is never torn down; a loader's own pool ends
 * when its last user is gone. Of all clients, the one whose next row is needed first goes first.
 *
 * One lock guards the pool's clients and all that they share with the workers, so a turn locks
 * once: to finish the last row and to claim the next. */
#ifndef TENCH_LOAD_POOL_H
#define TENCH_LOAD_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dev/numa.h"
#include "load/slot.h"
#include "make/worker.h"

typedef struct tn__pool tn__pool;
typedef struct tn__client tn__client;

/* What the pool asks of a client. */
typedef struct tn__client_ops {
    /* How many batches the client's next row is ahead of its consumer; -1: it has no row. Locked.
     */
    int64_t (*lead)(const tn__client *client);
    /* Claims that row. Locked. */
    void (*claim)(tn__client *client, tn__turn *turn);
    /* Makes the row. Not locked. */
    void (*run)(tn__client *client, const tn__turn *turn, tn__worker *worker);
    /* Finishes the turn; true if that ended the last use of the client. Locked. */
    bool (*finish)(tn__client *client, const tn__turn *turn, tn__worker *worker);
    /* Frees the client, after such a finish. Not locked. */
    void (*free)(tn__client *client);
} tn__client_ops;

struct tn__client {
    const tn__client_ops *ops;
    tn__client *next; /* in the pool's list */
};

/* The process's pool; a forked child gets a fresh one. It has as many threads as this process may
 * use CPUs, divided by the ranks on this machine. */
tn__pool *tn__pool_default(void);
int32_t tn__pool_default_threads(void);
/* A pool with one user. Its threads run on the NUMA node, if each can have a CPU there. */
tn__pool *tn__pool_create(int32_t n_threads, tn__numa numa);
/* Ends one use. The process's pool stays. Not locked. */
void tn__pool_release(tn__pool *pool);

void tn__pool_lock(tn__pool *pool);
void tn__pool_unlock(tn__pool *pool);
/* The lock, for condition variables. */
pthread_mutex_t *tn__pool_mutex(tn__pool *pool);

/* Starts the threads, once. TN_ENOMEM if not one can be started. Locked. */
int tn__pool_start(tn__pool *pool);
/* Adds a client, and removes it. Locked. */
void tn__pool_attach(tn__pool *pool, tn__client *client);
void tn__pool_detach(tn__pool *pool, tn__client *client);
/* Wakes idle threads: a client has rows again. Locked. */
void tn__pool_wake(tn__pool *pool);
/* Threads that run, or will once they are started. */
int32_t tn__pool_threads(const tn__pool *pool);
/* Seconds that the threads have waited for work, summed. Locked. */
double tn__pool_idle(const tn__pool *pool);

#endif
