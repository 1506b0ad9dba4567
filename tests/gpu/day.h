/* SPDX-License-Identifier: MIT */
/* Shared by the parts of the GPU day: the device, functions of it that the loader does not use, and
 * settings. A failure ends the program, because a part that cannot continue has nothing to report.
 */
#ifndef TENCH_GPU_DAY_H
#define TENCH_GPU_DAY_H

#include <stdbool.h>

#include "dev/device.h"

enum { DAY_TURNS = 4, DAY_TIMES = 7 }; /* buffers used in rotation; rounds of a timing */

typedef struct day_settings {
    int32_t images, size; /* of a batch */
    int32_t rounds;       /* random batches for each variant */
    int32_t repeats;      /* calls of one timing */
    int32_t batches;      /* batches for a busy consumer */
    int32_t leak;         /* batches for the leak test */
    int32_t step_ms;      /* time that a consumer takes for a batch */
    char device[32], data[1024];
} day_settings;
extern day_settings day;

typedef struct day_device {
    const tn__device_ops *ops;
    tn__device *device;
    void *stream;
    bool is_fake; /* true: the timings do not describe a GPU */
} day_device;

/* day_device.c */
void day_need(int status);
double day_now(void);
day_device day_open(void);
void day_close(day_device *it);
tn__device_memory day_allocate(const day_device *it, int32_t memory, size_t n_bytes);
/* Copies these bytes to memory of the device. NULL: fills it with ones. */
tn__device_memory day_upload(const day_device *it, const void *bytes, size_t n_bytes);
tn__device_part day_whole(const tn__device_memory *buffer);
/* Returns the seconds of one call: the median of several rounds of many calls, timed by events if
 * the device has them. */
double day_time(const day_device *it, void (*call)(void *argument, int32_t turn), void *argument);
double day_median(double *values, int32_t n);
/* Copies within the device, which the loader never does. */
void day_copy_within(const day_device *it, const tn__device_memory *to,
                     const tn__device_memory *from);
/* Queues work as long as a training step on a stream. On the fake device the host sleeps. */
void day_step(const day_device *it, void *stream);
/* Timing events of a stream. On the fake device the host's clock serves. */
typedef struct day_mark {
    void *event;
    double at;
} day_mark;
day_mark day_mark_now(const day_device *it, void *stream);
double day_seconds(const day_device *it, day_mark from, day_mark to); /* frees both marks */
/* Return the bytes of device memory in use, and the number of kernel launches since the start. */
int64_t day_device_bytes(const day_device *it);
int64_t day_launches(const day_device *it);

/* The parts. Each prints lines of JSON and returns the status of the program. */
int day_check(void);
int day_kernels(void);
int day_uploads(void);
int day_loader(void);
int day_leak(void);

#endif
