/* SPDX-License-Identifier: MIT */
/* The device table on CUDA's driver interface: a device is found, opened, closed. See device.h;
 * what is done on it is in cuda_work.c.
 *
 * A device's primary context is retained: the one that cudart and PyTorch use. It is made current
 * around each call, for threads come and go. After a kernel has failed, the driver itself gives
 * that error to every later call. */
#include <stdlib.h>

#include "base/error.h"
#include "cuda/image.h"
#include "cuda/shim.h"
#include "dev/cuda.h"
#include "dev/cuda_state.h"
#include "tench.h"

int tn__cuda_check(const tn__device *device, int result, const char *what)
{
    return result == TN__CU_OK ? TN_OK : tn__cuda_fail(device->driver, result, what);
}

int tn__cuda_enter(const tn__device *device)
{
    return tn__cuda_check(device, tn__cuda_api_of(device)->cuCtxPushCurrent(device->context),
                          "cuCtxPushCurrent");
}

int tn__cuda_leave(const tn__device *device, int status)
{
    tn__cuda_api_of(device)->cuCtxPopCurrent(NULL);
    return status;
}

static int find_device(tn__device *device, int32_t index)
{
    const tn__cu_api *const api = tn__cuda_api_of(device);
    int count = 0;
    int status = tn__cuda_check(device, api->cuDeviceGetCount(&count), "cuDeviceGetCount");
    if (status == TN_OK && index >= count)
        return tn__fail(TN_EDEVICE, "cuda:%d does not exist: CUDA devices here: %d", (int)index,
                        count);
    if (status == TN_OK)
        status = tn__cuda_check(device, api->cuDeviceGet(&device->device, index), "cuDeviceGet");
    if (status != TN_OK)
        return status;
    api->cuDeviceGetName(device->name, TN__CUDA_NAME, device->device);
    api->cuDeviceGetPCIBusId(device->bus, TN__CUDA_BUS, device->device);
    api->cuDeviceTotalMem(&device->n_bytes, device->device);
    api->cuDeviceGetAttribute(&device->major, TN__CU_CAPABILITY_MAJOR, device->device);
    api->cuDeviceGetAttribute(&device->minor, TN__CU_CAPABILITY_MINOR, device->device);
    return TN_OK;
}

static int retain(tn__device *device)
{
    const int result =
        tn__cuda_api_of(device)->cuDevicePrimaryCtxRetain(&device->context, device->device);
    if (result == TN__CU_OK)
        return TN_OK;
    device->context = NULL;
    if (result == TN__CU_DEVICE_UNAVAILABLE)
        return tn__fail(TN_EDEVICE,
                        "%s is taken: another process has it in exclusive mode, or its compute "
                        "mode prohibits use (nvidia-smi -q -d COMPUTE)",
                        device->name);
    return tn__cuda_check(device, result, "cuDevicePrimaryCtxRetain");
}

static int fail_module(const tn__device *device, int result)
{
    const tn__cuda_image image = tn__cuda_image_get();
    switch (result) {
    case TN__CU_NO_BINARY_FOR_GPU:
        return tn__fail(TN_EDEVICE, "%s is sm_%d%d, and the kernels were built for %s",
                        device->name, device->major, device->minor, image.archs);
    case TN__CU_INVALID_PTX:
    case TN__CU_JIT_COMPILER_NOT_FOUND:
    case TN__CU_UNSUPPORTED_PTX_VERSION:
    case TN__CU_JIT_COMPILATION_DISABLED:
        return tn__fail(TN_EDEVICE,
                        "%s is sm_%d%d: the kernels were built for %s, and the driver cannot "
                        "translate them (error %d)",
                        device->name, device->major, device->minor, image.archs, result);
    default: return tn__cuda_check(device, result, "loading the kernels: cuModuleLoadData");
    }
}

static int load(tn__device *device)
{
    const tn__cu_api *const api = tn__cuda_api_of(device);
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
    return tn__cuda_check(device, result, "finding the kernels: cuModuleGetFunction");
}

static int make_stream(tn__device *device)
{
    const tn__cu_api *const api = tn__cuda_api_of(device);
    int greatest = 0;
    int status =
        tn__cuda_check(device, api->cuCtxGetStreamPriorityRange(&device->priority, &greatest),
                       "cuCtxGetStreamPriorityRange");
    if (status == TN_OK)
        status = tn__cuda_check(device,
                                api->cuStreamCreateWithPriority(
                                    &device->stream, TN__CU_STREAM_NON_BLOCKING, device->priority),
                                "cuStreamCreateWithPriority");
    return status;
}

/* What needs the context to be current. */
static int prepare(tn__device *device)
{
    int status = tn__cuda_enter(device);
    if (status != TN_OK)
        return status;
    status = load(device);
    if (status == TN_OK)
        status = make_stream(device);
    if (status == TN_OK)
        status = tn__cuda_test(device, device->stream);
    return tn__cuda_leave(device, status);
}

static void cuda_close(tn__device *device)
{
    if (!device)
        return;
    const tn__cu_api *const api = tn__cuda_api_of(device);
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

static tn__device *cuda_open(int32_t index)
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
    cuda_close(device);
    return NULL;
}

static tn__numa cuda_numa(const tn__device *device)
{
    return tn__numa_find("/sys", device->bus);
}

static void cuda_describe(const tn__device *device, tn__text *out)
{
    const tn__numa numa = cuda_numa(device);
    tn__text_printf(out, "%s, sm_%d%d, %.1f GB, PCI %s, ", device->name, device->major,
                    device->minor, (double)device->n_bytes / 1e9, device->bus);
    if (numa.node >= 0)
        tn__text_printf(out, "NUMA node %d (%d CPUs to use), ", (int)numa.node,
                        tn__cpus_count(&numa.cpus));
    tn__text_printf(out, "driver for CUDA %d.%d\n", device->driver->version / 1000,
                    device->driver->version % 1000 / 10);
}

const tn__device_ops tn__device_cuda = {
    .name = "cuda",
    .kind = TN_DEVICE_CUDA,
    .open = cuda_open,
    .close = cuda_close,
    .describe = cuda_describe,
    .numa = cuda_numa,
    .allocate = tn__cuda_allocate,
    .free = tn__cuda_free,
    .stream_create = tn__cuda_stream_create,
    .stream_destroy = tn__cuda_stream_destroy,
    .event_create = tn__cuda_event_create,
    .event_destroy = tn__cuda_event_destroy,
    .record = tn__cuda_record,
    .wait = tn__cuda_wait,
    .query = tn__cuda_query,
    .drain = tn__cuda_drain,
    .copy = tn__cuda_copy,
    .finish = tn__cuda_finish,
    .fetch = tn__cuda_fetch,
};
