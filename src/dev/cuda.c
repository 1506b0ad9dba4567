/* SPDX-License-Identifier: MIT */
/* The CUDA device, on the driver interface. See cuda.h.
 *
 * A device retains its primary context, the one that cudart and PyTorch use too. Every call makes
 * the context current for its own duration, because calls come from any thread. After a kernel
 * fails, the driver itself returns that error from every later call. */
#include "dev/cuda.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/image.h"
#include "cuda/shim.h"
#include "dev/cuda_driver.h"
#include "dev/self_test.h"
#include "tench.h"

enum { NAME_BYTES = 128, BUS_BYTES = 32, MAX_REPORTED = 16 };

struct tn__device {
    const tn__cuda_driver *driver;
    int device; /* the driver's number */
    tn__cu_context *context;
    tn__cu_module *module;
    tn__cu_function **kernels;
    tn__cu_stream *stream; /* for fetches and the self-test */
    int priority;          /* the lowest; of every stream */
    int major, minor;      /* compute capability */
    size_t n_bytes;
    char name[NAME_BYTES], bus[BUS_BYTES];
};

static const tn__cu_api *api_of(const tn__device *device)
{
    return &device->driver->api;
}

/* TN_OK, or the failure of the driver call named `what`. */
static int check(const tn__device *device, int result, const char *what)
{
    return result == TN__CU_OK ? TN_OK : tn__cuda_fail(device->driver, result, what);
}

/* Makes the device's context current on this thread. */
static int enter(const tn__device *device)
{
    return check(device, api_of(device)->cuCtxPushCurrent(device->context), "cuCtxPushCurrent");
}

/* Restores the context that was current before, and returns `status`. */
static int leave(const tn__device *device, int status)
{
    api_of(device)->cuCtxPopCurrent(NULL);
    return status;
}

/* Memory. */

static int allocate(tn__device *device, const tn__memory_use *use, tn__device_memory *out)
{
    const tn__cu_api *const api = api_of(device);
    tn__cu_address address = 0;
    void *memory = NULL;
    *out = (tn__device_memory){NULL, *use};
    int status = enter(device);
    if (status != TN_OK)
        return status;
    const bool pinned = use->memory == TN__PINNED;
    const int result = pinned ? api->cuMemHostAlloc(&memory, use->n_bytes, TN__CU_HOST_PORTABLE)
                              : api->cuMemAlloc(&address, use->n_bytes);
    if (result == TN__CU_OUT_OF_MEMORY)
        status = tn__fail(TN_ENOMEM, "out of %s memory: %zu bytes for %s %d",
                          pinned ? "pinned" : "device", use->n_bytes, use->name, (int)use->number);
    else
        status = check(device, result, pinned ? "cuMemHostAlloc" : "cuMemAlloc");
    if (status == TN_OK && pinned)
        out->data = memory;
    else if (status == TN_OK)
        memcpy(&out->data, &address, sizeof out->data);
    return leave(device, status);
}

static void free_memory(tn__device *device, tn__device_memory *buffer)
{
    if (!buffer || !buffer->data)
        return;
    const tn__cu_api *const api = api_of(device);
    api->cuCtxPushCurrent(device->context);
    if (buffer->use.memory == TN__PINNED)
        api->cuMemFreeHost(buffer->data);
    else
        api->cuMemFree((tn__cu_address)(uintptr_t)buffer->data);
    api->cuCtxPopCurrent(NULL);
    buffer->data = NULL;
}

static int stream_create(tn__device *device, const char *name, void **out)
{
    tn__cu_stream *stream = NULL;
    (void)name;
    int status = enter(device);
    if (status != TN_OK)
        return status;
    status = check(device,
                   api_of(device)->cuStreamCreateWithPriority(&stream, TN__CU_STREAM_NON_BLOCKING,
                                                              device->priority),
                   "cuStreamCreateWithPriority");
    *out = stream;
    return leave(device, status);
}

static void stream_destroy(tn__device *device, void *stream)
{
    if (!stream)
        return;
    api_of(device)->cuCtxPushCurrent(device->context);
    api_of(device)->cuStreamDestroy(stream);
    api_of(device)->cuCtxPopCurrent(NULL);
}

/* A tn__event is the driver's own event. */
static tn__cu_event *event_of(tn__event *event)
{
    return (tn__cu_event *)(void *)event;
}

static int event_create(tn__device *device, const char *name, int32_t number, tn__event **out)
{
    tn__cu_event *event = NULL;
    (void)name;
    (void)number;
    int status = enter(device);
    if (status != TN_OK)
        return status;
    status = check(device, api_of(device)->cuEventCreate(&event, TN__CU_EVENT_DISABLE_TIMING),
                   "cuEventCreate");
    *out = (tn__event *)(void *)event;
    return leave(device, status);
}

static void event_destroy(tn__device *device, tn__event *event)
{
    if (!event)
        return;
    api_of(device)->cuCtxPushCurrent(device->context);
    api_of(device)->cuEventDestroy(event_of(event));
    api_of(device)->cuCtxPopCurrent(NULL);
}

static int record(tn__device *device, tn__event *event, void *stream)
{
    const int status = enter(device);
    if (status != TN_OK)
        return status;
    return leave(device, check(device, api_of(device)->cuEventRecord(event_of(event), stream),
                               "cuEventRecord"));
}

static int wait(tn__device *device, void *stream, tn__event *event)
{
    const int status = enter(device);
    if (status != TN_OK)
        return status;
    return leave(device,
                 check(device, api_of(device)->cuStreamWaitEvent(stream, event_of(event), 0),
                       "cuStreamWaitEvent"));
}

static int query(tn__device *device, tn__event *event)
{
    const int status = enter(device);
    if (status != TN_OK)
        return status;
    const int result = api_of(device)->cuEventQuery(event_of(event));
    return leave(device,
                 result == TN__CU_NOT_READY ? TN_ETIMEOUT : check(device, result, "cuEventQuery"));
}

static int drain(tn__device *device)
{
    const int status = enter(device);
    if (status != TN_OK)
        return status;
    return leave(device, check(device, api_of(device)->cuCtxSynchronize(), "cuCtxSynchronize"));
}

static tn__cu_address address_of(tn__device_part part)
{
    return part.buffer ? (tn__cu_address)(uintptr_t)(part.buffer->data + part.at) : 0;
}

/* Addresses of pinned memory go to the host's side of the driver's calls; addresses of device
 * memory never do. */
static int copy(tn__device *device, tn__device_part to, tn__device_part from, void *stream)
{
    const tn__cu_api *const api = api_of(device);
    int status = enter(device);
    if (status != TN_OK)
        return status;
    if (to.buffer->use.memory == TN__PINNED)
        status = check(
            device,
            api->cuMemcpyDtoHAsync(to.buffer->data + to.at, address_of(from), to.n_bytes, stream),
            "cuMemcpyDtoHAsync");
    else if (from.buffer->use.memory == TN__PINNED)
        status = check(
            device,
            api->cuMemcpyHtoDAsync(address_of(to), from.buffer->data + from.at, to.n_bytes, stream),
            "cuMemcpyHtoDAsync");
    else
        status = check(device,
                       api->cuMemcpyDtoDAsync(address_of(to), address_of(from), to.n_bytes, stream),
                       "cuMemcpyDtoDAsync");
    return leave(device, status);
}

static int launch(const tn__device *device, const tn__finish_work *work, void *stream)
{
    tn__launch how;
    const int status = tn__device_launch(work, &how);
    if (status != TN_OK)
        return status;
    tn_px_finish finish = *work->constants;
    tn__cu_address staging = address_of(work->staging), records = address_of(work->records);
    tn__cu_address table = address_of(work->table), out = address_of(work->out);
    int32_t rows = work->rows;
    void *parameters[] = {&finish, &staging, &records, &table, &out, &rows};
    const int result = api_of(device)->cuLaunchKernel(
        device->kernels[how.kernel], how.grid.x, how.grid.y, how.grid.z, how.block.x, how.block.y,
        how.block.z, 0, stream, parameters, NULL);
    return check(device, result, tn__kernel_name(how.kernel));
}

static int finish(tn__device *device, const tn__finish_work *work, void *stream)
{
    const int status = work->rows > 0 ? enter(device) : TN_OK;
    if (status != TN_OK || work->rows <= 0)
        return status;
    return leave(device, launch(device, work, stream));
}

static int fetch(tn__device *device, void *to, tn__device_part from)
{
    const tn__cu_api *const api = api_of(device);
    int status = enter(device);
    if (status != TN_OK)
        return status;
    status =
        check(device, api->cuMemcpyDtoHAsync(to, address_of(from), from.n_bytes, device->stream),
              "cuMemcpyDtoHAsync");
    if (status == TN_OK)
        status = check(device, api->cuStreamSynchronize(device->stream), "cuStreamSynchronize");
    return leave(device, status);
}

/* The device. */

static int find_device(tn__device *device, int32_t index)
{
    const tn__cu_api *const api = api_of(device);
    int count = 0;
    int status = check(device, api->cuDeviceGetCount(&count), "cuDeviceGetCount");
    if (status == TN_OK && index >= count)
        return tn__fail(TN_EDEVICE, "cuda:%d does not exist: this machine has %d CUDA devices",
                        (int)index, count);
    if (status == TN_OK)
        status = check(device, api->cuDeviceGet(&device->device, index), "cuDeviceGet");
    if (status != TN_OK)
        return status;
    api->cuDeviceGetName(device->name, NAME_BYTES, device->device);
    api->cuDeviceGetPCIBusId(device->bus, BUS_BYTES, device->device);
    api->cuDeviceTotalMem(&device->n_bytes, device->device);
    api->cuDeviceGetAttribute(&device->major, TN__CU_CAPABILITY_MAJOR, device->device);
    api->cuDeviceGetAttribute(&device->minor, TN__CU_CAPABILITY_MINOR, device->device);
    return TN_OK;
}

static int retain(tn__device *device)
{
    const int result = api_of(device)->cuDevicePrimaryCtxRetain(&device->context, device->device);
    if (result == TN__CU_OK)
        return TN_OK;
    device->context = NULL;
    if (result == TN__CU_DEVICE_UNAVAILABLE)
        return tn__fail(TN_EDEVICE,
                        "%s is taken: another process uses it in exclusive mode, or its compute "
                        "mode prohibits use (nvidia-smi -q -d COMPUTE)",
                        device->name);
    return check(device, result, "cuDevicePrimaryCtxRetain");
}

static int fail_module(const tn__device *device, int result)
{
    const tn__cuda_image image = tn__cuda_image_get();
    switch (result) {
    case TN__CU_NO_BINARY_FOR_GPU:
        return tn__fail(TN_EDEVICE, "%s is sm_%d%d, but the kernels were built for %s",
                        device->name, device->major, device->minor, image.archs);
    case TN__CU_INVALID_PTX:
    case TN__CU_JIT_COMPILER_NOT_FOUND:
    case TN__CU_UNSUPPORTED_PTX_VERSION:
    case TN__CU_JIT_COMPILATION_DISABLED:
        return tn__fail(TN_EDEVICE,
                        "%s is sm_%d%d: the kernels were built for %s, and the driver cannot "
                        "translate them (error %d)",
                        device->name, device->major, device->minor, image.archs, result);
    default: return check(device, result, "loading the kernels: cuModuleLoadData");
    }
}

static int load(tn__device *device)
{
    const tn__cu_api *const api = api_of(device);
    const size_t n = (size_t)tn__kernels();
    device->kernels = calloc(n, sizeof *device->kernels);
    if (!device->kernels)
        return tn__fail_memory("the list of kernels", n * sizeof *device->kernels);
    int result = api->cuModuleLoadData(&device->module, tn__cuda_image_get().bytes);
    if (result != TN__CU_OK) {
        device->module = NULL;
        return fail_module(device, result);
    }
    for (size_t k = 0; k < n && result == TN__CU_OK; k++)
        result = api->cuModuleGetFunction(&device->kernels[k], device->module,
                                          tn__kernel_name((int32_t)k));
    return check(device, result, "finding the kernels: cuModuleGetFunction");
}

static int make_stream(tn__device *device)
{
    const tn__cu_api *const api = api_of(device);
    int greatest = 0;
    int status = check(device, api->cuCtxGetStreamPriorityRange(&device->priority, &greatest),
                       "cuCtxGetStreamPriorityRange");
    if (status == TN_OK)
        status = check(device,
                       api->cuStreamCreateWithPriority(&device->stream, TN__CU_STREAM_NON_BLOCKING,
                                                       device->priority),
                       "cuStreamCreateWithPriority");
    return status;
}

/* Loads the kernels, makes the stream and tests the device, with its context current. */
static int prepare(tn__device *device)
{
    int status = enter(device);
    if (status != TN_OK)
        return status;
    status = load(device);
    if (status == TN_OK)
        status = make_stream(device);
    if (status == TN_OK)
        status = tn__self_test(&tn__device_cuda, device, device->stream);
    return leave(device, status);
}

static void close_device(tn__device *device)
{
    if (!device)
        return;
    const tn__cu_api *const api = api_of(device);
    if (device->context && api->cuCtxPushCurrent(device->context) == TN__CU_OK) {
        if (device->stream)
            api->cuStreamDestroy(device->stream);
        if (device->module)
            api->cuModuleUnload(device->module);
        api->cuCtxPopCurrent(NULL);
    }
    if (device->context)
        api->cuDevicePrimaryCtxRelease(device->device);
    free(device->kernels);
    free(device);
}

static tn__device *open_device(int32_t index)
{
    const tn__cuda_image image = tn__cuda_image_get();
    if (!image.bytes)
        return tn__fail_null(TN_EDEVICE, "this tench has no CUDA kernels: %s", image.archs);
    const tn__cuda_driver *const driver = tn__cuda_driver_get(image.toolkit / 1000 * 1000);
    tn__device *const device = driver ? calloc(1, sizeof *device) : NULL;
    if (!device)
        return driver ? tn__fail_null(TN_ENOMEM, "out of memory: a CUDA device") : NULL;
    device->driver = driver;
    if (find_device(device, index) == TN_OK && retain(device) == TN_OK && prepare(device) == TN_OK)
        return device;
    close_device(device);
    return NULL;
}

static tn__numa numa_of(const tn__device *device)
{
    return tn__numa_find("/sys", device->bus);
}

static void describe(const tn__device *device, tn__text *out)
{
    const tn__numa numa = numa_of(device);
    tn__text_printf(out, "%s, sm_%d%d, %.1f GB, PCI %s, ", device->name, device->major,
                    device->minor, (double)device->n_bytes / 1e9, device->bus);
    if (numa.node >= 0)
        tn__text_printf(out, "NUMA node %d (%d CPUs to use), ", (int)numa.node,
                        tn__cpus_count(&numa.cpus));
    tn__text_printf(out, "driver for CUDA %d.%d\n", device->driver->version / 1000,
                    device->driver->version % 1000 / 10);
}

const tn__device_ops tn__device_cuda = {
    .spec =
        {
            .name = "cuda",
            .doc = "A CUDA device: the first one, or the one with the number, for example cuda:1.",
            .source = "the driver, libcuda.so.1",
        },
    .kind = TN_DEVICE_CUDA,
    .open = open_device,
    .close = close_device,
    .describe = describe,
    .numa = numa_of,
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
};

/* The report of `tench doctor`. */

static void report_devices(const tn__cuda_driver *driver, tn__text *out)
{
    int count = 0;
    if (driver->api.cuDeviceGetCount(&count) != TN__CU_OK || count == 0)
        tn__text_add(out, "the driver finds no device\n");
    for (int32_t d = 0; d < count && d < MAX_REPORTED; d++) {
        tn__device *const device = tn__device_cuda.open(d);
        tn__text_printf(out, "cuda:%d: ", (int)d);
        if (device) {
            tn__device_cuda.describe(device, out);
            tn__text_printf(out, "cuda:%d: makes the same bytes as the CPU (self-test)\n", (int)d);
        } else {
            tn__text_printf(out, "%s\n", tn__error_last()->message);
        }
        tn__device_cuda.close(device);
    }
}

void tn__cuda_report(tn__text *out)
{
    const tn__cuda_image image = tn__cuda_image_get();
    const tn__error before = *tn__error_last();
    if (image.bytes)
        tn__text_printf(out, "kernels for %s, built with CUDA %d.%d, %.0f kB\n", image.archs,
                        image.toolkit / 1000, image.toolkit % 1000 / 10,
                        (double)image.n_bytes / 1e3);
    else
        tn__text_printf(out, "no kernels: %s\n", image.archs);
    const tn__cuda_driver *const driver = tn__cuda_driver_get(image.toolkit / 1000 * 1000);
    if (!driver)
        tn__text_printf(out, "%s\n", tn__error_last()->message);
    else
        report_devices(driver, out);
    tn__error_raise(&before);
}
