/* SPDX-License-Identifier: MIT */
/* What the parts of the GPU day share: the device, what is asked of it beyond the loader's table,
 * and settings. Failures end the program: a part that cannot go on has nothing to report. */
#ifndef TENCH_GPU_DAY_H
#define TENCH_GPU_DAY_H

#include <stdbool.h>

#include "dev/device.h"

enum { DAY_TURNS = 4, DAY_TIMES = 7 }; /* buffers that take turns; rounds of a timing */

typedef struct day_settings {
    int32_t images, size; /* of a batch */
    int32_t rounds;       /* random batches of each variant */
    int32_t repeats;      /* calls of one timing */
    int32_t batches;      /* with a busy consumer */
    int32_t leak;         /* batches of the leak run */
    int32_t step_ms;      /* what a consumer does with a batch */
    char device[32], data[1024];
} day_settings;
extern day_settings day;

typedef struct day_device {
    const tn__device_ops *ops;
    tn__device *device;
    void *stream;
    bool is_fake; /* nothing that is timed here tells of a GPU */
} day_device;

/* day_device.c */
void day_need(int status);
double day_now(void);
day_device day_open(void);
void day_close(day_device *it);
tn__device_memory day_allocate(const day_device *it, int32_t memory, size_t n_bytes);
/* Memory of the device with these bytes; NULL: all are 1. */
tn__device_memory day_upload(const day_device *it, const void *bytes, size_t n_bytes);
tn__device_part day_whole(const tn__device_memory *buffer);
/* Seconds of one call of many: the median of several rounds, by events where the device has some.
 */
double day_time(const day_device *it, void (*call)(void *argument, int32_t turn), void *argument);
double day_median(double *values, int32_t n);
/* A copy within the device, which the loader has no use for. */
void day_copy_within(const day_device *it, const tn__device_memory *to,
                     const tn__device_memory *from);
/* Work of a training step's length on a stream; on the fake device the host sleeps. */
void day_step(const day_device *it, void *stream);
/* Events of a stream that tell time. On the fake device the host's clock does. */
typedef struct day_mark {
    void *event;
    double at;
} day_mark;
day_mark day_mark_now(const day_device *it, void *stream);
double day_seconds(const day_device *it, day_mark from, day_mark to); /* frees both */
/* Bytes of the device that are in use, and launches of kernels since the start. */
int64_t day_device_bytes(const day_device *it);
int64_t day_launches(const day_device *it);

/* Parts: each prints lines of JSON. Status of the program. */
int day_check(void);
int day_kernels(void);
int day_uploads(void);
int day_loader(void);
int day_leak(void);

#endif
