/* SPDX-License-Identifier: MIT */
/* Tensors for other libraries, as DLPack 1.0 describes them, without a copy.
 *
 * Each tensor is one more holder of its batch's slot and one more user of the feed, so it outlives
 * the batch's release and the loader. The other library calls the deleter when it drops the tensor,
 * from any thread, and perhaps long before the device is done with it. So the deleter puts the slot
 * back as a release does: the memory is used again only after all work that the batch's streams
 * have queued by then. */
#ifndef TENCH_LOAD_DLPACK_H
#define TENCH_LOAD_DLPACK_H

#include <stdint.h>

#include "tench.h"

/* DLPack's structs; the ABI of major version 1 is fixed. */
typedef struct tn__dl_tensor {
    void *data;
    int32_t device_type, device_id;
    int32_t ndim;
    uint8_t code, bits;
    uint16_t lanes;
    int64_t *shape, *strides;
    uint64_t byte_offset;
} tn__dl_tensor;

typedef struct tn__dl_managed {
    uint32_t major, minor;
    void *manager_ctx;
    void (*deleter)(struct tn__dl_managed *self);
    uint64_t flags;
    tn__dl_tensor tensor;
} tn__dl_managed;

/* NULL with the failure recorded: TN_ESTALE, TN_ENOMEM. */
tn__dl_managed *tn__dlpack_make(const tn_batch *batch, int32_t tensor);

#endif
