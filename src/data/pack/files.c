/* SPDX-License-Identifier: MIT */
/* The cache of shard descriptors. See files.h. */
#include "data/pack/files.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "data/pack/format.h"

/* The limit is RLIMIT_NOFILE / PART_OF_LIMIT, within these bounds. */
enum { PART_OF_LIMIT = 4, LEAST_ROOM = 4, MOST_ROOM = 1024 };
/* How often a thread waits for other threads' reads to end if the system has no descriptor left. */
enum { MOST_WAITS = 500, FEW_WAITS = 5, WAIT_NS = 2000000 };

static const uint64_t used = (uint64_t)1 << 63;
static const uint64_t users_mask = UINT32_MAX;

static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER;     /* guards all below; no lock is taken under it */
static tn__shard_files *all;       /* packs */
static tn__shard_files *hand_pack; /* the pack and the shard to examine next */
static uint32_t hand_shard;
static int n_open;

static int descriptor_of(uint64_t state)
{
    return (int)((state & ~used) >> 32) - 1;
}

static uint64_t state_of(int descriptor)
{
    return used | (uint64_t)((uint32_t)descriptor + 1) << 32;
}

int tn__shard_files_make(tn__shard_files *files, int folder, uint32_t n)
{
    *files = (tn__shard_files){.folder = folder, .n = n, .slots = calloc(n, sizeof *files->slots)};
    if (!files->slots)
        return tn__fail_memory("a list of shards", n * sizeof *files->slots);
    pthread_mutex_lock(&lock);
    files->next = all;
    all = files;
    pthread_mutex_unlock(&lock);
    return TN_OK;
}

void tn__shard_files_free(tn__shard_files *files)
{
    if (!files->slots)
        return;
    pthread_mutex_lock(&lock);
    tn__shard_files **at = &all;
    while (*at != files)
        at = &(*at)->next;
    *at = files->next;
    if (hand_pack == files)
        hand_pack = NULL;
    for (uint32_t shard = 0; shard < files->n; shard++) {
        const int descriptor = descriptor_of(atomic_load(&files->slots[shard]));
        if (descriptor < 0)
            continue;
        close(descriptor);
        n_open--;
    }
    pthread_mutex_unlock(&lock);
    free(files->slots);
    files->slots = NULL;
}

int tn__shard_files_count(void)
{
    pthread_mutex_lock(&lock);
    const int n = n_open;
    pthread_mutex_unlock(&lock);
    return n;
}

static int room(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > MOST_ROOM * PART_OF_LIMIT)
        return MOST_ROOM;
    const int part = (int)limit.rlim_cur / PART_OF_LIMIT;
    return part > LEAST_ROOM ? part : LEAST_ROOM;
}

/* Moves the hand to the next shard. False: there are no packs. */
static bool advance(void)
{
    if (hand_pack && ++hand_shard < hand_pack->n)
        return true;
    hand_pack = hand_pack && hand_pack->next ? hand_pack->next : all;
    hand_shard = 0;
    return hand_pack != NULL;
}

/* Closes a shard that is open and has no user. Spares one that was used lately, once. */
static bool close_if_idle(_Atomic uint64_t *slot)
{
    uint64_t state = atomic_load(slot);
    if (descriptor_of(state) < 0 || (state & users_mask) != 0)
        return false;
    if (state & used) {
        atomic_fetch_and(slot, ~used);
        return false;
    }
    if (!atomic_compare_exchange_strong(slot, &state, 0))
        return false;
    close(descriptor_of(state));
    n_open--;
    return true;
}

/* With the lock held. False: all open shards are in use. */
static bool close_one(void)
{
    uint64_t n = 0;
    for (const tn__shard_files *files = all; files; files = files->next)
        n += files->n;
    for (uint64_t looks = 0; n_open > 0 && looks < 2 * n && advance(); looks++)
        if (close_if_idle(&hand_pack->slots[hand_shard]))
            return true;
    return false;
}

static void reserve(void)
{
    pthread_mutex_lock(&lock);
    while (n_open >= room() && close_one())
        continue;
    n_open++;
    pthread_mutex_unlock(&lock);
}

static void unreserve(void)
{
    pthread_mutex_lock(&lock);
    n_open--;
    pthread_mutex_unlock(&lock);
}

/* How often a thread has waited while other threads had shards open, and while none had. */
typedef struct waits {
    int others, alone;
} waits;

/* Called when the system has no descriptor left: closes an idle shard, or waits until a thread may
 * have one. If no other thread has a shard open, a few tries suffice: the last one may have closed
 * its shard just now. */
static bool relieve(waits *done)
{
    pthread_mutex_lock(&lock);
    const bool closed = close_one();
    const bool others = n_open > 1; /* not only the one that is being opened */
    pthread_mutex_unlock(&lock);
    if (closed)
        return true;
    if (others ? ++done->others > MOST_WAITS : ++done->alone > FEW_WAITS)
        return false;
    if (others)
        done->alone = 0;
    nanosleep(&(struct timespec){.tv_nsec = WAIT_NS}, NULL);
    return true;
}

/* Opens the shard. If another thread has just put a descriptor into the slot, returns that one and
 * sets *theirs. slot NULL: opens it in any case. */
static int open_shard(const tn__shard_files *files, uint32_t shard, const _Atomic uint64_t *slot,
                      bool *theirs)
{
    char name[TN__PACK_SHARD_NAME];
    waits done = {0};
    snprintf(name, sizeof name, TN__PACK_SHARD, shard);
    for (;;) {
        const int known = slot ? descriptor_of(atomic_load(slot)) : -1;
        *theirs = known >= 0;
        if (known >= 0)
            return known;
        const int file = tn__open_at(files->folder, name, O_RDONLY | O_NONBLOCK);
        const int reason = errno;
        if (file >= 0)
            return file;
        if ((reason != EMFILE && reason != ENFILE) || !relieve(&done))
            return tn__fail_system(reason, "%s", name);
    }
}

int tn__shard_files_open(const tn__shard_files *files, uint32_t shard)
{
    bool theirs;
    return open_shard(files, shard, NULL, &theirs);
}

/* Puts the descriptor into the slot. If another thread was faster, returns that thread's. */
static int publish(_Atomic uint64_t *slot, int descriptor)
{
    uint64_t state = atomic_load(slot);
    while (descriptor_of(state) < 0)
        if (atomic_compare_exchange_weak(slot, &state, state | state_of(descriptor)))
            return descriptor;
    close(descriptor);
    unreserve();
    return descriptor_of(state);
}

int tn__shard_files_take(tn__shard_files *files, uint32_t shard)
{
    _Atomic uint64_t *const slot = &files->slots[shard];
    const uint64_t state = atomic_fetch_add(slot, 1); /* from here on no thread closes it */
    if (descriptor_of(state) >= 0) {
        if (!(state & used))
            atomic_fetch_or_explicit(slot, used, memory_order_relaxed);
        return descriptor_of(state);
    }
    bool theirs;
    reserve();
    const int descriptor = open_shard(files, shard, slot, &theirs);
    if (descriptor >= 0 && !theirs)
        return publish(slot, descriptor);
    unreserve();
    if (descriptor < 0)
        atomic_fetch_sub(slot, 1);
    return descriptor;
}

void tn__shard_files_give(tn__shard_files *files, uint32_t shard)
{
    atomic_fetch_sub_explicit(&files->slots[shard], 1, memory_order_release);
}
