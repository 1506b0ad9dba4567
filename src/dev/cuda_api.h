/* SPDX-License-Identifier: MIT */
/* The part of CUDA's driver interface that tench calls. It is declared here so that the build needs
 * no toolkit; cuda_driver.h takes the functions from the driver at run time.
 *
 * Handles are opaque, and a device address is an integer. Functions have the signatures of CUDA
 * 12.0, which later drivers keep. */
#ifndef TENCH_DEV_CUDA_API_H
#define TENCH_DEV_CUDA_API_H

#include <stddef.h>
#include <stdint.h>

typedef struct tn__cu_context tn__cu_context;
typedef struct tn__cu_module tn__cu_module;
typedef struct tn__cu_function tn__cu_function;
typedef struct tn__cu_stream tn__cu_stream;
typedef struct tn__cu_event tn__cu_event;
typedef uint64_t tn__cu_address;

/* Results. The driver gives names and texts for others. */
enum {
    TN__CU_OK = 0,
    TN__CU_OUT_OF_MEMORY = 2,
    TN__CU_NOT_INITIALIZED = 3,
    TN__CU_STUB_LIBRARY = 34,
    TN__CU_DEVICE_UNAVAILABLE = 46,
    TN__CU_NO_DEVICE = 100,
    TN__CU_INVALID_IMAGE = 200,
    TN__CU_NO_BINARY_FOR_GPU = 209,
    TN__CU_INVALID_PTX = 218,
    TN__CU_JIT_COMPILER_NOT_FOUND = 221,
    TN__CU_UNSUPPORTED_PTX_VERSION = 222,
    TN__CU_JIT_COMPILATION_DISABLED = 223,
    TN__CU_OPERATING_SYSTEM = 304,
    TN__CU_NOT_READY = 600,
    TN__CU_NOT_PERMITTED = 800,
    TN__CU_SYSTEM_NOT_READY = 802,
    TN__CU_SYSTEM_DRIVER_MISMATCH = 803,
    TN__CU_COMPAT_NOT_SUPPORTED_ON_DEVICE = 804,
    TN__CU_UNKNOWN = 999
};

enum {
    TN__CU_CAPABILITY_MAJOR = 75, /* attributes of a device */
    TN__CU_CAPABILITY_MINOR = 76
};
enum { TN__CU_STREAM_NON_BLOCKING = 1 };
enum { TN__CU_EVENT_DISABLE_TIMING = 2 };
enum { TN__CU_HOST_PORTABLE = 1 };

/* The driver's functions. */
typedef struct tn__cu_api {
    int (*cuInit)(unsigned flags);
    int (*cuDriverGetVersion)(int *version);
    int (*cuGetErrorName)(int result, const char **name);
    int (*cuGetErrorString)(int result, const char **text);
    int (*cuDeviceGetCount)(int *count);
    int (*cuDeviceGet)(int *device, int ordinal);
    int (*cuDeviceGetName)(char *name, int n_bytes, int device);
    int (*cuDeviceGetAttribute)(int *value, int attribute, int device);
    int (*cuDeviceTotalMem)(size_t *n_bytes, int device);
    int (*cuDeviceGetPCIBusId)(char *id, int n_bytes, int device);
    int (*cuDevicePrimaryCtxRetain)(tn__cu_context **context, int device);
    int (*cuDevicePrimaryCtxRelease)(int device);
    int (*cuCtxPushCurrent)(tn__cu_context *context);
    int (*cuCtxPopCurrent)(tn__cu_context **context);
    int (*cuCtxSynchronize)(void);
    int (*cuCtxGetStreamPriorityRange)(int *least, int *greatest);
    int (*cuModuleLoadData)(tn__cu_module **module, const void *image);
    int (*cuModuleUnload)(tn__cu_module *module);
    int (*cuModuleGetFunction)(tn__cu_function **function, tn__cu_module *module, const char *name);
    int (*cuMemAlloc)(tn__cu_address *address, size_t n_bytes);
    int (*cuMemFree)(tn__cu_address address);
    int (*cuMemHostAlloc)(void **memory, size_t n_bytes, unsigned flags);
    int (*cuMemFreeHost)(void *memory);
    int (*cuMemcpyHtoDAsync)(tn__cu_address to, const void *from, size_t n_bytes,
                             tn__cu_stream *stream);
    int (*cuMemcpyDtoHAsync)(void *to, tn__cu_address from, size_t n_bytes, tn__cu_stream *stream);
    int (*cuMemcpyDtoDAsync)(tn__cu_address to, tn__cu_address from, size_t n_bytes,
                             tn__cu_stream *stream);
    int (*cuStreamCreateWithPriority)(tn__cu_stream **stream, unsigned flags, int priority);
    int (*cuStreamDestroy)(tn__cu_stream *stream);
    int (*cuStreamWaitEvent)(tn__cu_stream *stream, tn__cu_event *event, unsigned flags);
    int (*cuStreamSynchronize)(tn__cu_stream *stream);
    int (*cuEventCreate)(tn__cu_event **event, unsigned flags);
    int (*cuEventDestroy)(tn__cu_event *event);
    int (*cuEventRecord)(tn__cu_event *event, tn__cu_stream *stream);
    int (*cuEventQuery)(tn__cu_event *event);
    int (*cuLaunchKernel)(tn__cu_function *function, unsigned grid_x, unsigned grid_y,
                          unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                          unsigned shared_bytes, tn__cu_stream *stream, void **parameters,
                          void **extra);
} tn__cu_api;

#endif
