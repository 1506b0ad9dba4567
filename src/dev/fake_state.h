/* SPDX-License-Identifier: MIT */
/* What a fake device consists of: see fake.h. All of it is guarded by the device's lock. Nothing
 * that a stream's work could still name is freed before the device is closed. */
#ifndef TENCH_DEV_FAKE_STATE_H
#define TENCH_DEV_FAKE_STATE_H

#include <pthread.h>

#include "base/error.h"
#include "cuda/shim.h"
#include "dev/clock.h"
#include "dev/fake.h"

typedef struct tn__memory {
    struct tn__memory *next;
    tn__memory_use use;
    uint8_t *data;
    tn__history history;
    bool freed;
} tn__memory;

struct tn__event {
    tn__event *next;
    const char *name;
    int32_t number;
    bool destroyed;
    tn__clock clock;            /* of the last record */
    uint64_t recorded, reached; /* records enqueued, and done */
};

/* Kinds of work. */
enum { TN__COPY = 1, TN__FINISH, TN__RUN, TN__RECORD, TN__WAIT };

typedef struct tn__work {
    int32_t kind;
    int32_t delay; /* queries until it may be done */
    bool fails;    /* when it is done */
    uint8_t *to;   /* of a copy */
    const void *from;
    size_t n_bytes;
    tn__event *event; /* of a record, or a wait for a record: */
    uint64_t record;
    tn__launch launch; /* of a kernel */
    tn__arguments with;
    void (*run)(void *argument);
    void *argument;
} tn__work;

typedef struct tn__stream {
    struct tn__stream *next;
    const char *name;
    bool destroyed;
    int32_t actor;
    tn__clock clock;
    tn__work *work; /* in a ring of `capacity` */
    size_t first, n, capacity;
} tn__stream;

struct tn__device {
    pthread_mutex_t lock;
    tn__fake_knobs knobs;
    int32_t calls; /* of the call that is to fail */
    tn__clock host;
    tn__stream *streams; /* the last one of the list is the default stream */
    tn__event *events;
    tn__memory *memories;
    int32_t n_actors;
    uint32_t random;
    tn__fake_counts counts;
    tn__error lost; /* code 0, or why nothing works any more */
};

/* Keeps the recorded failure for tn__fake_complaint, unless there is an earlier one. */
void tn__fake_complain(void);
/* The failure that was just recorded is the device's state from now on. Returns its code. */
int tn__fake_lose(tn__device *device);

/* Locks the device for a call of the table; not locked if that fails. `fails_later` is set when the
 * knobs want the work of this call to fail; NULL: there is none. */
int tn__fake_begin(tn__device *device, const char *call, bool *fails_later);
/* Unlocks; returns the code. */
int tn__fake_end(tn__device *device, int code);
/* The stream of a handle, which may be anything: only those that exist are followed. NULL with the
 * failure recorded. Locked. */
tn__stream *tn__fake_stream(tn__device *device, void *handle);
/* What is enqueued on the stream now comes behind what the host has seen. Locked. */
void tn__fake_follow(tn__device *device, tn__stream *stream);
/* Begins a call that enqueues on a stream: finds it, and lets it follow the host. */
int tn__fake_begin_on(tn__device *device, const char *call, void *handle, bool *fails_later,
                      tn__stream **out);

/* Calls of the table: dev/fake_memory.c. */
int tn__fake_allocate(tn__device *device, const tn__memory_use *use, tn__device_memory *out);
void tn__fake_free(tn__device *device, tn__device_memory *buffer);
int tn__fake_host_uses(tn__device *device, tn__device_part part, int32_t how);
int tn__fake_fetch(tn__device *device, void *to, tn__device_part from);
int tn__fake_copy(tn__device *device, tn__device_part to, tn__device_part from, void *handle);
int tn__fake_finish(tn__device *device, const tn__finish_work *finish, void *handle);

/* Adds work behind what the stream has; TN_ENOMEM. */
int tn__stream_push(tn__device *device, tn__stream *stream, const tn__work *work);
/* Lets time pass: work is done that streams, events and delays allow. True if any was. */
bool tn__fake_advance(tn__device *device);

#endif
