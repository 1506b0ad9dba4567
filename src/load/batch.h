/* SPDX-License-Identifier: MIT */
/* Batches that the consumer has: held, released, explained. */
#ifndef TENCH_LOAD_BATCH_H
#define TENCH_LOAD_BATCH_H

#include "load/slot.h"
#include "tench.h"

/* The batch's slot. NULL: TN_ESTALE. */
tn__slot *tn__batch_slot(const tn_batch *batch);
int tn__batch_hold(const tn_batch *batch);
int tn__batch_release(const tn_batch *batch);
/* The same; the batch's last use is on this stream. The batch is released even after TN_EDEVICE. */
int tn__batch_done(const tn_batch *batch, void *stream);
int tn__batch_also_uses(const tn_batch *batch, void *stream);
/* Copies contiguous elements of tensor number `tensor` to memory of the host. */
int tn__batch_fetch(const tn_batch *batch, int32_t tensor, void *to);
int64_t tn__tensor_bytes(const tn_tensor *tensor);
/* A row as JSON; NULL: TN_ENOMEM. The text is the slot's. */
const char *tn__batch_explain(tn__slot *slot, const tn_batch *batch, int32_t row);

#endif
