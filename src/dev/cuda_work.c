/* SPDX-License-Identifier: MIT */
/* The device table on CUDA's driver interface: memory, streams, events, and work on them. See
 * device.h. */
#include <string.h>

#include "base/error.h"
#include "cuda/shim.h"
#include "dev/cuda_state.h"

int tn__cuda_allocate(tn__device *device, const tn__memory_use *use, tn__device_memory *out)
{
    const tn__cu_api *const api = tn__cuda_api_of(device);
    tn__cu_address address = 0;
    void *memory = NULL;
    *out = (tn__device_memory){NULL, *use};
    int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    const bool pinned = use->memory == TN__PINNED;
    const int result = pinned ? api->cuMemHostAlloc(&memory, use->n_bytes, TN__CU_HOST_PORTABLE)
                              : api->cuMemAlloc(&address, use->n_bytes);
    if (result == TN__CU_OUT_OF_MEMORY)
        status = tn__fail(TN_ENOMEM, "out of %s memory: %zu bytes for %s %d",
                          pinned ? "pinned" : "device", use->n_bytes, use->name, (int)use->number);
    else
        status = tn__cuda_check(device, result, pinned ? "cuMemHostAlloc" : "cuMemAlloc");
    if (status == TN_OK && pinned)
        out->data = memory;
    else if (status == TN_OK)
        memcpy(&out->data, &address, sizeof out->data);
    return tn__cuda_leave(device, status);
}

void tn__cuda_free(tn__device *device, tn__device_memory *buffer)
{
    if (!buffer || !buffer->data)
        return;
    const tn__cu_api *const api = tn__cuda_api_of(device);
    api->cuCtxPushCurrent(device->context);
    if (buffer->use.memory == TN__PINNED)
        api->cuMemFreeHost(buffer->data);
    else
        api->cuMemFree((tn__cu_address)(uintptr_t)buffer->data);
    api->cuCtxPopCurrent(NULL);
    buffer->data = NULL;
}

int tn__cuda_stream_create(tn__device *device, const char *name, void **out)
{
    tn__cu_stream *stream = NULL;
    (void)name;
    int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    status = tn__cuda_check(device,
                            tn__cuda_api_of(device)->cuStreamCreateWithPriority(
                                &stream, TN__CU_STREAM_NON_BLOCKING, device->priority),
                            "cuStreamCreateWithPriority");
    *out = stream;
    return tn__cuda_leave(device, status);
}

void tn__cuda_stream_destroy(tn__device *device, void *stream)
{
    if (!stream)
        return;
    tn__cuda_api_of(device)->cuCtxPushCurrent(device->context);
    tn__cuda_api_of(device)->cuStreamDestroy(stream);
    tn__cuda_api_of(device)->cuCtxPopCurrent(NULL);
}

/* An event is the driver's own, under our name. */
static tn__cu_event *event_of(tn__event *event)
{
    return (tn__cu_event *)(void *)event;
}

int tn__cuda_event_create(tn__device *device, const char *name, int32_t number, tn__event **out)
{
    tn__cu_event *event = NULL;
    (void)name;
    (void)number;
    int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    status = tn__cuda_check(
        device, tn__cuda_api_of(device)->cuEventCreate(&event, TN__CU_EVENT_DISABLE_TIMING),
        "cuEventCreate");
    *out = (tn__event *)(void *)event;
    return tn__cuda_leave(device, status);
}

void tn__cuda_event_destroy(tn__device *device, tn__event *event)
{
    if (!event)
        return;
    tn__cuda_api_of(device)->cuCtxPushCurrent(device->context);
    tn__cuda_api_of(device)->cuEventDestroy(event_of(event));
    tn__cuda_api_of(device)->cuCtxPopCurrent(NULL);
}

int tn__cuda_record(tn__device *device, tn__event *event, void *stream)
{
    const int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    return tn__cuda_leave(
        device,
        tn__cuda_check(device, tn__cuda_api_of(device)->cuEventRecord(event_of(event), stream),
                       "cuEventRecord"));
}

int tn__cuda_wait(tn__device *device, void *stream, tn__event *event)
{
    const int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    return tn__cuda_leave(
        device, tn__cuda_check(
                    device, tn__cuda_api_of(device)->cuStreamWaitEvent(stream, event_of(event), 0),
                    "cuStreamWaitEvent"));
}

int tn__cuda_query(tn__device *device, tn__event *event)
{
    const int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    const int result = tn__cuda_api_of(device)->cuEventQuery(event_of(event));
    return tn__cuda_leave(device, result == TN__CU_NOT_READY
                                      ? TN_ETIMEOUT
                                      : tn__cuda_check(device, result, "cuEventQuery"));
}

int tn__cuda_drain(tn__device *device)
{
    const int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    return tn__cuda_leave(
        device,
        tn__cuda_check(device, tn__cuda_api_of(device)->cuCtxSynchronize(), "cuCtxSynchronize"));
}

static tn__cu_address address_of(tn__device_part part)
{
    return part.buffer ? (tn__cu_address)(uintptr_t)(part.buffer->data + part.at) : 0;
}

/* Pinned memory is the host's; of the rest no pointer may reach the host's side of a call. */
int tn__cuda_copy(tn__device *device, tn__device_part to, tn__device_part from, void *stream)
{
    const tn__cu_api *const api = tn__cuda_api_of(device);
    int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    if (to.buffer->use.memory == TN__PINNED)
        status = tn__cuda_check(
            device,
            api->cuMemcpyDtoHAsync(to.buffer->data + to.at, address_of(from), to.n_bytes, stream),
            "cuMemcpyDtoHAsync");
    else if (from.buffer->use.memory == TN__PINNED)
        status = tn__cuda_check(
            device,
            api->cuMemcpyHtoDAsync(address_of(to), from.buffer->data + from.at, to.n_bytes, stream),
            "cuMemcpyHtoDAsync");
    else
        status = tn__cuda_check(
            device, api->cuMemcpyDtoDAsync(address_of(to), address_of(from), to.n_bytes, stream),
            "cuMemcpyDtoDAsync");
    return tn__cuda_leave(device, status);
}

static int launch(const tn__device *device, const tn__finish_work *work, void *stream)
{
    tn__launch how;
    const int status = tn__device_launch(work, &how);
    if (status < 0)
        return status;
    tn_px_finish finish = *work->constants;
    tn__cu_address staging = address_of(work->staging), records = address_of(work->records);
    tn__cu_address table = address_of(work->table), out = address_of(work->out);
    int32_t rows = work->rows;
    void *parameters[] = {&finish, &staging, &records, &table, &out, &rows};
    const int result = tn__cuda_api_of(device)->cuLaunchKernel(
        device->kernels[how.kernel], how.grid.x, how.grid.y, how.grid.z, how.block.x, how.block.y,
        how.block.z, 0, stream, parameters, NULL);
    return tn__cuda_check(device, result, tn__kernel_name(how.kernel));
}

int tn__cuda_finish(tn__device *device, const tn__finish_work *work, void *stream)
{
    const int status = work->rows > 0 ? tn__cuda_enter(device) : TN_OK;
    if (status != TN_OK || work->rows <= 0)
        return status;
    return tn__cuda_leave(device, launch(device, work, stream));
}

int tn__cuda_fetch(tn__device *device, void *to, tn__device_part from)
{
    const tn__cu_api *const api = tn__cuda_api_of(device);
    int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    status = tn__cuda_check(
        device, api->cuMemcpyDtoHAsync(to, address_of(from), from.n_bytes, device->stream),
        "cuMemcpyDtoHAsync");
    if (status == TN_OK)
        status =
            tn__cuda_check(device, api->cuStreamSynchronize(device->stream), "cuStreamSynchronize");
    return tn__cuda_leave(device, status);
}
