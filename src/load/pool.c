/* SPDX-License-Identifier: MIT */
/* Threads that serve loaders. See pool.h. */
#include "load/pool.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/thread.h"
#include "load/world.h"

enum { CACHE_LINES = 128 }; /* two: the second is prefetched with the first */

typedef struct member {
    _Alignas(CACHE_LINES) tn__worker worker;
    tn__pool *pool;
    int32_t number;
} member;

struct tn__pool {
    tn__large_gate gate;  /* for images too large for a worker's scratch */
    pthread_mutex_t lock; /* guards everything below, and what clients share with workers; no other
                             lock is taken under it */
    pthread_cond_t work;  /* signals that a client has a row, or that the pool closes */
    tn__client *clients;
    member *members;
    int32_t n_threads, n_started;
    int32_t n_users; /* threads, and the loader that owns the pool */
    bool own;        /* a loader's own pool */
    tn__numa numa;   /* of a loader's own pool; the threads of the process's pool run anywhere */
    bool started, closing;
    int32_t n_idle;
    double idle_s, idle_since; /* seconds of past waits; sum of the starts of present waits */
    pid_t pid;
    tn__pool *inherited; /* in a forked child: the parent's pool, which it must not touch */
};

static _Atomic(tn__pool *) process_pool;

static tn__pool *make(int32_t n_threads, bool own)
{
    tn__pool *const pool = calloc(1, sizeof *pool);
    member *const members =
        aligned_alloc(CACHE_LINES, sizeof(member) * (size_t)(n_threads > 0 ? n_threads : 1));
    if (!pool || !members) {
        free(pool);
        free(members);
        return tn__fail_null(TN_ENOMEM, "out of memory: a pool of %d threads", n_threads);
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_mutex_init(&pool->gate.busy, NULL);
    pool->members = members;
    pool->n_threads = n_threads;
    pool->n_users = 1;
    pool->numa.node = -1;
    pool->own = own;
    pool->pid = getpid();
    return pool;
}

static void dispose(tn__pool *pool)
{
    pthread_mutex_destroy(&pool->gate.busy);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->members);
    free(pool);
}

int32_t tn__pool_default_threads(void)
{
    const int32_t share = tn__cpu_threads() / tn__world_here().local_size;
    return share > 0 ? share : 1;
}

tn__pool *tn__pool_default(void)
{
    tn__pool *known = atomic_load(&process_pool);
    while (!known || known->pid != getpid()) {
        tn__pool *const fresh = make(tn__pool_default_threads(), false);
        if (!fresh)
            return NULL;
        fresh->inherited = known;
        if (atomic_compare_exchange_strong(&process_pool, &known, fresh))
            return fresh;
        dispose(fresh);
    }
    return known;
}

tn__pool *tn__pool_create(int32_t n_threads, tn__numa numa)
{
    tn__pool *const pool = make(n_threads, true);
    if (pool &&
        n_threads <= tn__cpus_count(&numa.cpus)) /* more threads than CPUs would be slower there */
        pool->numa = numa;
    return pool;
}

/* Ends one use; true if it was the last. Locked. */
static bool leave(tn__pool *pool)
{
    pool->n_users--;
    if (pool->own && pool->n_users == pool->n_started) {
        pool->closing = true;
        pthread_cond_broadcast(&pool->work);
    }
    return pool->n_users == 0;
}

void tn__pool_release(tn__pool *pool)
{
    if (!pool || !pool->own)
        return;
    tn__pool_lock(pool);
    const bool last = leave(pool);
    tn__pool_unlock(pool);
    if (last)
        dispose(pool);
}

void tn__pool_lock(tn__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
}

void tn__pool_unlock(tn__pool *pool)
{
    pthread_mutex_unlock(&pool->lock);
}

pthread_mutex_t *tn__pool_mutex(tn__pool *pool)
{
    return &pool->lock;
}

/* The client whose next row is needed first. NULL: there is no work. */
static tn__client *most_urgent(const tn__pool *pool)
{
    tn__client *best = NULL;
    int64_t best_lead = INT64_MAX;
    for (tn__client *client = pool->clients; client; client = client->next) {
        const int64_t lead = client->ops->lead(client);
        if (lead >= 0 && lead < best_lead) {
            best = client;
            best_lead = lead;
        }
    }
    return best;
}

static void wait_for_work(tn__pool *pool)
{
    const double begun = tn__now();
    pool->n_idle++;
    pool->idle_since += begun;
    pthread_cond_wait(&pool->work, &pool->lock);
    pool->n_idle--;
    pool->idle_since -= begun;
    pool->idle_s += tn__now() - begun;
}

/* Claims and makes rows until the pool closes. Locked, but not while it makes a row. */
static void serve(tn__pool *pool, tn__worker *worker)
{
    while (!pool->closing) {
        tn__client *const client = most_urgent(pool);
        if (!client) {
            wait_for_work(pool);
            continue;
        }
        tn__turn turn = {0};
        client->ops->claim(client, &turn);
        tn__pool_unlock(pool);
        client->ops->run(client, &turn, worker);
        tn__pool_lock(pool);
        if (client->ops->finish(client, &turn, worker)) {
            tn__pool_unlock(pool);
            client->ops->free(client);
            tn__pool_lock(pool);
        }
    }
}

static void *run_thread(void *argument)
{
    member *const self = argument;
    tn__pool *const pool = self->pool;
    char name[16];
    snprintf(name, sizeof name, "tench/%d", self->number);
    pthread_setname_np(pthread_self(), name);
    tn__numa_bind(&pool->numa); /* first, so that the scratch memory lies on this node too */
    tn__worker_init(&self->worker, &pool->gate);
    self->worker.number = self->number;
    tn__pool_lock(pool);
    serve(pool, &self->worker);
    tn__pool_unlock(pool);
    tn__worker_free(&self->worker);
    tn__pool_lock(pool);
    pool->n_started--;
    const bool last = leave(pool);
    tn__pool_unlock(pool);
    if (last)
        dispose(pool);
    return NULL;
}

/* Starts as many threads as possible. Returns errno of the first that failed; 0: none. */
static int start_threads(tn__pool *pool)
{
    for (int32_t t = 0; t < pool->n_threads; t++) {
        pool->members[t].pool = pool;
        pool->members[t].number = t + 1;
        const int problem = tn__thread_detach(run_thread, &pool->members[t]);
        if (problem != 0)
            return problem;
        pool->n_started++;
        pool->n_users++;
    }
    return 0;
}

int tn__pool_start(tn__pool *pool)
{
    if (pool->started)
        return TN_OK;
    const int problem = start_threads(pool);
    if (pool->n_started == 0)
        return tn__fail(TN_ENOMEM, "none of %d threads could be started: %s (ulimit -u, -v)",
                        pool->n_threads, strerror(problem));
    pool->n_threads = pool->n_started;
    pool->started = true;
    return TN_OK;
}

void tn__pool_attach(tn__pool *pool, tn__client *client)
{
    client->next = pool->clients;
    pool->clients = client;
    tn__pool_wake(pool);
}

void tn__pool_detach(tn__pool *pool, tn__client *client)
{
    tn__client **link = &pool->clients;
    while (*link && *link != client)
        link = &(*link)->next;
    if (*link)
        *link = client->next;
}

void tn__pool_wake(tn__pool *pool)
{
    if (pool->n_idle > 0)
        pthread_cond_broadcast(&pool->work);
}

int32_t tn__pool_threads(const tn__pool *pool)
{
    return pool->n_threads;
}

double tn__pool_idle(const tn__pool *pool)
{
    return pool->idle_s + pool->n_idle * tn__now() - pool->idle_since;
}
