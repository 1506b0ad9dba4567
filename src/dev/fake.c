/* SPDX-License-Identifier: MIT */
/* The fake device. See fake.h.
 *
 * The device's lock guards everything below. Streams, events and memory stay allocated until the
 * device is closed, because queued tasks may still refer to them. "Locked" means that the caller
 * holds the device's lock. */
#include "dev/fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/shim.h"
#include "dev/clock.h"

enum { ALIGN = 256 };

typedef struct fake_memory {
    struct fake_memory *next;
    tn__memory_use use;
    uint8_t *data;
    tn__history history;
    bool freed;
} fake_memory;

struct tn__event {
    tn__event *next;
    const char *name;
    int32_t number;
    bool destroyed;
    tn__clock clock;            /* of the last record */
    uint64_t recorded, reached; /* records enqueued, and done */
};

/* Kinds of tasks. */
enum { COPY = 1, FINISH, RUN, RECORD, WAIT };

typedef struct fake_task {
    int32_t kind;
    int32_t delay; /* queries until it may run */
    bool fails;    /* it fails when it runs */
    uint8_t *to;   /* COPY: from, to */
    const void *from;
    size_t n_bytes;
    tn__event *event; /* RECORD, WAIT: the event, and the number of its record */
    uint64_t record;
    tn__launch launch; /* FINISH: the kernel, and its arguments */
    tn__arguments arguments;
    void (*run)(void *argument);
    void *argument;
} fake_task;

typedef struct fake_stream {
    struct fake_stream *next;
    const char *name;
    bool destroyed;
    int32_t actor;
    tn__clock clock;
    fake_task *tasks; /* `n` of them from `first` on, in a ring of `capacity` */
    size_t first, n, capacity;
} fake_stream;

struct tn__device {
    pthread_mutex_t lock;
    tn__fake_knobs knobs;
    int32_t calls; /* number of calls so far of the function that knobs.fail names */
    tn__clock host;
    fake_stream *streams; /* the list ends with the default stream */
    tn__event *events;
    fake_memory *memories;
    int32_t n_actors;
    uint32_t random;
    tn__fake_counts counts;
    tn__error lost; /* the failure that every later call repeats; code TN_OK: none */
};

tn__fake_knobs tn__fake_knobs_now;

static pthread_mutex_t complaint_lock = PTHREAD_MUTEX_INITIALIZER; /* guards `complaint` */
static char complaint[TN__MESSAGE_BYTES];

/* Keeps the recorded failure for tn__fake_complaint, unless an earlier one is kept. */
static void complain(void)
{
    pthread_mutex_lock(&complaint_lock);
    if (!complaint[0])
        snprintf(complaint, sizeof complaint, "%s", tn__error_last()->message);
    pthread_mutex_unlock(&complaint_lock);
}

const char *tn__fake_complaint(void)
{
    static char taken[TN__MESSAGE_BYTES];
    pthread_mutex_lock(&complaint_lock);
    snprintf(taken, sizeof taken, "%s", complaint);
    complaint[0] = 0;
    pthread_mutex_unlock(&complaint_lock);
    return taken;
}

/* Makes the recorded failure the answer of every later call, and returns it. Locked. */
static int lose(tn__device *device)
{
    if (device->lost.code == TN_OK)
        tn__error_take(&device->lost);
    return device->lost.code;
}

static bool is(const char *wanted, const char *name)
{
    return wanted && strcmp(wanted, name) == 0;
}

/* True if the knobs ask this call to fail. Locked. */
static bool must_fail(tn__device *device, const char *call)
{
    return is(device->knobs.fail, call) && ++device->calls == device->knobs.fail_at;
}

/* Starts a call of the table and locks the device, unless the call fails. Sets *fails_later if the
 * knobs ask for a failure when the task runs; NULL: the call queues nothing. */
static int begin(tn__device *device, const char *call, bool *fails_later)
{
    pthread_mutex_lock(&device->lock);
    int status = device->lost.code != TN_OK ? tn__error_raise(&device->lost) : TN_OK;
    const bool fails = status == TN_OK && must_fail(device, call);
    if (fails_later)
        *fails_later = fails && device->knobs.fail_later;
    if (fails && !(fails_later && *fails_later))
        status = tn__fail(TN_EDEVICE, "fake device: %s failed, as the test asked", call);
    if (status != TN_OK)
        pthread_mutex_unlock(&device->lock);
    return status;
}

/* Unlocks the device and returns `status`. */
static int end(tn__device *device, int status)
{
    pthread_mutex_unlock(&device->lock);
    return status;
}

/* Queued tasks. */

static uint32_t draw(tn__device *device)
{
    device->random = device->random * 1664525u + 1013904223u;
    return device->random >> 8;
}

static int grow(fake_stream *stream)
{
    const size_t capacity = stream->capacity ? 2 * stream->capacity : 16;
    fake_task *const tasks = malloc(capacity * sizeof *tasks);
    if (!tasks)
        return tn__fail_memory("work of the fake device", capacity * sizeof *tasks);
    for (size_t t = 0; t < stream->n; t++)
        tasks[t] = stream->tasks[(stream->first + t) % stream->capacity];
    free(stream->tasks);
    stream->tasks = tasks;
    stream->first = 0;
    stream->capacity = capacity;
    return TN_OK;
}

/* Queues a task at the stream's end, with a delay of its own. Locked. */
static int push(tn__device *device, fake_stream *stream, const fake_task *task)
{
    if (stream->n == stream->capacity && grow(stream) != TN_OK)
        return TN_ENOMEM;
    fake_task *const place = &stream->tasks[(stream->first + stream->n) % stream->capacity];
    *place = *task;
    const uint32_t delay = (uint32_t)device->knobs.delay;
    place->delay = delay ? (int32_t)(draw(device) % (delay + 1)) : 0;
    stream->n++;
    return TN_OK;
}

static void perform(tn__device *device, const fake_task *task)
{
    if (task->fails) {
        tn__fail(TN_EDEVICE, "fake device: work of a stream failed, as the test asked");
        lose(device);
    } else if (task->kind == COPY) {
        memcpy(task->to, task->from, task->n_bytes);
    } else if (task->kind == FINISH) {
        tn__launch_run(&task->launch, &task->arguments);
    } else if (task->kind == RUN && task->run) {
        task->run(task->argument);
    } else if (task->kind == RECORD) {
        task->event->reached = task->record;
    }
}

/* Performs the stream's first task, or counts its delay down. False if it must wait. Locked. */
static bool step(tn__device *device, fake_stream *stream)
{
    if (stream->n == 0 || device->lost.code != TN_OK)
        return false;
    fake_task *const first = &stream->tasks[stream->first];
    if (first->kind == WAIT && first->event->reached < first->record)
        return false;
    if (first->delay > 0) {
        first->delay--;
        return true;
    }
    perform(device, first);
    stream->first = (stream->first + 1) % stream->capacity;
    stream->n--;
    return true;
}

/* Lets time pass: each stream performs all the tasks that it can; with delays one task or none.
 * True if a stream did anything. Locked. */
static bool advance(tn__device *device)
{
    bool any = false;
    const bool slow = device->knobs.delay > 0;
    for (fake_stream *stream = device->streams; stream; stream = stream->next) {
        if (slow && draw(device) % 2)
            continue;
        while (step(device, stream)) {
            any = true;
            if (slow)
                break;
        }
    }
    return any;
}

/* Streams. */

static fake_stream *add_stream(tn__device *device, const char *name)
{
    if (device->n_actors == TN__ACTORS)
        return tn__fail_null(TN_EDEVICE, "fake device: more than %d streams", TN__ACTORS - 1);
    fake_stream *const stream = calloc(1, sizeof *stream);
    if (!stream)
        return tn__fail_null(TN_ENOMEM, "out of memory: a stream");
    stream->name = name;
    stream->actor = device->n_actors++;
    stream->next = device->streams;
    device->streams = stream;
    return stream;
}

/* The stream of a handle. The handle may be stale or foreign: it is compared, never followed.
 * NULL: failure recorded. Locked. */
static fake_stream *find_stream(tn__device *device, void *handle)
{
    for (fake_stream *stream = device->streams; stream; stream = stream->next)
        if (!stream->destroyed && (handle ? stream == handle : !stream->next))
            return stream;
    return tn__fail_null(TN_EDEVICE,
                         "fake device: the stream %p does not exist: it was destroyed, or it "
                         "belongs to another device",
                         handle);
}

static int stream_create(tn__device *device, const char *name, void **out)
{
    int status = begin(device, "stream_create", NULL);
    if (status != TN_OK)
        return status;
    fake_stream *const stream = add_stream(device, name);
    device->counts.streams += stream != NULL;
    *out = stream;
    return end(device, stream ? TN_OK : tn__error_last()->code);
}

/* Tasks that the stream still has are performed nevertheless. */
static void stream_destroy(tn__device *device, void *handle)
{
    fake_stream *const stream = handle;
    if (!stream)
        return;
    pthread_mutex_lock(&device->lock);
    stream->destroyed = true;
    device->counts.streams--;
    pthread_mutex_unlock(&device->lock);
}

/* Events. */

static int event_create(tn__device *device, const char *name, int32_t number, tn__event **out)
{
    int status = begin(device, "event_create", NULL);
    if (status != TN_OK)
        return status;
    tn__event *const event = calloc(1, sizeof *event);
    if (!event)
        return end(device, tn__fail_memory("an event", sizeof *event));
    event->name = name;
    event->number = number;
    event->next = device->events;
    device->events = event;
    device->counts.events++;
    *out = event;
    return end(device, TN_OK);
}

static void event_destroy(tn__device *device, tn__event *event)
{
    if (!event)
        return;
    pthread_mutex_lock(&device->lock);
    event->destroyed = true;
    device->counts.events--;
    pthread_mutex_unlock(&device->lock);
}

static int check_event(const tn__event *event)
{
    if (event->destroyed)
        return tn__fail(TN_EDEVICE, "fake device: the event `%s` %d was destroyed", event->name,
                        event->number);
    return TN_OK;
}

/* Orders what the stream does next after all that the host has seen. Locked. */
static void follow_host(tn__device *device, fake_stream *stream)
{
    tn__clock_step(&device->host, TN__HOST);
    tn__clock_join(&stream->clock, &device->host);
    tn__clock_step(&stream->clock, stream->actor);
}

/* Starts a call that queues a task on a stream: finds the stream and lets it follow the host. */
static int begin_on(tn__device *device, const char *call, void *handle, bool *fails_later,
                    fake_stream **out)
{
    const int status = begin(device, call, fails_later);
    if (status != TN_OK)
        return status;
    *out = find_stream(device, handle);
    if (!*out)
        return end(device, TN_EDEVICE);
    follow_host(device, *out);
    return TN_OK;
}

static int record(tn__device *device, tn__event *event, void *handle)
{
    int status = begin(device, "record", NULL);
    if (status != TN_OK)
        return status;
    fake_stream *const stream = find_stream(device, handle);
    status = stream ? check_event(event) : TN_EDEVICE;
    if (status != TN_OK || is(device->knobs.forget, event->name))
        return end(device, status);
    follow_host(device, stream);
    event->clock = stream->clock;
    event->recorded++;
    const fake_task task = {.kind = RECORD, .event = event, .record = event->recorded};
    return end(device, push(device, stream, &task));
}

/* True for a wait that the knobs leave out. `stream` is NULL for the host's waits. */
static bool is_ignored(const tn__device *device, const tn__event *event, const fake_stream *stream)
{
    const tn__fake_knobs *const knobs = &device->knobs;
    if (knobs->ignore_on && !(stream && is(knobs->ignore_on, stream->name)))
        return false;
    return is(knobs->ignore, event->name);
}

static int wait(tn__device *device, void *handle, tn__event *event)
{
    int status = begin(device, "wait", NULL);
    if (status != TN_OK)
        return status;
    fake_stream *const stream = find_stream(device, handle);
    status = stream ? check_event(event) : TN_EDEVICE;
    if (status != TN_OK || is_ignored(device, event, stream))
        return end(device, status);
    follow_host(device, stream);
    tn__clock_join(&stream->clock, &event->clock);
    const fake_task task = {.kind = WAIT, .event = event, .record = event->recorded};
    return end(device, push(device, stream, &task));
}

static int query(tn__device *device, tn__event *event)
{
    int status = begin(device, "query", NULL);
    if (status != TN_OK)
        return status;
    advance(device);
    if (device->lost.code != TN_OK)
        return end(device, tn__error_raise(&device->lost));
    status = check_event(event);
    if (status != TN_OK || is_ignored(device, event, NULL))
        return end(device, status);
    if (event->reached < event->recorded)
        return end(device, TN_ETIMEOUT);
    tn__clock_join(&device->host, &event->clock);
    return end(device, TN_OK);
}

static bool is_busy(const tn__device *device)
{
    for (const fake_stream *stream = device->streams; stream; stream = stream->next)
        if (stream->n > 0)
            return true;
    return false;
}

/* Ends: a stream waits only for records that were queued before the wait. */
static int drain(tn__device *device)
{
    const int status = begin(device, "drain", NULL);
    if (status != TN_OK)
        return status;
    while (is_busy(device) && device->lost.code == TN_OK)
        advance(device);
    for (const fake_stream *stream = device->streams; stream; stream = stream->next)
        tn__clock_join(&device->host, &stream->clock);
    return end(device, device->lost.code != TN_OK ? tn__error_raise(&device->lost) : TN_OK);
}

/* Memory. */

static fake_memory *memory_of(const tn__device *device, const uint8_t *data)
{
    for (fake_memory *memory = device->memories; memory; memory = memory->next)
        if (data >= memory->data && data < memory->data + memory->use.n_bytes)
            return memory;
    return NULL;
}

static int allocate(tn__device *device, const tn__memory_use *use, tn__device_memory *out)
{
    int status = begin(device, "allocate", NULL);
    if (status != TN_OK)
        return status;
    const bool pinned = use->memory == TN__PINNED;
    const size_t limit = device->knobs.device_bytes;
    if (!pinned && limit && use->n_bytes > limit - device->counts.device_bytes)
        return end(device,
                   tn__fail(TN_ENOMEM, "fake device: %zu bytes for %s %d, but only %zu are left",
                            use->n_bytes, use->name, use->number,
                            limit - device->counts.device_bytes));
    fake_memory *const memory = calloc(1, sizeof *memory);
    uint8_t *const data = aligned_alloc(ALIGN, (use->n_bytes / ALIGN + 1) * ALIGN);
    if (!memory || !data) {
        free(memory);
        free(data);
        return end(device, tn__fail_memory(use->name, use->n_bytes));
    }
    memset(data, TN__FRESH, use->n_bytes);
    *memory = (fake_memory){.next = device->memories, .use = *use, .data = data};
    device->memories = memory;
    device->counts.buffers++;
    *(pinned ? &device->counts.pinned_bytes : &device->counts.device_bytes) += use->n_bytes;
    *out = (tn__device_memory){.data = data, .use = *use};
    return end(device, TN_OK);
}

/* Fails where the memory does not exist, was freed, is too short, or was never written. */
static int check_range(const fake_memory *memory, const tn__access *access, const uint8_t *data,
                       size_t n_bytes)
{
    if (!memory)
        return tn__fail(TN_EDEVICE, "fake device: %s uses %p, which is not memory of the device",
                        access->what, (const void *)data);
    const char *const name = memory->use.name;
    if (memory->freed)
        return tn__fail(TN_EDEVICE, "fake device: %s uses %s %d, which was freed", access->what,
                        name, memory->use.number);
    if (n_bytes > (size_t)(memory->data + memory->use.n_bytes - data))
        return tn__fail(TN_EDEVICE, "fake device: %s goes past the end of %s %d", access->what,
                        name, memory->use.number);
    if (!access->writes && !memory->history.written)
        return tn__fail(TN_EDEVICE, "fake device: %s reads %s %d, which was never written",
                        access->what, name, memory->use.number);
    return TN_OK;
}

/* Checks an access by an actor whose clock has already taken the step for it. A wrong access ends
 * all work on the device. Locked. */
static int use_memory(tn__device *device, const tn__access *access, const tn__clock *clock,
                      const uint8_t *data, size_t n_bytes)
{
    fake_memory *const memory = memory_of(device, data);
    int status = check_range(memory, access, data, n_bytes);
    const tn__access *const earlier =
        status == TN_OK ? tn__history_add(&memory->history, access, clock) : NULL;
    if (earlier) {
        const tn__memory_use *const use = &memory->use;
        status =
            tn__fail(TN_EDEVICE,
                     "fake device: a race: %s %s %s %d, and nothing says that %s is done %s it: "
                     "a wait for `%s` is missing",
                     access->what, access->writes ? "writes" : "reads", use->name, use->number,
                     earlier->what, earlier->writes ? "writing" : "reading",
                     earlier->writes ? use->written : use->read);
    }
    if (status != TN_OK) {
        complain();
        return lose(device);
    }
    return TN_OK;
}

static int host_access(tn__device *device, const uint8_t *data, size_t n_bytes, bool writes)
{
    const tn__access access = {.what = "the host", .actor = TN__HOST, .writes = writes};
    tn__clock_step(&device->host, TN__HOST);
    return use_memory(device, &access, &device->host, data, n_bytes);
}

static void free_memory(tn__device *device, tn__device_memory *buffer)
{
    if (!buffer->data)
        return;
    const tn__error before = *tn__error_last();
    pthread_mutex_lock(&device->lock);
    if (device->lost.code == TN_OK)
        host_access(device, buffer->data, buffer->use.n_bytes, true);
    fake_memory *const memory = memory_of(device, buffer->data);
    memory->freed = true;
    memset(memory->data, TN__POISON, memory->use.n_bytes);
    device->counts.buffers--;
    *(buffer->use.memory == TN__PINNED ? &device->counts.pinned_bytes
                                       : &device->counts.device_bytes) -= buffer->use.n_bytes;
    pthread_mutex_unlock(&device->lock);
    *buffer = (tn__device_memory){0};
    tn__error_raise(&before);
}

static int host_uses(tn__device *device, tn__device_part part, int32_t how)
{
    const int status = begin(device, "host_uses", NULL);
    if (status != TN_OK)
        return status;
    return end(device, host_access(device, part.buffer->data + part.at, part.n_bytes,
                                   how == TN__HOST_WRITES));
}

static int fetch(tn__device *device, void *to, tn__device_part from)
{
    int status = begin(device, "fetch", NULL);
    if (status != TN_OK)
        return status;
    const uint8_t *const data = from.buffer->data + from.at;
    status = host_access(device, data, from.n_bytes, false);
    if (status == TN_OK)
        memcpy(to, data, from.n_bytes);
    return end(device, status);
}

/* Checks an access by a task that is about to be queued. Locked. */
static int stream_access(tn__device *device, fake_stream *stream, const char *what,
                         const uint8_t *data, size_t n_bytes, bool writes)
{
    const tn__access access = {.what = what, .actor = stream->actor, .writes = writes};
    return use_memory(device, &access, &stream->clock, data, n_bytes);
}

static uint8_t *address_of(tn__device_part part)
{
    return part.buffer->data + part.at;
}

static int copy(tn__device *device, tn__device_part to, tn__device_part from, void *handle)
{
    fake_task task = {.kind = COPY, .n_bytes = to.n_bytes};
    fake_stream *stream;
    int status = begin_on(device, "copy", handle, &task.fails, &stream);
    if (status != TN_OK)
        return status;
    task.to = address_of(to);
    task.from = address_of(from);
    status = stream_access(device, stream, "the copy", task.from, from.n_bytes, false);
    if (status == TN_OK)
        status = stream_access(device, stream, "the copy", task.to, to.n_bytes, true);
    if (status == TN_OK)
        status = push(device, stream, &task);
    device->counts.copies += status == TN_OK;
    return end(device, status);
}

/* Checks every access of the kernel. Locked. */
static int kernel_accesses(tn__device *device, fake_stream *stream, const tn__finish_work *work)
{
    const tn__device_part parts[] = {work->staging, work->records, work->table, work->out};
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        if (!parts[p].buffer)
            continue;
        const int status = stream_access(device, stream, "the kernel", address_of(parts[p]),
                                         parts[p].n_bytes, parts[p].buffer == work->out.buffer);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

/* The kernel that a GPU would run, with its arguments. The fake device runs its text as C. */
static int kernel_of(const tn__finish_work *work, fake_task *out)
{
    const int status = tn__device_launch(work, &out->launch);
    if (status != TN_OK)
        return status;
    out->arguments =
        (tn__arguments){.finish = *work->constants,
                        .staging = address_of(work->staging),
                        .records = (const void *)address_of(work->records),
                        .table = work->table.buffer ? (const void *)address_of(work->table) : NULL,
                        .out = address_of(work->out),
                        .rows = work->rows};
    return TN_OK;
}

static int finish(tn__device *device, const tn__finish_work *work, void *handle)
{
    if (work->rows <= 0)
        return TN_OK;
    fake_task task = {.kind = FINISH};
    fake_stream *stream;
    int status = begin_on(device, "finish", handle, &task.fails, &stream);
    if (status != TN_OK)
        return status;
    status = kernel_of(work, &task);
    if (status == TN_OK)
        status = kernel_accesses(device, stream, work);
    if (status == TN_OK)
        status = push(device, stream, &task);
    device->counts.kernels += status == TN_OK;
    return end(device, status);
}

int tn__fake_enqueue(tn__device *device, const tn__fake_work *given, void *handle)
{
    fake_stream *stream;
    int status = begin_on(device, "enqueue", handle, NULL, &stream);
    if (status != TN_OK)
        return status;
    status = stream_access(device, stream, given->what, given->data, given->n_bytes, given->writes);
    const fake_task task = {.kind = RUN, .run = given->run, .argument = given->argument};
    if (status == TN_OK)
        status = push(device, stream, &task);
    return end(device, status);
}

/* The device. */

static tn__device *open_fake(int32_t index)
{
    if (index != 0)
        return tn__fail_null(TN_EDEVICE, "fake device %d: only number 0 exists", index);
    tn__device *const device = calloc(1, sizeof *device);
    if (!device)
        return tn__fail_null(TN_ENOMEM, "out of memory: a fake device");
    pthread_mutex_init(&device->lock, NULL);
    device->knobs = tn__fake_knobs_now;
    device->random = device->knobs.seed;
    device->n_actors = TN__HOST + 1;
    if (add_stream(device, "default"))
        return device;
    free(device);
    return NULL;
}

/* Complains about buffers and events that the owner did not free. */
static void check_left(const tn__device *device)
{
    const tn__fake_counts *const counts = &device->counts;
    if (counts->buffers == 0 && counts->events == 0)
        return;
    tn__fail(TN_EDEVICE, "fake device: closed while %d buffers and %d events were left",
             counts->buffers, counts->events);
    complain();
}

static void free_all(tn__device *device)
{
    for (fake_stream *stream = device->streams, *next; stream; stream = next) {
        next = stream->next;
        free(stream->tasks);
        free(stream);
    }
    for (tn__event *event = device->events, *next; event; event = next) {
        next = event->next;
        free(event);
    }
    for (fake_memory *memory = device->memories, *next; memory; memory = next) {
        next = memory->next;
        free(memory->data);
        free(memory);
    }
}

static void close_fake(tn__device *device)
{
    if (!device)
        return;
    const tn__error before = *tn__error_last();
    while (is_busy(device) && device->lost.code == TN_OK)
        advance(device);
    check_left(device);
    free_all(device);
    pthread_mutex_destroy(&device->lock);
    free(device);
    tn__error_raise(&before);
}

static void describe(const tn__device *device, tn__text *out)
{
    (void)device;
    tn__text_add(out, "fake device: the CPU stands in for a device and checks every use of memory");
}

static tn__numa numa(const tn__device *device)
{
    return device->knobs.numa ? *device->knobs.numa : (tn__numa){.node = -1};
}

void tn__fake_count(tn__device *device, tn__fake_counts *out)
{
    pthread_mutex_lock(&device->lock);
    *out = device->counts;
    pthread_mutex_unlock(&device->lock);
}

const tn__device_ops tn__device_fake = {
    .spec =
        {
            .name = "fake",
            .doc = "The CPU in place of a device, for tests. It checks the order of all accesses "
                   "and names a missing wait.",
        },
    .kind = TN_DEVICE_FAKE,
    .open = open_fake,
    .close = close_fake,
    .describe = describe,
    .numa = numa,
    .allocate = allocate,
    .free = free_memory,
    .stream_create = stream_create,
    .stream_destroy = stream_destroy,
    .event_create = event_create,
    .event_destroy = event_destroy,
    .record = record,
    .wait = wait,
    .query = query,
    .drain = drain,
    .copy = copy,
    .finish = finish,
    .fetch = fetch,
    .host_uses = host_uses,
};
