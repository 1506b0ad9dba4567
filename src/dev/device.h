/* SPDX-License-Identifier: MIT */
/* The device table: everything that the loader asks of a device.
 *
 * Each kind of device has one table: cuda (the driver, opened at run time) and fake (the same on
 * the CPU; it checks the order of all accesses). A loader opens a device once. It makes its
 * streams, events and memory then, and uses them again for every batch.
 *
 * Rules for implementers:
 * - Calls come from any thread, several at a time. If a call needs thread state (a current
 *   context), it sets that state itself. The caller never records an event while another call
 *   uses it, and makes no call after a fork.
 * - A call that returns int returns TN_OK, or records a failure (tn__fail) and returns its status:
 *   TN_ENOMEM, or TN_EDEVICE with a sentence that names the call and the driver's answer.
 * - Destroying never fails, accepts NULL and leaves tn_error() alone.
 * - An error in queued work is sticky: every later call reports it.
 * - copy, finish, record and wait only enqueue. query never waits.
 *
 * A stream is the handle of the device's own library (CUstream). The consumer passes its streams
 * unchanged; NULL is the device's default stream. */
#ifndef TENCH_DEV_DEVICE_H
#define TENCH_DEV_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "dev/numa.h"
#include "spec/spec.h"

typedef struct tn__device tn__device; /* each table defines its own */
typedef struct tn__event tn__event;
struct tn_px_finish;

/* Where memory is. */
enum { TN__PINNED = 1, TN__ON_DEVICE };

/* What a buffer is for. The fake device names the last four in its messages. */
typedef struct tn__memory_use {
    int32_t memory; /* TN__PINNED, TN__ON_DEVICE */
    size_t n_bytes;
    const char *name; /* static, for example "output" */
    int32_t number;
    const char *written; /* name of the event that follows the writing */
    const char *read;    /* name of the event that follows the reading */
} tn__memory_use;

typedef struct tn__device_memory {
    uint8_t *data; /* the address in kernels, at least 256-byte aligned. The host may read and
                      write there if the memory is pinned. NULL: none */
    tn__memory_use use;
} tn__device_memory;

/* A part of a buffer. */
typedef struct tn__device_part {
    const tn__device_memory *buffer;
    size_t at, n_bytes;
} tn__device_part;

/* The one kernel: it turns a batch of u8 samples and their records into the rows of the output.
 * Each value has the same bits as tn_px_finish_value of px/finish.h. The kernel reads staging in
 * whole words, so the size of that memory must be a multiple of four bytes. */
typedef struct tn__finish_work {
    const struct tn_px_finish *constants; /* the call copies it */
    tn__device_part staging, records;     /* read; records: of the rows and their partners */
    tn__device_part table; /* read; 4 × 256 × u32; buffer NULL: the kernel needs none */
    tn__device_part out;   /* written */
    int32_t rows;
} tn__finish_work;

enum { TN__HOST_READS = 1, TN__HOST_WRITES };

typedef struct tn__device_ops {
    tn__spec spec; /* its entry in the registry: "cuda", "fake" */
    int32_t kind;  /* of its tensors: TN_DEVICE_… */

    /* NULL: TN_EDEVICE; the message says why the device cannot be used and what would help. */
    tn__device *(*open)(int32_t index);
    void (*close)(tn__device *device);
    /* Adds one line: the device's name, memory and driver. */
    void (*describe)(const tn__device *device, tn__text *out);

    /* The device's NUMA node. NULL: it has none. */
    tn__numa (*numa)(const tn__device *device);

    int (*allocate)(tn__device *device, const tn__memory_use *use, tn__device_memory *out);
    void (*free)(tn__device *device, tn__device_memory *buffer);

    /* The stream does not wait for the default stream, and has the lowest priority. */
    int (*stream_create)(tn__device *device, const char *name, void **out);
    void (*stream_destroy)(tn__device *device, void *stream);
    /* The event records no time. `name` is static; `number` tells events of one name apart. */
    int (*event_create)(tn__device *device, const char *name, int32_t number, tn__event **out);
    void (*event_destroy)(tn__device *device, tn__event *event);

    int (*record)(tn__device *device, tn__event *event, void *stream);
    /* What is enqueued on the stream from now on runs after the event's last record. An event that
     * was never recorded delays nothing. */
    int (*wait)(tn__device *device, void *stream, tn__event *event);
    /* The host's wait: TN_OK once the stream has reached the event's last record, before that
     * TN_ETIMEOUT (not recorded as a failure). */
    int (*query)(tn__device *device, tn__event *event);
    /* The host waits until all streams, the consumer's too, are idle. */
    int (*drain)(tn__device *device);

    /* Both parts have the same n_bytes. */
    int (*copy)(tn__device *device, tn__device_part to, tn__device_part from, void *stream);
    int (*finish)(tn__device *device, const tn__finish_work *work, void *stream);
    /* Copies to pageable memory of the host and waits. The host must have waited for the writing.
     */
    int (*fetch)(tn__device *device, void *to, tn__device_part from);
    /* Says that the host is about to use a part. NULL: the device does not check accesses. */
    int (*host_uses)(tn__device *device, tn__device_part part, int32_t how);
} tn__device_ops;

struct tn__launch;
/* For devices: the kernel that does the work, and its grid. TN_ELIMIT. */
int tn__device_launch(const tn__finish_work *work, struct tn__launch *out);
/* The device's NUMA node; node -1 without a device, or where the device does not know. */
tn__numa tn__device_numa(const tn__device_ops *ops, const tn__device *device);

#endif
