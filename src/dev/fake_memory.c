/* SPDX-License-Identifier: MIT */
/* The fake device's memory, and the check of every use of it. See fake.h. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "dev/fake_state.h"

enum { ALIGN = 256 };

static tn__memory *memory_of(const tn__device *device, const uint8_t *data)
{
    for (tn__memory *memory = device->memories; memory; memory = memory->next)
        if (data >= memory->data && data < memory->data + memory->use.n_bytes)
            return memory;
    return NULL;
}

int tn__fake_allocate(tn__device *device, const tn__memory_use *use, tn__device_memory *out)
{
    int code = tn__fake_begin(device, "allocate", NULL);
    if (code < 0)
        return code;
    const bool pinned = use->memory == TN__PINNED;
    const size_t limit = device->knobs.device_bytes;
    if (!pinned && limit && use->n_bytes > limit - device->counts.device_bytes)
        return tn__fake_end(device, tn__fail(TN_ENOMEM,
                                             "fake device: %zu bytes for %s %d, and only %zu left",
                                             use->n_bytes, use->name, use->number,
                                             limit - device->counts.device_bytes));
    tn__memory *const memory = calloc(1, sizeof *memory);
    uint8_t *const data = aligned_alloc(ALIGN, (use->n_bytes / ALIGN + 1) * ALIGN);
    if (!memory || !data) {
        free(memory);
        free(data);
        return tn__fake_end(device, tn__fail_memory(use->name, use->n_bytes));
    }
    memset(data, TN__FRESH, use->n_bytes);
    *memory = (tn__memory){.next = device->memories, .use = *use, .data = data};
    device->memories = memory;
    device->counts.buffers++;
    *(pinned ? &device->counts.pinned_bytes : &device->counts.device_bytes) += use->n_bytes;
    *out = (tn__device_memory){.data = data, .use = *use};
    return tn__fake_end(device, TN_OK);
}

/* What is wrong with a use of memory that is none, is freed, or ends before. */
static int check_range(const tn__memory *memory, const tn__access *access, const uint8_t *data,
                       size_t n_bytes)
{
    if (!memory)
        return tn__fail(TN_EDEVICE, "fake device: %s uses %p, which is no memory of the device",
                        access->what, (const void *)data);
    const char *const name = memory->use.name;
    if (memory->freed)
        return tn__fail(TN_EDEVICE, "fake device: %s uses %s %d, which was freed", access->what,
                        name, memory->use.number);
    if (n_bytes > (size_t)(memory->data + memory->use.n_bytes - data))
        return tn__fail(TN_EDEVICE, "fake device: %s passes the end of %s %d", access->what, name,
                        memory->use.number);
    if (!access->writes && !memory->history.written)
        return tn__fail(TN_EDEVICE, "fake device: %s reads %s %d, which was never written",
                        access->what, name, memory->use.number);
    return TN_OK;
}

/* Checks a use by an actor whose clock has taken a step for it. What is wrong is lost for good. */
static int use_memory(tn__device *device, const tn__access *access, const tn__clock *clock,
                      const uint8_t *data, size_t n_bytes)
{
    tn__memory *const memory = memory_of(device, data);
    int code = check_range(memory, access, data, n_bytes);
    const tn__access *const earlier =
        code == TN_OK ? tn__history_add(&memory->history, access, clock) : NULL;
    if (earlier) {
        const tn__memory_use *const use = &memory->use;
        code = tn__fail(TN_EDEVICE,
                        "fake device: a race: %s %s %s %d, and nothing says that %s is done %s it: "
                        "a wait for `%s` is missing",
                        access->what, access->writes ? "writes" : "reads", use->name, use->number,
                        earlier->what, earlier->writes ? "writing" : "reading",
                        earlier->writes ? use->written : use->read);
    }
    if (code < 0) {
        tn__fake_complain();
        return tn__fake_lose(device);
    }
    return TN_OK;
}

static int host_access(tn__device *device, const uint8_t *data, size_t n_bytes, bool writes)
{
    const tn__access access = {.what = "the host", .actor = TN__HOST, .writes = writes};
    tn__clock_step(&device->host, TN__HOST);
    return use_memory(device, &access, &device->host, data, n_bytes);
}

void tn__fake_free(tn__device *device, tn__device_memory *buffer)
{
    if (!buffer->data)
        return;
    const tn__error before = *tn__error_last();
    pthread_mutex_lock(&device->lock);
    if (!device->lost.code)
        host_access(device, buffer->data, buffer->use.n_bytes, true);
    tn__memory *const memory = memory_of(device, buffer->data);
    memory->freed = true;
    memset(memory->data, TN__POISON, memory->use.n_bytes);
    device->counts.buffers--;
    *(buffer->use.memory == TN__PINNED ? &device->counts.pinned_bytes
                                       : &device->counts.device_bytes) -= buffer->use.n_bytes;
    pthread_mutex_unlock(&device->lock);
    *buffer = (tn__device_memory){0};
    tn__error_raise(&before);
}

int tn__fake_host_uses(tn__device *device, tn__device_part part, int32_t how)
{
    const int code = tn__fake_begin(device, "host_uses", NULL);
    if (code < 0)
        return code;
    return tn__fake_end(device, host_access(device, part.buffer->data + part.at, part.n_bytes,
                                            how == TN__HOST_WRITES));
}

int tn__fake_fetch(tn__device *device, void *to, tn__device_part from)
{
    int code = tn__fake_begin(device, "fetch", NULL);
    if (code < 0)
        return code;
    const uint8_t *const data = from.buffer->data + from.at;
    code = host_access(device, data, from.n_bytes, false);
    if (code == TN_OK)
        memcpy(to, data, from.n_bytes);
    return tn__fake_end(device, code);
}

/* Work. */

/* A use by work that is about to be enqueued. */
static int stream_access(tn__device *device, tn__stream *stream, const char *what,
                         const uint8_t *data, size_t n_bytes, bool writes)
{
    const tn__access access = {.what = what, .actor = stream->actor, .writes = writes};
    return use_memory(device, &access, &stream->clock, data, n_bytes);
}

static uint8_t *address_of(tn__device_part part)
{
    return part.buffer->data + part.at;
}

int tn__fake_copy(tn__device *device, tn__device_part to, tn__device_part from, void *handle)
{
    tn__work work = {.kind = TN__COPY, .n_bytes = to.n_bytes};
    tn__stream *stream;
    int code = tn__fake_begin_on(device, "copy", handle, &work.fails, &stream);
    if (code < 0)
        return code;
    work.to = address_of(to);
    work.from = address_of(from);
    code = stream_access(device, stream, "the copy", work.from, from.n_bytes, false);
    if (code == TN_OK)
        code = stream_access(device, stream, "the copy", work.to, to.n_bytes, true);
    if (code == TN_OK)
        code = tn__stream_push(device, stream, &work);
    device->counts.copies += code == TN_OK;
    return tn__fake_end(device, code);
}

/* Uses of the kernel. Locked. */
static int kernel_accesses(tn__device *device, tn__stream *stream, const tn__finish_work *finish)
{
    const tn__device_part parts[] = {finish->staging, finish->records, finish->table, finish->out};
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        if (!parts[p].buffer)
            continue;
        const int code = stream_access(device, stream, "the kernel", address_of(parts[p]),
                                       parts[p].n_bytes, parts[p].buffer == finish->out.buffer);
        if (code < 0)
            return code;
    }
    return TN_OK;
}

/* The kernel that a device would run, and what it is called with; it is run as C. */
static int kernel_of(const tn__finish_work *finish, tn__work *out)
{
    const int status = tn__device_launch(finish, &out->launch);
    if (status < 0)
        return status;
    out->with = (tn__arguments){
        .finish = *finish->constants,
        .staging = address_of(finish->staging),
        .records = (const void *)address_of(finish->records),
        .table = finish->table.buffer ? (const void *)address_of(finish->table) : NULL,
        .out = address_of(finish->out),
        .rows = finish->rows};
    return TN_OK;
}

int tn__fake_finish(tn__device *device, const tn__finish_work *finish, void *handle)
{
    if (finish->rows <= 0)
        return TN_OK;
    tn__work work = {.kind = TN__FINISH};
    tn__stream *stream;
    int code = tn__fake_begin_on(device, "finish", handle, &work.fails, &stream);
    if (code < 0)
        return code;
    code = kernel_of(finish, &work);
    if (code == TN_OK)
        code = kernel_accesses(device, stream, finish);
    if (code == TN_OK)
        code = tn__stream_push(device, stream, &work);
    device->counts.kernels += code == TN_OK;
    return tn__fake_end(device, code);
}

int tn__fake_enqueue(tn__device *device, const tn__fake_work *given, void *handle)
{
    tn__stream *stream;
    int code = tn__fake_begin_on(device, "enqueue", handle, NULL, &stream);
    if (code < 0)
        return code;
    code = stream_access(device, stream, given->what, given->data, given->n_bytes, given->writes);
    const tn__work work = {.kind = TN__RUN, .run = given->run, .argument = given->argument};
    if (code == TN_OK)
        code = tn__stream_push(device, stream, &work);
    return tn__fake_end(device, code);
}
