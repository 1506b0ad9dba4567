/* SPDX-License-Identifier: MIT */
/* Tensors for other libraries. See dlpack.h. */
#include "load/dlpack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dtype.h"
#include "load/batch.h"
#include "load/loader.h"

enum { MAJOR = 1, MINOR = 0 };
enum { INTEGER = 0, UNSIGNED = 1, FLOAT = 2, BFLOAT = 4 }; /* DLPack's data types */
enum { BITS = 8 };

typedef struct shared {
    tn__dl_managed managed; /* first: the other library holds a pointer to it */
    tn__feed *feed;
    int32_t slot;
    pid_t pid;
    int64_t shape[TN_MAX_DIMS], strides[TN_MAX_DIMS];
} shared;

static uint8_t code_of(int32_t dtype)
{
    switch (dtype) {
    case TN_U8: return UNSIGNED;
    case TN_BF16: return BFLOAT;
    case TN_I64: return INTEGER;
    default: return FLOAT;
    }
}

/* In a forked child the parent's locks are copies that no thread will unlock. */
static void delete_shared(tn__dl_managed *managed)
{
    shared *const self = (shared *)(void *)managed;
    if (self->pid == getpid())
        tn__feed_unshare(self->feed, self->slot);
    free(self);
}

static void describe(shared *self, const tn_tensor *tensor)
{
    memcpy(self->shape, tensor->shape, sizeof self->shape);
    memcpy(self->strides, tensor->strides, sizeof self->strides);
    self->managed = (tn__dl_managed){
        .major = MAJOR,
        .minor = MINOR,
        .manager_ctx = self,
        .deleter = delete_shared,
        .tensor = {.data = tensor->data,
                   .device_type = tensor->device,
                   .device_id = tensor->device_id,
                   .ndim = tensor->ndim,
                   .code = code_of(tensor->dtype),
                   .bits = (uint8_t)(BITS * tn__dtype_bytes(tensor->dtype)),
                   .lanes = 1,
                   .shape = self->shape,
                   .strides = self->strides},
    };
}

tn__dl_managed *tn__dlpack_make(const tn_batch *batch, int32_t tensor)
{
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return NULL;
    shared *const self = calloc(1, sizeof *self);
    if (!self)
        return tn__fail_null(TN_ENOMEM, "out of memory: a tensor for another library");
    self->feed = batch->loader->feed;
    self->slot = batch->slot;
    self->pid = getpid();
    describe(self, &slot->tensor[tensor]);
    tn__feed_share(self->feed, self->slot);
    return &self->managed;
}
