/* SPDX-License-Identifier: MIT */
/* Opening the CUDA driver. See cuda_driver.h. */
#include "dev/cuda_driver.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* cuGetProcAddress finds the variant of a name for a version, so no name here ends in _v2. */
typedef int (*find_function)(const char *name, void **function, int version, uint64_t flags,
                             int *status);

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define FUNCTION(name)                                                                             \
    {                                                                                              \
#name, offsetof(tn__cu_api, name)                                                          \
    }
    FUNCTION(cuGetErrorName),
    FUNCTION(cuGetErrorString),
    FUNCTION(cuDeviceGetCount),
    FUNCTION(cuDeviceGet),
    FUNCTION(cuDeviceGetName),
    FUNCTION(cuDeviceGetAttribute),
    FUNCTION(cuDeviceTotalMem),
    FUNCTION(cuDeviceGetPCIBusId),
    FUNCTION(cuDevicePrimaryCtxRetain),
    FUNCTION(cuDevicePrimaryCtxRelease),
    FUNCTION(cuCtxPushCurrent),
    FUNCTION(cuCtxPopCurrent),
    FUNCTION(cuCtxSynchronize),
    FUNCTION(cuCtxGetStreamPriorityRange),
    FUNCTION(cuModuleLoadData),
    FUNCTION(cuModuleUnload),
    FUNCTION(cuModuleGetFunction),
    FUNCTION(cuMemAlloc),
    FUNCTION(cuMemFree),
    FUNCTION(cuMemHostAlloc),
    FUNCTION(cuMemFreeHost),
    FUNCTION(cuMemcpyHtoDAsync),
    FUNCTION(cuMemcpyDtoHAsync),
    FUNCTION(cuMemcpyDtoDAsync),
    FUNCTION(cuStreamCreateWithPriority),
    FUNCTION(cuStreamDestroy),
    FUNCTION(cuStreamWaitEvent),
    FUNCTION(cuStreamSynchronize),
    FUNCTION(cuEventCreate),
    FUNCTION(cuEventDestroy),
    FUNCTION(cuEventRecord),
    FUNCTION(cuEventQuery),
    FUNCTION(cuLaunchKernel),
#undef FUNCTION
};

/* What cuInit's results mean for the user. */
static const struct {
    int result;
    const char *text;
} reasons[] = {
    {TN__CU_NOT_INITIALIZED,
     "CUDA was initialised before this process was forked, and does not survive that: start the "
     "child with exec, or fork before CUDA is used"},
    {TN__CU_NO_DEVICE, "the NVIDIA driver is installed, but it finds no GPU"},
    {TN__CU_OPERATING_SYSTEM,
     "the NVIDIA driver cannot reach its kernel module: is it loaded, and may this process use "
     "/dev/nvidia*?"},
    {TN__CU_NOT_PERMITTED, "this process may not use the GPU"},
    {TN__CU_SYSTEM_NOT_READY,
     "the GPUs are still starting: wait, or check the fabric manager's service"},
    {TN__CU_SYSTEM_DRIVER_MISMATCH,
     "the NVIDIA driver's library and its kernel module are of different versions: restart the "
     "machine, or the container with the host's library"},
    {TN__CU_COMPAT_NOT_SUPPORTED_ON_DEVICE, "libcuda.so.1 comes from a forward compatibility "
                                            "package, which this GPU does not support: take "
                                            "its folder out of LD_LIBRARY_PATH"},
    {TN__CU_UNKNOWN, "the NVIDIA driver does not start: often it was updated since the machine "
                     "booted, or /dev/nvidia* is missing in a container"},
};

int tn__cuda_fail(const tn__cuda_driver *driver, int result, const char *what)
{
    const char *name = NULL, *text = NULL;
    if (driver->api.cuGetErrorName)
        driver->api.cuGetErrorName(result, &name);
    if (driver->api.cuGetErrorString)
        driver->api.cuGetErrorString(result, &text);
    return tn__fail(result == TN__CU_OUT_OF_MEMORY ? TN_ENOMEM : TN_EDEVICE, "%s: %s (%d)%s%s",
                    what, name ? name : "CUDA error", result, text ? ", " : "", text ? text : "");
}

/* The file of a function. */
static const char *file_of(int (*function)(unsigned))
{
    void *address;
    Dl_info info;
    memcpy(&address, &function, sizeof address);
    return dladdr(address, &info) && info.dli_fname ? info.dli_fname : "libcuda.so.1";
}

static int fail_init(const tn__cuda_driver *driver, int result)
{
    if (result == TN__CU_STUB_LIBRARY)
        return tn__fail(TN_EDEVICE,
                        "%s is the CUDA toolkit's stub, not a driver: install the NVIDIA driver, "
                        "or take the stub's folder out of LD_LIBRARY_PATH",
                        file_of(driver->api.cuInit));
    const char *const visible = getenv("CUDA_VISIBLE_DEVICES");
    if (result == TN__CU_NO_DEVICE && visible)
        return tn__fail(TN_EDEVICE,
                        "the NVIDIA driver is installed, but CUDA_VISIBLE_DEVICES=%s leaves no GPU",
                        visible);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].result == result)
            return tn__fail(TN_EDEVICE, "%s (cuInit gives %d)", reasons[i].text, result);
    return tn__cuda_fail(driver, result, "the NVIDIA driver does not start: cuInit");
}

/* dlsym returns functions as void pointers; POSIX allows the copy. */
static void put(tn__cu_api *api, size_t offset, void *function)
{
    memcpy((char *)api + offset, &function, sizeof function);
}

static bool take(tn__cu_api *api, void *library, const char *name, size_t offset)
{
    void *const function = dlsym(library, name);
    put(api, offset, function);
    return function != NULL;
}

/* The NVIDIA driver that first offered a CUDA version, by the number that people install. */
static const char *driver_for(int version)
{
    switch (version / 1000) {
    case 12: return " (NVIDIA driver 525 or later)";
    case 13: return " (NVIDIA driver 580 or later)";
    default: return "";
    }
}

static int check_version(const tn__cuda_driver *driver, int least)
{
    if (least < TN__CUDA_LEAST)
        least = TN__CUDA_LEAST;
    if (driver->version >= least)
        return TN_OK;
    return tn__fail(
        TN_EDEVICE,
        "the NVIDIA driver is too old: it offers CUDA %d.%d, and CUDA %d.%d%s is needed",
        driver->version / 1000, driver->version % 1000 / 10, least / 1000, least % 1000 / 10,
        driver_for(least));
}

static int find_all(tn__cuda_driver *driver, void *library)
{
    find_function find = NULL;
    void *const finder = dlsym(library, "cuGetProcAddress_v2");
    memcpy(&find, &finder, sizeof find);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = NULL;
        int status = 0;
        if (!find || find(functions[i].name, &function, TN__CUDA_LEAST, 0, &status) != TN__CU_OK ||
            !function)
            return tn__fail(TN_EDEVICE, "%s lacks the function %s: is it NVIDIA's driver?",
                            file_of(driver->api.cuInit),
                            find ? functions[i].name : "cuGetProcAddress_v2");
        put(&driver->api, functions[i].offset, function);
    }
    return TN_OK;
}

static int start(tn__cuda_driver *driver, void *library, int least)
{
    tn__cu_api *const api = &driver->api;
    if (!take(api, library, "cuInit", offsetof(tn__cu_api, cuInit)) ||
        !take(api, library, "cuDriverGetVersion", offsetof(tn__cu_api, cuDriverGetVersion)))
        return tn__fail(TN_EDEVICE, "libcuda.so.1 lacks cuInit: it is not NVIDIA's driver");
    take(api, library, "cuGetErrorName", offsetof(tn__cu_api, cuGetErrorName));
    take(api, library, "cuGetErrorString", offsetof(tn__cu_api, cuGetErrorString));
    int result = api->cuInit(0);
    if (result != TN__CU_OK)
        return fail_init(driver, result);
    result = api->cuDriverGetVersion(&driver->version);
    if (result != TN__CU_OK)
        return tn__cuda_fail(driver, result, "cuDriverGetVersion");
    const int status = check_version(driver, least);
    return status == TN_OK ? find_all(driver, library) : status;
}

int tn__cuda_driver_open(tn__cuda_driver *driver, const char *library, int least)
{
    memset(driver, 0, sizeof *driver);
    if (least < TN__CUDA_LEAST)
        least = TN__CUDA_LEAST;
    void *const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return tn__fail(TN_EDEVICE,
                        "no NVIDIA driver on this machine: %s; one for CUDA %d.%d%s is needed",
                        dlerror(), least / 1000, least % 1000 / 10, driver_for(least));
    return start(driver, handle, least);
}

const tn__cuda_driver *tn__cuda_driver_get(int least)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the next two */
    static tn__cuda_driver driver;
    static bool opened;
    pthread_mutex_lock(&lock);
    if (!opened)
        opened = tn__cuda_driver_open(&driver, "libcuda.so.1", least) == TN_OK;
    const bool usable = opened && check_version(&driver, least) == TN_OK;
    pthread_mutex_unlock(&lock);
    return usable ? &driver : NULL;
}
