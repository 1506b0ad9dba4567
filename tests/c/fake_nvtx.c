/* SPDX-License-Identifier: MIT */
/* A stand-in for a tool that listens to NVTX: it counts ranges by name. The program calls one of
 * its functions; tests reach the others by dlsym. FAKE_NVTX selects how it behaves: "refuse",
 * "deaf". */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 32, NESTS = 64, NAME_BYTES = 64, DOMAINS = 5, PUSH = 4, POP = 5, CREATE = 12 };

typedef struct event { /* the fields that this file reads */
    uint16_t version, size;
    uint32_t skipped[3];
    int32_t payload_kind, reserved;
    int64_t payload;
    int32_t message_kind;
    const char *message;
} event;

typedef void (*function)(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char name[NAME_BYTES];
    int64_t n, sum; /* sum of the numbers that came with the ranges */
} seen[NAMES];
static int n_open, wrong;
/* Not thread-local: LeakSanitizer fails on such variables in a library that is opened late. */
static struct {
    bool is_used;
    pthread_t thread;
    int depth;
} nests[NESTS];
static int home; /* its address is the domain */

#pragma GCC visibility push(default)
int InitializeInjectionNvtx2(const void *(*give)(uint32_t number));
int64_t fake_nvtx_count(const char *name);
int64_t fake_nvtx_sum(const char *name);
/* Ranges that are open, and calls that used a range wrongly. */
int fake_nvtx_left(void);
#pragma GCC visibility pop

static int find(const char *name)
{
    int place = 0;
    while (place < NAMES - 1 && seen[place].name[0] && strcmp(seen[place].name, name) != 0)
        place++;
    strncpy(seen[place].name, name, NAME_BYTES - 1);
    return place;
}

/* Changes this thread's depth by one step and returns it. Locked. */
static int step(int by)
{
    int place = 0;
    while (place < NESTS - 1 && nests[place].is_used &&
           !pthread_equal(nests[place].thread, pthread_self()))
        place++;
    nests[place].is_used = true;
    nests[place].thread = pthread_self();
    return nests[place].depth += by;
}

static int push(void *domain, const event *given)
{
    pthread_mutex_lock(&lock);
    wrong += domain != &home || given->version != 3 || given->size != sizeof *given ||
             given->message_kind != 1 || given->payload_kind != 2;
    const int place = find(given->message);
    seen[place].n++;
    seen[place].sum += given->payload;
    n_open++;
    const int depth = step(1);
    pthread_mutex_unlock(&lock);
    return depth - 1;
}

static int pop(void *domain)
{
    pthread_mutex_lock(&lock);
    const int depth = step(-1);
    wrong += domain != &home || depth < 0;
    n_open--;
    pthread_mutex_unlock(&lock);
    return depth;
}

static void *create(const char *name)
{
    return strcmp(name, "tench") == 0 ? &home : NULL;
}

static void put(function **table, int number, const void *what, size_t size)
{
    memcpy(table[number], what, size);
}

int InitializeInjectionNvtx2(const void *(*give)(uint32_t number))
{
    const char *const how = getenv("FAKE_NVTX");
    if (how && strcmp(how, "refuse") == 0)
        return 0;
    const struct {
        size_t size;
        int (*give)(int module, function ***table, unsigned *n);
    } *const callbacks = give(1);
    const struct {
        size_t size;
        uint32_t version, reserved;
        void (*take)(uint32_t version);
    } *const version = give(3);
    function **table = NULL;
    unsigned n = 0;
    if (!callbacks || !version || version->version != 3 || give(77))
        return 0;
    version->take(3);
    if (callbacks->give(3, &table, &n) || !callbacks->give(1, &table, NULL) || !table[10] ||
        !callbacks->give(DOMAINS, &table, &n) || n <= CREATE)
        return 0;
    int (*const push_place)(void *, const event *) = push;
    int (*const pop_place)(void *) = pop;
    void *(*const create_place)(const char *) = create;
    if (how && strcmp(how, "deaf") == 0)
        return 1;
    put(table, PUSH, &push_place, sizeof push_place);
    put(table, POP, &pop_place, sizeof pop_place);
    put(table, CREATE, &create_place, sizeof create_place);
    return 1;
}

int64_t fake_nvtx_count(const char *name)
{
    pthread_mutex_lock(&lock);
    const int64_t n = seen[find(name)].n;
    pthread_mutex_unlock(&lock);
    return n;
}

int64_t fake_nvtx_sum(const char *name)
{
    pthread_mutex_lock(&lock);
    const int64_t sum = seen[find(name)].sum;
    pthread_mutex_unlock(&lock);
    return sum;
}

int fake_nvtx_left(void)
{
    pthread_mutex_lock(&lock);
    const int left = n_open + 1000 * wrong;
    pthread_mutex_unlock(&lock);
    return left;
}
