/* SPDX-License-Identifier: MIT */
/* The device table: all that the loader asks of a device.
 *
 * There is one table a kind of device: cuda (the driver, opened at run time) and fake (the same on
 * the CPU, which checks the order of all accesses). A loader opens a device once; its streams,
 * events and memory are made then, and used again for every batch.
 *
 * Rules for those who implement it:
 * - Calls come from any thread, several at a time: bind to the thread whatever must be bound, in
 *   each call. While an event is recorded no other call is about it. None comes after a fork.
 * - Calls that return int give TN_OK or record a failure (tn__fail) and give its code: TN_ENOMEM,
 * or TN_EDEVICE with a sentence that names the call and what the driver said.
 * - Destroying never fails and leaves tn_error() alone; NULL is fine.
 * - An error of work that was under way is sticky: from then on each call reports it.
 * - copy, finish, record and wait only enqueue. query never waits.
 *
 * A stream is the handle that the device's own library knows (CUstream): the consumer's streams
 * come in as they are, and NULL is the device's default stream. */
#ifndef TENCH_DEV_DEVICE_H
#define TENCH_DEV_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "dev/numa.h"

typedef struct tn__device tn__device; /* each table has its own */
typedef struct tn__event tn__event;
struct tn_px_finish;

/* Where memory is. */
enum { TN__PINNED = 1, TN__ON_DEVICE };

/* What a buffer is for. The last four are for reports of the fake device. */
typedef struct tn__memory_use {
    int32_t memory; /* TN__PINNED, TN__ON_DEVICE */
    size_t n_bytes;
    const char *name; /* static, as "output" */
    int32_t number;
    const char *written; /* name of the event that says: writing is done; and */
    const char *read;    /* of the one that says: reading is done */
} tn__memory_use;

typedef struct tn__device_memory {
    uint8_t *data; /* at least 256-byte aligned; what kernels see. The host may read and write
                      there if the memory is pinned. NULL: none */
    tn__memory_use use;
} tn__device_memory;

/* A part of a buffer. */
typedef struct tn__device_part {
    const tn__device_memory *buffer;
    size_t at, n_bytes;
} tn__device_part;

/* The one kernel: a batch of u8 samples and their records become the rows of the output. Equal bits
 * to tn_px_finish_value of px/finish.h for each value. Staging is read in whole words of four
 * bytes: its memory goes on to a multiple of that. */
typedef struct tn__finish_work {
    const struct tn_px_finish *constants; /* copied by the call */
    tn__device_part staging, records;     /* read: records of the rows, and of partners; */
    tn__device_part table;                /* 4 × 256 × u32; buffer NULL: none is needed */
    tn__device_part out;                  /* written */
    int32_t rows;
} tn__finish_work;

enum { TN__HOST_READS = 1, TN__HOST_WRITES };

typedef struct tn__device_ops {
    const char *name; /* "cuda", "fake" */
    int32_t kind;     /* of tensors on it: TN_DEVICE_… */

    /* NULL: TN_EDEVICE, the message says why there is no such device and what would help. */
    tn__device *(*open)(int32_t index);
    void (*close)(tn__device *device);
    /* Adds one line: the device's name, its memory, the driver. */
    void (*describe)(const tn__device *device, tn__text *out);

    /* Where the device is. NULL: nowhere in particular. */
    tn__numa (*numa)(const tn__device *device);

    int (*allocate)(tn__device *device, const tn__memory_use *use, tn__device_memory *out);
    void (*free)(tn__device *device, tn__device_memory *buffer);

    /* Does not wait for the default stream, and has the lowest priority. */
    int (*stream_create)(tn__device *device, const char *name, void **out);
    void (*stream_destroy)(tn__device *device, void *stream);
    /* Without timing. `name` is static; `number` tells those of one name apart. */
    int (*event_create)(tn__device *device, const char *name, int32_t number, tn__event **out);
    void (*event_destroy)(tn__device *device, tn__event *event);

    int (*record)(tn__device *device, tn__event *event, void *stream);
    /* What is enqueued on the stream from now on comes behind the last record of the event; one
     * that was never recorded is no obstacle. */
    int (*wait)(tn__device *device, void *stream, tn__event *event);
    /* The host's side of it: TN_OK when the last record is reached, TN_ETIMEOUT (not recorded as a
     * failure) when it is not yet. */
    int (*query)(tn__device *device, tn__event *event);
    /* The host waits until all streams, the consumer's too, have done all. */
    int (*drain)(tn__device *device);

    /* n_bytes of both parts are equal. */
    int (*copy)(tn__device *device, tn__device_part to, tn__device_part from, void *stream);
    int (*finish)(tn__device *device, const tn__finish_work *work, void *stream);
    /* Copies to pageable memory of the host, now: the part was written as the host knows. */
    int (*fetch)(tn__device *device, void *to, tn__device_part from);
    /* The host is about to use a part. NULL: nobody wants to know. */
    int (*host_uses)(tn__device *device, tn__device_part part, int32_t how);
} tn__device_ops;

extern const tn__device_ops tn__device_cuda; /* dev/cuda.c */
extern const tn__device_ops tn__device_fake; /* dev/fake.c */

typedef struct tn__opened {
    const tn__device_ops *ops;
    tn__device *device;
    int32_t index;
} tn__opened;
struct tn__launch;

/* For devices: the kernel that does the work, and its grid. TN_ELIMIT. */
int tn__device_launch(const tn__finish_work *work, struct tn__launch *out);
/* Where it is: anywhere without a device. */
tn__numa tn__device_numa(const tn__device_ops *ops, const tn__device *device);
/* Opens a device by its name, as "fake", "cuda" or "cuda:1", whose number is 0 where there is none.
 * out->device is NULL for "cpu", and for "auto" where there is no device: then standard error is
 * told why, once a process. TN_EDEVICE; the message names what is known. */
int tn__device_open(const char *name, tn__opened *out);

#endif
