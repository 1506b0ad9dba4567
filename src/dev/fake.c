/* SPDX-License-Identifier: MIT */
/* The fake device's table. See fake.h. */
#include "dev/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "dev/fake_state.h"

tn__fake_knobs tn__fake_knobs_now;

static pthread_mutex_t complaint_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the next one */
static char complaint[TN__MESSAGE_BYTES];

void tn__fake_complain(void)
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

int tn__fake_lose(tn__device *device)
{
    if (!device->lost.code)
        tn__error_take(&device->lost);
    return device->lost.code;
}

static bool is(const char *wanted, const char *name)
{
    return wanted && strcmp(wanted, name) == 0;
}

/* True when the knobs say that this call is the one that fails. Locked. */
static bool to_fail(tn__device *device, const char *call)
{
    return is(device->knobs.fail, call) && ++device->calls == device->knobs.fail_at;
}

int tn__fake_begin(tn__device *device, const char *call, bool *fails_later)
{
    pthread_mutex_lock(&device->lock);
    int code = device->lost.code ? tn__error_raise(&device->lost) : TN_OK;
    const bool fails = code == TN_OK && to_fail(device, call);
    if (fails_later)
        *fails_later = fails && device->knobs.fail_later;
    if (fails && !(fails_later && *fails_later))
        code = tn__fail(TN_EDEVICE, "fake device: %s failed, as it was told to", call);
    if (code < 0)
        pthread_mutex_unlock(&device->lock);
    return code;
}

int tn__fake_end(tn__device *device, int code)
{
    pthread_mutex_unlock(&device->lock);
    return code;
}

/* Streams. */

static tn__stream *add_stream(tn__device *device, const char *name)
{
    if (device->n_actors == TN__ACTORS)
        return tn__fail_null(TN_EDEVICE, "fake device: more than %d streams", TN__ACTORS - 1);
    tn__stream *const stream = calloc(1, sizeof *stream);
    if (!stream)
        return tn__fail_null(TN_ENOMEM, "out of memory: a stream");
    stream->name = name;
    stream->actor = device->n_actors++;
    stream->next = device->streams;
    device->streams = stream;
    return stream;
}

tn__stream *tn__fake_stream(tn__device *device, void *handle)
{
    for (tn__stream *stream = device->streams; stream; stream = stream->next)
        if (!stream->destroyed && (handle ? stream == handle : !stream->next))
            return stream;
    return tn__fail_null(TN_EDEVICE,
                         "fake device: the stream %p does not exist: it was destroyed, "
                         "or is none of this device",
                         handle);
}

static int stream_create(tn__device *device, const char *name, void **out)
{
    int code = tn__fake_begin(device, "stream_create", NULL);
    if (code < 0)
        return code;
    tn__stream *const stream = add_stream(device, name);
    device->counts.streams += stream != NULL;
    *out = stream;
    return tn__fake_end(device, stream ? TN_OK : tn__error_last()->code);
}

/* The work that it has is still done. */
static void stream_destroy(tn__device *device, void *handle)
{
    tn__stream *const stream = handle;
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
    int code = tn__fake_begin(device, "event_create", NULL);
    if (code < 0)
        return code;
    tn__event *const event = calloc(1, sizeof *event);
    if (!event)
        return tn__fake_end(device, tn__fail_memory("an event", sizeof *event));
    event->name = name;
    event->number = number;
    event->next = device->events;
    device->events = event;
    device->counts.events++;
    *out = event;
    return tn__fake_end(device, TN_OK);
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

void tn__fake_follow(tn__device *device, tn__stream *stream)
{
    tn__clock_step(&device->host, TN__HOST);
    tn__clock_join(&stream->clock, &device->host);
    tn__clock_step(&stream->clock, stream->actor);
}

int tn__fake_begin_on(tn__device *device, const char *call, void *handle, bool *fails_later,
                      tn__stream **out)
{
    const int code = tn__fake_begin(device, call, fails_later);
    if (code < 0)
        return code;
    *out = tn__fake_stream(device, handle);
    if (!*out)
        return tn__fake_end(device, TN_EDEVICE);
    tn__fake_follow(device, *out);
    return TN_OK;
}

static int record(tn__device *device, tn__event *event, void *handle)
{
    int code = tn__fake_begin(device, "record", NULL);
    if (code < 0)
        return code;
    tn__stream *const stream = tn__fake_stream(device, handle);
    code = stream ? check_event(event) : TN_EDEVICE;
    if (code < 0 || is(device->knobs.forget, event->name))
        return tn__fake_end(device, code);
    tn__fake_follow(device, stream);
    event->clock = stream->clock;
    event->recorded++;
    const tn__work work = {.kind = TN__RECORD, .event = event, .record = event->recorded};
    return tn__fake_end(device, tn__stream_push(device, stream, &work));
}

/* True for a wait that the knobs leave out. No stream: it is the host's. */
static bool to_ignore(const tn__device *device, const tn__event *event, const tn__stream *stream)
{
    const tn__fake_knobs *const knobs = &device->knobs;
    if (knobs->ignore_on && !(stream && is(knobs->ignore_on, stream->name)))
        return false;
    return is(knobs->ignore, event->name);
}

static int wait(tn__device *device, void *handle, tn__event *event)
{
    int code = tn__fake_begin(device, "wait", NULL);
    if (code < 0)
        return code;
    tn__stream *const stream = tn__fake_stream(device, handle);
    code = stream ? check_event(event) : TN_EDEVICE;
    if (code < 0 || to_ignore(device, event, stream))
        return tn__fake_end(device, code);
    tn__fake_follow(device, stream);
    tn__clock_join(&stream->clock, &event->clock);
    const tn__work work = {.kind = TN__WAIT, .event = event, .record = event->recorded};
    return tn__fake_end(device, tn__stream_push(device, stream, &work));
}

static int query(tn__device *device, tn__event *event)
{
    int code = tn__fake_begin(device, "query", NULL);
    if (code < 0)
        return code;
    tn__fake_advance(device);
    if (device->lost.code)
        return tn__fake_end(device, tn__error_raise(&device->lost));
    code = check_event(event);
    if (code < 0 || to_ignore(device, event, NULL))
        return tn__fake_end(device, code);
    if (event->reached < event->recorded)
        return tn__fake_end(device, TN_ETIMEOUT);
    tn__clock_join(&device->host, &event->clock);
    return tn__fake_end(device, TN_OK);
}

static bool is_busy(const tn__device *device)
{
    for (const tn__stream *stream = device->streams; stream; stream = stream->next)
        if (stream->n > 0)
            return true;
    return false;
}

/* A stream's waits are for records that were enqueued before: all work can be done. */
static int drain(tn__device *device)
{
    const int code = tn__fake_begin(device, "drain", NULL);
    if (code < 0)
        return code;
    while (is_busy(device) && !device->lost.code)
        tn__fake_advance(device);
    for (const tn__stream *stream = device->streams; stream; stream = stream->next)
        tn__clock_join(&device->host, &stream->clock);
    return tn__fake_end(device, device->lost.code ? tn__error_raise(&device->lost) : TN_OK);
}

/* Its life. */

static tn__device *open_fake(int32_t index)
{
    if (index != 0)
        return tn__fail_null(TN_EDEVICE, "fake device %d: there is only number 0", index);
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

/* Notes what whoever had the device has forgotten. */
static void check_left(const tn__device *device)
{
    const tn__fake_counts *const counts = &device->counts;
    if (counts->buffers == 0 && counts->events == 0)
        return;
    tn__fail(TN_EDEVICE, "fake device: closed with %d buffers and %d events", counts->buffers,
             counts->events);
    tn__fake_complain();
}

static void free_all(tn__device *device)
{
    for (tn__stream *stream = device->streams, *next; stream; stream = next) {
        next = stream->next;
        free(stream->work);
        free(stream);
    }
    for (tn__event *event = device->events, *next; event; event = next) {
        next = event->next;
        free(event);
    }
    for (tn__memory *memory = device->memories, *next; memory; memory = next) {
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
    while (is_busy(device) && !device->lost.code)
        tn__fake_advance(device);
    check_left(device);
    free_all(device);
    pthread_mutex_destroy(&device->lock);
    free(device);
    tn__error_raise(&before);
}

static void describe(const tn__device *device, tn__text *out)
{
    (void)device;
    tn__text_add(out, "fake device: the CPU in a device's place, every use of memory checked");
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
    .name = "fake",
    .kind = TN_DEVICE_FAKE,
    .open = open_fake,
    .close = close_fake,
    .describe = describe,
    .numa = numa,
    .allocate = tn__fake_allocate,
    .free = tn__fake_free,
    .stream_create = stream_create,
    .stream_destroy = stream_destroy,
    .event_create = event_create,
    .event_destroy = event_destroy,
    .record = record,
    .wait = wait,
    .query = query,
    .drain = drain,
    .copy = tn__fake_copy,
    .finish = tn__fake_finish,
    .fetch = tn__fake_fetch,
    .host_uses = tn__fake_host_uses,
};
