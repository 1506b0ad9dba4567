/* SPDX-License-Identifier: MIT */
/* The device of a GPU day: tables for both kinds of device, and functions that only the driver has
 * (timing events, a copy within the device, a kernel that spins), looked up by name. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "day.h"
#include "dev/cuda.h"
#include "dev/cuda_driver.h"
#include "dev/fake.h"
#include "tench.h"

/* Waits this many nanoseconds by the device's clock. One thread does it, so other processors stay
 * free. */
static const char spin_text[] = ".version 6.3\n.target sm_70\n.address_size 64\n"
                                ".visible .entry spin(.param .u64 length)\n{\n"
                                ".reg .u64 %end, %now;\n.reg .pred %more;\n"
                                "ld.param.u64 %end, [length];\n"
                                "mov.u64 %now, %globaltimer;\n"
                                "add.u64 %end, %end, %now;\n"
                                "again:\n"
                                "mov.u64 %now, %globaltimer;\n"
                                "setp.lt.u64 %more, %now, %end;\n"
                                "@%more bra again;\n"
                                "ret;\n}\n";

static struct {
    const tn__cuda_driver *driver;
    int (*copy_within)(tn__cu_address, tn__cu_address, size_t, tn__cu_stream *);
    int (*elapsed)(float *ms, tn__cu_event *from, tn__cu_event *to);
    int (*wait_for)(tn__cu_event *event);
    int (*memory)(size_t *free_bytes, size_t *all_bytes);
    int (*launch)(tn__cu_function *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                  unsigned, tn__cu_stream *, void **, void **);
    tn__cu_context *context;
    tn__cu_function *spin;
    int64_t launches;
} cuda;

void day_need(int status)
{
    if (status == TN_OK)
        return;
    fprintf(stderr, "day: %s\n", tn_error());
    exit(1);
}

static void need_result(int result, const char *what)
{
    if (result != TN__CU_OK)
        day_need(tn__cuda_fail(cuda.driver, result, what));
}

double day_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int count_launch(tn__cu_function *function, unsigned grid_x, unsigned grid_y,
                        unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                        unsigned shared_bytes, tn__cu_stream *stream, void **parameters,
                        void **extra)
{
    __atomic_add_fetch(&cuda.launches, 1, __ATOMIC_RELAXED);
    return cuda.launch(function, grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes,
                       stream, parameters, extra);
}

static void find(void *library, const char *name, void *out)
{
    void *const found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "day: the driver has no %s\n", name);
        exit(1);
    }
    memcpy(out, &found, sizeof found);
}

/* Uses the primary context, which the device has retained and enters for each call. */
static void enter(void)
{
    need_result(cuda.driver->api.cuCtxPushCurrent(cuda.context), "cuCtxPushCurrent");
}

static void leave(void)
{
    cuda.driver->api.cuCtxPopCurrent(NULL);
}

static void open_cuda(void)
{
    void *const library = dlopen("libcuda.so.1", RTLD_NOW);
    tn__cu_module *module;
    int number;
    cuda.driver = tn__cuda_driver_get(TN__CUDA_LEAST);
    day_need(cuda.driver && library ? TN_OK : TN_EDEVICE);
    find(library, "cuMemcpyDtoDAsync_v2", &cuda.copy_within);
    find(library, "cuEventElapsedTime", &cuda.elapsed);
    find(library, "cuEventSynchronize", &cuda.wait_for);
    find(library, "cuMemGetInfo_v2", &cuda.memory);
    tn__cu_api *const api = (tn__cu_api *)(uintptr_t)&cuda.driver->api; /* not constant */
    need_result(api->cuDeviceGet(&number, 0), "cuDeviceGet");
    need_result(api->cuDevicePrimaryCtxRetain(&cuda.context, number), "cuDevicePrimaryCtxRetain");
    enter();
    need_result(api->cuModuleLoadData(&module, spin_text), "cuModuleLoadData");
    need_result(api->cuModuleGetFunction(&cuda.spin, module, "spin"), "cuModuleGetFunction");
    leave();
    cuda.launch = api->cuLaunchKernel;
    api->cuLaunchKernel = count_launch;
}

day_device day_open(void)
{
    day_device it = {.is_fake = strcmp(day.device, "fake") == 0};
    tn__text text = {0};
    it.ops = it.is_fake ? &tn__device_fake : &tn__device_cuda;
    it.device = it.ops->open(0);
    day_need(it.device ? TN_OK : TN_EDEVICE);
    day_need(it.ops->stream_create(it.device, "day", &it.stream));
    it.ops->describe(it.device, &text);
    const int32_t length = (int32_t)strcspn(text.chars, "\n");
    printf("{\"what\": \"device\", \"device\": \"%.*s\"}\n", length, text.chars);
    tn__text_free(&text);
    if (!it.is_fake)
        open_cuda();
    return it;
}

void day_close(day_device *it)
{
    it->ops->stream_destroy(it->device, it->stream);
    it->ops->close(it->device);
}

tn__device_memory day_allocate(const day_device *it, int32_t memory, size_t n_bytes)
{
    const tn__memory_use use = {memory, n_bytes, "day", 0, "day", "day"};
    tn__device_memory out;
    day_need(it->ops->allocate(it->device, &use, &out));
    return out;
}

tn__device_part day_whole(const tn__device_memory *buffer)
{
    return (tn__device_part){buffer, 0, buffer->use.n_bytes};
}

tn__device_memory day_upload(const day_device *it, const void *bytes, size_t n_bytes)
{
    tn__device_memory pinned = day_allocate(it, TN__PINNED, n_bytes);
    const tn__device_memory out = day_allocate(it, TN__ON_DEVICE, n_bytes);
    if (it->ops->host_uses)
        day_need(it->ops->host_uses(it->device, day_whole(&pinned), TN__HOST_WRITES));
    if (bytes)
        memcpy(pinned.data, bytes, n_bytes);
    else
        memset(pinned.data, 1, n_bytes);
    day_need(it->ops->copy(it->device, day_whole(&out), day_whole(&pinned), it->stream));
    day_need(it->ops->drain(it->device));
    it->ops->free(it->device, &pinned);
    return out;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double day_median(double *values, int32_t n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return values[n / 2];
}

/* The first round warms up. Calls are queued ahead. */
double day_time(const day_device *it, void (*call)(void *argument, int32_t turn), void *argument)
{
    double seconds[DAY_TIMES];
    for (int32_t t = -1; t < DAY_TIMES; t++) {
        const day_mark start = day_mark_now(it, it->stream);
        for (int32_t i = 0; i < day.repeats; i++)
            call(argument, i % DAY_TURNS);
        if (it->is_fake)
            day_need(it->ops->drain(it->device));
        const double took = day_seconds(it, start, day_mark_now(it, it->stream));
        if (t >= 0)
            seconds[t] = took / day.repeats;
    }
    return day_median(seconds, DAY_TIMES);
}

void day_copy_within(const day_device *it, const tn__device_memory *to,
                     const tn__device_memory *from)
{
    if (it->is_fake) {
        day_need(it->ops->copy(it->device, day_whole(to), day_whole(from), it->stream));
        return;
    }
    enter();
    need_result(cuda.copy_within((tn__cu_address)(uintptr_t)to->data,
                                 (tn__cu_address)(uintptr_t)from->data, to->use.n_bytes,
                                 it->stream),
                "cuMemcpyDtoDAsync");
    leave();
}

void day_step(const day_device *it, void *stream)
{
    uint64_t length_ns = (uint64_t)day.step_ms * 1000000u;
    void *parameters[] = {&length_ns};
    if (it->is_fake) {
        usleep((useconds_t)day.step_ms * 1000);
        return;
    }
    enter();
    need_result(cuda.launch(cuda.spin, 1, 1, 1, 1, 1, 1, 0, stream, parameters, NULL), "spin");
    leave();
}

day_mark day_mark_now(const day_device *it, void *stream)
{
    day_mark mark = {NULL, day_now()};
    if (it->is_fake)
        return mark;
    tn__cu_event *event;
    enter();
    need_result(cuda.driver->api.cuEventCreate(&event, 0), "cuEventCreate");
    need_result(cuda.driver->api.cuEventRecord(event, stream), "cuEventRecord");
    leave();
    mark.event = event;
    return mark;
}

double day_seconds(const day_device *it, day_mark from, day_mark to)
{
    float ms = 0;
    if (it->is_fake)
        return to.at - from.at;
    enter();
    need_result(cuda.wait_for(to.event), "cuEventSynchronize");
    need_result(cuda.elapsed(&ms, from.event, to.event), "cuEventElapsedTime");
    cuda.driver->api.cuEventDestroy(from.event);
    cuda.driver->api.cuEventDestroy(to.event);
    leave();
    return 1e-3 * (double)ms;
}

/* The fake device counts only what belongs to this program's own device: loaders open another one.
 */
int64_t day_device_bytes(const day_device *it)
{
    size_t free_bytes, all_bytes;
    tn__fake_counts counts;
    if (it->is_fake) {
        tn__fake_count(it->device, &counts);
        return (int64_t)counts.device_bytes;
    }
    enter();
    need_result(cuda.memory(&free_bytes, &all_bytes), "cuMemGetInfo");
    leave();
    return (int64_t)(all_bytes - free_bytes);
}

int64_t day_launches(const day_device *it)
{
    tn__fake_counts counts;
    if (!it->is_fake)
        return __atomic_load_n(&cuda.launches, __ATOMIC_RELAXED);
    tn__fake_count(it->device, &counts);
    return counts.kernels;
}
