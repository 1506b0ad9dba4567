/* SPDX-License-Identifier: MIT */
/* The path of a batch: from the memory in which workers make its rows to the consumer.
 *
 * There are two kinds. On the host's path (host_path.h) workers make the rows in the batch itself,
 * and the path does nothing. On a device's path (pump.h) workers make the rows in a staging buffer;
 * a thread sends it to the device, which finishes the batch in an output.
 *
 * Rules for implementers: "locked" calls come under the pool's lock and must not wait. The others
 * come without it; those of the consumer's side come from the thread that holds the batch. A call
 * that returns int returns TN_OK, or records a failure and returns its status. */
#ifndef TENCH_LOAD_PATH_H
#define TENCH_LOAD_PATH_H

#include "load/slot.h"

typedef struct tn__path tn__path;

/* Seconds, as in tn_stats. */
typedef struct tn__path_waits {
    double copy_s, output_s, kernel_s;
} tn__path_waits;

typedef struct tn__path_ops {
    const char *limit; /* the option that limits how many batches can be out */

    /* Gives the slot the memory in which workers make its rows. The ring's `space` is more than 0,
     * so there is some. Locked. */
    void (*open)(tn__path *path, tn__slot *slot);
    /* Where a worker makes the row. */
    tn__row_output (*row_output)(const tn__path *path, const tn__slot *slot, int32_t row);
    /* Takes back what free slots still have. Locked. */
    void (*reclaim)(tn__path *path);
    /* The ring has changed, or the loader was closed. Locked. */
    void (*wake)(tn__path *path);
    /* Gets the waits so far. Locked. */
    void (*waits)(const tn__path *path, tn__path_waits *out);

    /* The consumer's side. */

    /* Lets the stream wait for the batch, and notes that the consumer uses the batch on it. */
    int (*use_on)(tn__path *path, const tn__slot *slot, void *stream);
    /* The same for one more stream. */
    int (*also_use_on)(tn__path *path, const tn__slot *slot, void *stream);
    /* Notes that the consumer's last use of the batch is on this stream, not on that of use_on. */
    void (*end_on)(tn__path *path, const tn__slot *slot, void *stream);
    /* The consumer is done with the batch. The path uses its memory again only after all work that
     * is now queued on its streams. The caller frees the slot even after a failure. */
    int (*release)(tn__path *path, const tn__slot *slot);
    /* Waits for the batch, then copies n_bytes at offset `at` of its tensors to the host. */
    int (*fetch)(tn__path *path, const tn__slot *slot, size_t at, size_t n_bytes, void *to);

    /* Frees the path. No other call follows. NULL: the path frees itself. */
    void (*free)(tn__path *path);
} tn__path_ops;

/* The first member of each path. */
struct tn__path {
    const tn__path_ops *ops;
};

#endif
