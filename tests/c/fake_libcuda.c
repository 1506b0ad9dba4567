/* SPDX-License-Identifier: MIT */
/* A library that stands in for the CUDA driver. It implements the functions that tench calls, on
 * the CPU.
 *
 * The environment variable FAKE_CUDA tells it what to do wrong. It holds words, for example
 * "init=100 version=12040 lacks=cuMemAlloc": a number after a function's name is the status that
 * the function returns. Each call finishes its work before it returns, so streams and events need
 * no state. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cuda/shim.h"
#include "dev/cuda_api.h"

#pragma GCC visibility push(default)
int cuInit(unsigned flags);
int cuDriverGetVersion(int *version);
int cuGetErrorName(int result, const char **name);
int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags,
                        int *status);
int cuMemcpyDtoDAsync_v2(tn__cu_address to, tn__cu_address from, size_t n_bytes,
                         tn__cu_stream *stream);
int cuEventElapsedTime(float *ms, tn__cu_event *from, tn__cu_event *to);
int cuEventSynchronize(tn__cu_event *event);
int cuMemGetInfo_v2(size_t *free_bytes, size_t *all_bytes);
#pragma GCC visibility pop

enum { WORD_BYTES = 64, DEVICE = 40, CONTEXT_BYTES = 64, LINE = 4096 };
static const tn__cu_address ON_DEVICE = (tn__cu_address)1 << 62;

/* Finds "name=" in FAKE_CUDA and gives the text after it; false: there is none. */
static bool told(const char *name, char text[WORD_BYTES])
{
    const char *const all = getenv("FAKE_CUDA");
    const size_t n = strlen(name);
    for (const char *at = all; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, name, n) == 0 && at[n] == '=')
            return sscanf(at + n + 1, "%63[^ ]", text) == 1;
    }
    return false;
}

static int number(const char *name, int otherwise)
{
    char text[WORD_BYTES];
    return told(name, text) ? atoi(text) : otherwise;
}

int cuInit(unsigned flags)
{
    return flags ? 1 : number("init", 0);
}

int cuDriverGetVersion(int *version)
{
    *version = number("version", 99000);
    return 0;
}

int cuGetErrorName(int result, const char **name)
{
    static char text[WORD_BYTES];
    snprintf(text, sizeof text, "FAKE_ERROR_%d", result);
    *name = text;
    return 0;
}

static int get_error_string(int result, const char **text)
{
    *text = result ? "the fake driver says so" : "no error";
    return 0;
}

static int device_count(int *count)
{
    *count = number("devices", 2);
    return 0;
}

static int device_get(int *device, int ordinal)
{
    *device = DEVICE + ordinal;
    return ordinal < number("devices", 2) ? 0 : 101;
}

static int device_name(char *name, int n_bytes, int device)
{
    snprintf(name, (size_t)n_bytes, "Fake GPU %d", device - DEVICE);
    return 0;
}

static int device_attribute(int *value, int attribute, int device)
{
    const int capability = number("capability", 90);
    (void)device;
    switch (attribute) {
    case TN__CU_CAPABILITY_MAJOR: *value = capability / 10; break;
    case TN__CU_CAPABILITY_MINOR: *value = capability % 10; break;
    default: *value = 8;
    }
    return 0;
}

static int device_memory(size_t *n_bytes, int device)
{
    (void)device;
    *n_bytes = (size_t)3 << 30;
    return 0;
}

static int device_bus(char *id, int n_bytes, int device)
{
    snprintf(id, (size_t)n_bytes, "0000:%02X:00.0", device);
    return 0;
}

/* A context is only an address. */
static char context[CONTEXT_BYTES];

static int retain(tn__cu_context **out, int device)
{
    (void)device;
    *out = (tn__cu_context *)context;
    return number("retain", 0);
}

static int release(int device)
{
    (void)device;
    return 0;
}

static int push(tn__cu_context *pushed)
{
    return (char *)pushed == context ? number("push", 0) : 201;
}

static int pop(tn__cu_context **out)
{
    if (out)
        *out = (tn__cu_context *)context;
    return 0;
}

static int synchronize(void)
{
    return number("synchronize", 0);
}

static int priorities(int *least, int *greatest)
{
    *least = 0;
    *greatest = -5;
    return 0;
}

static int host_alloc(void **memory, size_t n_bytes, unsigned flags)
{
    const int result = flags & ~1u ? 1 : number("allocate", 0);
    *memory = result ? NULL : aligned_alloc(LINE, (n_bytes + LINE - 1) / LINE * LINE);
    return *memory || result ? result : TN__CU_OUT_OF_MEMORY;
}

static int host_free(void *memory)
{
    free(memory);
    return 0;
}

/* Device memory is host memory, at an address that faults when the host uses it as a pointer. */
static bool is_on_device(tn__cu_address address)
{
    return (address & ON_DEVICE) != 0;
}

static void *memory_at(tn__cu_address address)
{
    return (void *)(uintptr_t)(address & ~ON_DEVICE);
}

static int device_alloc(tn__cu_address *address, size_t n_bytes)
{
    void *memory = NULL;
    const int result = host_alloc(&memory, n_bytes, 0);
    *address = memory ? (tn__cu_address)(uintptr_t)memory | ON_DEVICE : 0;
    return result;
}

static int device_free(tn__cu_address address)
{
    return is_on_device(address) ? host_free(memory_at(address)) : 1;
}

static int copy(tn__cu_address to, tn__cu_address from, size_t n_bytes)
{
    memcpy(memory_at(to), memory_at(from), n_bytes);
    return number("copy", 0);
}

static int copy_to_device(tn__cu_address to, const void *from, size_t n_bytes,
                          tn__cu_stream *stream)
{
    const tn__cu_address source = (tn__cu_address)(uintptr_t)from;
    (void)stream;
    return is_on_device(to) && !is_on_device(source) ? copy(to, source, n_bytes) : 1;
}

static int copy_to_host(void *to, tn__cu_address from, size_t n_bytes, tn__cu_stream *stream)
{
    const tn__cu_address target = (tn__cu_address)(uintptr_t)to;
    (void)stream;
    return is_on_device(from) && !is_on_device(target) ? copy(target, from, n_bytes) : 1;
}

static int copy_on_device(tn__cu_address to, tn__cu_address from, size_t n_bytes,
                          tn__cu_stream *stream)
{
    (void)stream;
    return is_on_device(to) && is_on_device(from) ? copy(to, from, n_bytes) : 1;
}

/* tests/gpu/day_device.c looks this function and the next ones up by name. */
int cuMemcpyDtoDAsync_v2(tn__cu_address to, tn__cu_address from, size_t n_bytes,
                         tn__cu_stream *stream)
{
    return copy_on_device(to, from, n_bytes, stream);
}

/* Streams and events are allocated bytes, so a leak checker finds those that are not freed. */
static int stream_create(tn__cu_stream **stream, unsigned flags, int priority)
{
    (void)priority;
    const int result = number("stream", 0);
    *stream = flags == TN__CU_STREAM_NON_BLOCKING && result == 0 ? malloc(1) : NULL;
    return *stream || result ? result : 1;
}

static int stream_destroy(tn__cu_stream *stream)
{
    free(stream);
    return 0;
}

static int stream_wait(tn__cu_stream *stream, tn__cu_event *event, unsigned flags)
{
    (void)stream;
    return event && flags == 0 ? number("wait", 0) : 1;
}

static int stream_synchronize(tn__cu_stream *stream)
{
    (void)stream;
    return number("synchronize", 0);
}

/* An event that keeps time stores the time at which it was recorded. */
static int event_create(tn__cu_event **event, unsigned flags)
{
    *event = flags & ~(unsigned)TN__CU_EVENT_DISABLE_TIMING ? NULL : calloc(1, sizeof(double));
    return *event ? number("event", 0) : 1;
}

int cuEventElapsedTime(float *ms, tn__cu_event *from, tn__cu_event *to)
{
    *ms = (float)(1e3 * (*(double *)(void *)to - *(double *)(void *)from));
    return 0;
}

int cuEventSynchronize(tn__cu_event *event)
{
    return event ? 0 : 1;
}

int cuMemGetInfo_v2(size_t *free_bytes, size_t *all_bytes)
{
    *free_bytes = (size_t)1 << 30;
    *all_bytes = (size_t)3 << 30;
    return 0;
}

static int event_destroy(tn__cu_event *event)
{
    free(event);
    return 0;
}

static int event_record(tn__cu_event *event, tn__cu_stream *stream)
{
    struct timespec time;
    (void)stream;
    clock_gettime(CLOCK_MONOTONIC, &time);
    if (event)
        *(double *)(void *)event = (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
    return event ? number("record", 0) : 1;
}

static int event_query(tn__cu_event *event)
{
    return event ? number("query", 0) : 1;
}

/* A module is anything that looks like a fat binary; its functions are the kernels compiled as C. A
 * module in PTX has one kernel: `spin` of tests/gpu/day_device.c, which sleeps. */
static char module[CONTEXT_BYTES];
enum { SPIN = 1 << 20 };

static int module_load(tn__cu_module **out, const void *image)
{
    const uint32_t magic = 0xBA55ED50u;
    *out = (tn__cu_module *)module;
    if (strncmp(image, ".version", strlen(".version")) == 0)
        return 0;
    return memcmp(image, &magic, sizeof magic) == 0 ? number("module", 0) : TN__CU_INVALID_IMAGE;
}

static int module_unload(tn__cu_module *unloaded)
{
    return (char *)unloaded == module ? 0 : 1;
}

static int module_function(tn__cu_function **function, tn__cu_module *from, const char *name)
{
    for (int32_t k = 0; k < tn__kernels() && (char *)from == module; k++)
        if (strcmp(tn__kernel_name(k), name) == 0) {
            *function = (tn__cu_function *)(uintptr_t)(k + 1);
            return number("function", 0);
        }
    *function = (tn__cu_function *)(uintptr_t)SPIN;
    return strcmp(name, "spin") == 0 ? 0 : 500;
}

static int launch(tn__cu_function *function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                  unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                  tn__cu_stream *stream, void **parameters, void **extra)
{
    const tn__launch how = {
        (int32_t)(uintptr_t)function - 1, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}};
    tn__arguments with;
    tn__cu_address address[4]; /* staging, records, table, out */
    (void)stream;
    if ((uintptr_t)function == SPIN)
        return usleep((useconds_t)(*(const uint64_t *)parameters[0] / 1000));
    if (shared_bytes != 0 || extra || block_x * block_y * block_z > 1024)
        return 1;
    for (int a = 0; a < 4; a++) {
        memcpy(&address[a], parameters[1 + a], sizeof address[a]);
        if (address[a] && !is_on_device(address[a]))
            return 1;
    }
    memcpy(&with.finish, parameters[0], sizeof with.finish);
    memcpy(&with.rows, parameters[5], sizeof with.rows);
    with.staging = memory_at(address[0]);
    with.records = memory_at(address[1]);
    with.table = memory_at(address[2]);
    with.out = memory_at(address[3]);
    tn__launch_run(&how, &with);
    with.out[7] ^= (uint8_t)number("wrong", 0);
    return number("launch", 0);
}

static const struct {
    const char *name;
    void (*function)(void);
} functions[] = {
#define FUNCTION(name, function)                                                                   \
    {                                                                                              \
        name, (void (*)(void))(function)                                                           \
    }
    FUNCTION("cuGetErrorName", cuGetErrorName),
    FUNCTION("cuGetErrorString", get_error_string),
    FUNCTION("cuDeviceGetCount", device_count),
    FUNCTION("cuDeviceGet", device_get),
    FUNCTION("cuDeviceGetName", device_name),
    FUNCTION("cuDeviceGetAttribute", device_attribute),
    FUNCTION("cuDeviceTotalMem", device_memory),
    FUNCTION("cuDeviceGetPCIBusId", device_bus),
    FUNCTION("cuDevicePrimaryCtxRetain", retain),
    FUNCTION("cuDevicePrimaryCtxRelease", release),
    FUNCTION("cuCtxPushCurrent", push),
    FUNCTION("cuCtxPopCurrent", pop),
    FUNCTION("cuCtxSynchronize", synchronize),
    FUNCTION("cuCtxGetStreamPriorityRange", priorities),
    FUNCTION("cuModuleLoadData", module_load),
    FUNCTION("cuModuleUnload", module_unload),
    FUNCTION("cuModuleGetFunction", module_function),
    FUNCTION("cuMemAlloc", device_alloc),
    FUNCTION("cuMemFree", device_free),
    FUNCTION("cuMemHostAlloc", host_alloc),
    FUNCTION("cuMemFreeHost", host_free),
    FUNCTION("cuMemcpyHtoDAsync", copy_to_device),
    FUNCTION("cuMemcpyDtoHAsync", copy_to_host),
    FUNCTION("cuMemcpyDtoDAsync", copy_on_device),
    FUNCTION("cuStreamCreateWithPriority", stream_create),
    FUNCTION("cuStreamDestroy", stream_destroy),
    FUNCTION("cuStreamWaitEvent", stream_wait),
    FUNCTION("cuStreamSynchronize", stream_synchronize),
    FUNCTION("cuEventCreate", event_create),
    FUNCTION("cuEventDestroy", event_destroy),
    FUNCTION("cuEventRecord", event_record),
    FUNCTION("cuEventQuery", event_query),
    FUNCTION("cuLaunchKernel", launch),
#undef FUNCTION
};

int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *status)
{
    char lacking[WORD_BYTES];
    *function = NULL;
    *status = 1;
    if (flags != 0 || version > number("version", 99000) ||
        (told("lacks", lacking) && strcmp(lacking, name) == 0))
        return 500;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) {
            memcpy(function, &functions[i].function, sizeof *function);
            *status = 0;
            return 0;
        }
    return 500;
}
