/* SPDX-License-Identifier: MIT */
/* What the two halves of the CUDA device share: how it stands, how calls on it begin and end. */
#ifndef TENCH_DEV_CUDA_STATE_H
#define TENCH_DEV_CUDA_STATE_H

#include "dev/cuda_driver.h"
#include "dev/device.h"

enum { TN__CUDA_NAME = 128, TN__CUDA_BUS = 32 }; /* bytes of text */

struct tn__device {
    const tn__cuda_driver *driver;
    int device; /* as the driver counts them */
    tn__cu_context *context;
    tn__cu_module *module;
    tn__cu_function **kernels;
    tn__cu_stream *stream; /* of fetches and of the self-test */
    int priority;          /* the lowest */
    int major, minor;      /* compute capability */
    size_t n_bytes;
    char name[TN__CUDA_NAME], bus[TN__CUDA_BUS];
};

static inline const tn__cu_api *tn__cuda_api_of(const tn__device *device)
{
    return &device->driver->api;
}

/* TN_OK, or the failure of the call that is named. */
int tn__cuda_check(const tn__device *device, int result, const char *what);
/* Makes the device's context this thread's, and the one before again; returns `status`. */
int tn__cuda_enter(const tn__device *device);
int tn__cuda_leave(const tn__device *device, int status);

/* dev/cuda_work.c: as in device.h. */
int tn__cuda_allocate(tn__device *device, const tn__memory_use *use, tn__device_memory *out);
void tn__cuda_free(tn__device *device, tn__device_memory *buffer);
int tn__cuda_stream_create(tn__device *device, const char *name, void **out);
void tn__cuda_stream_destroy(tn__device *device, void *stream);
int tn__cuda_event_create(tn__device *device, const char *name, int32_t number, tn__event **out);
void tn__cuda_event_destroy(tn__device *device, tn__event *event);
int tn__cuda_record(tn__device *device, tn__event *event, void *stream);
int tn__cuda_wait(tn__device *device, void *stream, tn__event *event);
int tn__cuda_query(tn__device *device, tn__event *event);
int tn__cuda_drain(tn__device *device);
int tn__cuda_copy(tn__device *device, tn__device_part to, tn__device_part from, void *stream);
int tn__cuda_finish(tn__device *device, const tn__finish_work *work, void *stream);
int tn__cuda_fetch(tn__device *device, void *to, tn__device_part from);

#endif
