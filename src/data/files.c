/* SPDX-License-Identifier: MIT */
/* The cache of the descriptors of a source's files. See files.h. */
#include "data/files.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"

/* The limit is RLIMIT_NOFILE / PART_OF_LIMIT, within these bounds. */
enum { PART_OF_LIMIT = 4, LEAST_ROOM = 4, MOST_ROOM = 1024 };
/* How often a thread waits for other threads' reads to end if the system has no descriptor left. */
enum { MOST_WAITS = 500, FEW_WAITS = 5, WAIT_NS = 2000000 };

static const uint64_t used = (uint64_t)1 << 63;
static const uint64_t users_mask = UINT32_MAX;

static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER; /* guards all below; no lock is taken under it */
static tn__files *all;         /* sources */
static tn__files *hand_source; /* the source and the file to examine next */
static uint32_t hand_file;
static int n_open;

static int descriptor_of(uint64_t state)
{
    return (int)((state & ~used) >> 32) - 1;
}

static uint64_t state_of(int descriptor)
{
    return used | (uint64_t)((uint32_t)descriptor + 1) << 32;
}

int tn__files_make(tn__files *files)
{
    files->slots = calloc(files->n, sizeof *files->slots);
    if (!files->slots)
        return tn__fail_memory("a list of files", files->n * sizeof *files->slots);
    pthread_mutex_lock(&lock);
    files->next = all;
    all = files;
    pthread_mutex_unlock(&lock);
    return TN_OK;
}

void tn__files_free(tn__files *files)
{
    if (!files->slots)
        return;
    pthread_mutex_lock(&lock);
    tn__files **at = &all;
    while (*at != files)
        at = &(*at)->next;
    *at = files->next;
    if (hand_source == files)
        hand_source = NULL;
    for (uint32_t file = 0; file < files->n; file++) {
        const int descriptor = descriptor_of(atomic_load(&files->slots[file]));
        if (descriptor < 0)
            continue;
        close(descriptor);
        n_open--;
    }
    pthread_mutex_unlock(&lock);
    free(files->slots);
    files->slots = NULL;
}

int tn__files_count(void)
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

/* Moves the hand to the next file. False: there are no sources. */
static bool advance(void)
{
    if (hand_source && ++hand_file < hand_source->n)
        return true;
    hand_source = hand_source && hand_source->next ? hand_source->next : all;
    hand_file = 0;
    return hand_source != NULL;
}

/* Closes a file that is open and has no user. Spares one that was used lately, once. */
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

/* With the lock held. False: all open files are in use. */
static bool close_one(void)
{
    uint64_t n = 0;
    for (const tn__files *files = all; files; files = files->next)
        n += files->n;
    for (uint64_t looks = 0; n_open > 0 && looks < 2 * n && advance(); looks++)
        if (close_if_idle(&hand_source->slots[hand_file]))
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

/* How often a thread has waited while other threads had files open, and while none had. */
typedef struct waits {
    int others, alone;
} waits;

/* Called when the system has no descriptor left: closes an idle file, or waits until a thread may
 * have one. If no other thread has a file open, a few tries suffice: the last one may have closed
 * its file just now. */
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

/* Returns the descriptor of a file that was opened just now, or closes it if the file is wrong. */
static int check_open(const tn__files *files, uint32_t file, const char *name, int descriptor)
{
    if (!files->check || files->check(files->context, file, descriptor) == TN_OK)
        return descriptor;
    close(descriptor);
    return tn__error_prefix("%s", name);
}

/* Opens the file. If another thread has just put a descriptor into the slot, returns that one and
 * sets *theirs. slot NULL: opens it in any case. */
static int open_file(const tn__files *files, uint32_t file, const _Atomic uint64_t *slot,
                     bool *theirs)
{
    char name[TN__NAME_BYTES];
    waits done = {0};
    files->name(files->context, file, name);
    for (;;) {
        const int known = slot ? descriptor_of(atomic_load(slot)) : -1;
        *theirs = known >= 0;
        if (known >= 0)
            return known;
        const int descriptor = tn__open_at(files->folder, name, O_RDONLY | O_NONBLOCK);
        const int reason = errno;
        if (descriptor >= 0)
            return check_open(files, file, name, descriptor);
        if ((reason != EMFILE && reason != ENFILE) || !relieve(&done))
            return tn__fail_system(reason, "%s", name);
    }
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

int tn__files_take(tn__files *files, uint32_t file)
{
    _Atomic uint64_t *const slot = &files->slots[file];
    const uint64_t state = atomic_fetch_add(slot, 1); /* from here on no thread closes it */
    if (descriptor_of(state) >= 0) {
        if (!(state & used))
            atomic_fetch_or_explicit(slot, used, memory_order_relaxed);
        return descriptor_of(state);
    }
    bool theirs;
    reserve();
    const int descriptor = open_file(files, file, slot, &theirs);
    if (descriptor >= 0 && !theirs)
        return publish(slot, descriptor);
    unreserve();
    if (descriptor < 0)
        atomic_fetch_sub(slot, 1);
    return descriptor;
}

void tn__files_give(tn__files *files, uint32_t file)
{
    atomic_fetch_sub_explicit(&files->slots[file], 1, memory_order_release);
}

static bool went_stale(int status)
{
    return status == TN_EIO && tn__error_last()->system_error == ESTALE;
}

/* Puts the file's name before the message of a failure to read it. */
static int add_name(const tn__files *files, uint32_t file, int status)
{
    char name[TN__NAME_BYTES];
    if (status != TN_EIO)
        return status;
    files->name(files->context, file, name);
    return tn__error_prefix("%s", name);
}

/* Visits a file, and checks afterwards that it is still the right one: it may have been written to
 * in its place, before the visit or during it. */
static int visit_and_check(const tn__files *files, uint32_t file, int descriptor,
                           tn__files_visit *visit, void *context)
{
    const int status = visit(context, descriptor);
    const int checked = files->check ? files->check(files->context, file, descriptor) : TN_OK;
    return checked == TN_OK ? status : checked;
}

int tn__files_use(tn__files *files, uint32_t file, tn__files_visit *visit, void *context)
{
    bool theirs;
    tn__tries tries = {0};
    int descriptor = tn__files_take(files, file);
    if (descriptor < 0)
        return descriptor;
    int status = visit_and_check(files, file, descriptor, visit, context);
    tn__files_give(files, file);
    while (went_stale(status) && tn__try_again(&tries, ESTALE)) { /* the server has a new file */
        descriptor = open_file(files, file, NULL, &theirs);
        if (descriptor < 0)
            return descriptor;
        status = visit_and_check(files, file, descriptor, visit, context);
        close(descriptor);
    }
    return add_name(files, file, status);
}

/* The arguments of tn__read_extent but the descriptor. */
typedef struct reading {
    tn__extent extent;
    tn__buffer *buffer;
    int64_t *length;
} reading;

static int read_extent(void *context, int descriptor)
{
    const reading *const self = context;
    return tn__read_extent(descriptor, self->extent, self->buffer, self->length);
}

int tn__files_read(tn__files *files, uint32_t file, tn__extent extent, tn__buffer *buffer,
                   int64_t *length)
{
    reading context = {.extent = extent, .buffer = buffer};
    context.length = length;
    return tn__files_use(files, file, read_extent, &context);
}

void tn__files_want(tn__files *files, uint32_t file, int64_t offset, int64_t length)
{
    const int descriptor = tn__files_take(files, file);
    if (descriptor < 0)
        return;
    tn__want_extent(descriptor, offset, length);
    tn__files_give(files, file);
}
