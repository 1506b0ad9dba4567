/* SPDX-License-Identifier: MIT */
/* The fake device's streams at work. See fake.h. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "dev/fake_state.h"

static uint32_t draw(tn__device *device)
{
    device->random = device->random * 1664525u + 1013904223u;
    return device->random >> 8;
}

static int grow(tn__stream *stream)
{
    const size_t capacity = stream->capacity ? 2 * stream->capacity : 16;
    tn__work *const work = malloc(capacity * sizeof *work);
    if (!work)
        return tn__fail_memory("work of the fake device", capacity * sizeof *work);
    for (size_t w = 0; w < stream->n; w++)
        work[w] = stream->work[(stream->first + w) % stream->capacity];
    free(stream->work);
    stream->work = work;
    stream->first = 0;
    stream->capacity = capacity;
    return TN_OK;
}

int tn__stream_push(tn__device *device, tn__stream *stream, const tn__work *work)
{
    if (stream->n == stream->capacity && grow(stream) < 0)
        return TN_ENOMEM;
    tn__work *const place = &stream->work[(stream->first + stream->n) % stream->capacity];
    *place = *work;
    const uint32_t delay = (uint32_t)device->knobs.delay;
    place->delay = delay ? (int32_t)(draw(device) % (delay + 1)) : 0;
    stream->n++;
    return TN_OK;
}

static void perform(tn__device *device, const tn__work *work)
{
    if (work->fails) {
        tn__fail(TN_EDEVICE, "fake device: work of a stream failed, as it was told to");
        tn__fake_lose(device);
    } else if (work->kind == TN__COPY) {
        memcpy(work->to, work->from, work->n_bytes);
    } else if (work->kind == TN__FINISH) {
        tn__launch_run(&work->launch, &work->with);
    } else if (work->kind == TN__RUN && work->run) {
        work->run(work->argument);
    } else if (work->kind == TN__RECORD) {
        work->event->reached = work->record;
    }
}

/* Does what can be done of a stream's first work. */
static bool step(tn__device *device, tn__stream *stream)
{
    if (stream->n == 0 || device->lost.code)
        return false;
    tn__work *const first = &stream->work[stream->first];
    if (first->kind == TN__WAIT && first->event->reached < first->record)
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

/* Without delays a stream does all that it can; with them, one thing or none. */
bool tn__fake_advance(tn__device *device)
{
    bool any = false;
    const bool slow = device->knobs.delay > 0;
    for (tn__stream *stream = device->streams; stream; stream = stream->next) {
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
