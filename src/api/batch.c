/* SPDX-License-Identifier: MIT */
/* Public calls on batches: they check their arguments, then call the engine. */
#include <stdlib.h>

#include "load/batch.h"
#include "load/dlpack.h"
#include "load/loader.h"
#include "make/replay.h"

static int check_batch(const char *call, const tn_batch *batch)
{
    if (!batch || !batch->loader)
        return tn__fail(TN_EINVAL, "%s: %s", call,
                        batch ? "the batch was never filled" : "batch is NULL");
    return TN_OK;
}

static tn__slot *slot_of_row(const char *call, const tn_batch *batch, int32_t row)
{
    if (check_batch(call, batch) != TN_OK)
        return NULL;
    tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return NULL;
    if (row < 0 || row >= slot->rows)
        return tn__fail_null(TN_EINVAL, "%s: row is %d; the batch has rows 0 to %d", call, row,
                             slot->rows - 1);
    return slot;
}

int32_t tn_batch_hold(const tn_batch *batch)
{
    int status = check_batch("tn_batch_hold", batch);
    if (status == TN_OK && tn__batch_slot(batch))
        status = tn__loader_check(batch->loader);
    return status != TN_OK ? status : tn__batch_hold(batch);
}

int32_t tn_batch_release(const tn_batch *batch)
{
    int status = check_batch("tn_batch_release", batch);
    if (status == TN_OK && tn__batch_slot(batch))
        status = tn__loader_check(batch->loader);
    return status != TN_OK ? status : tn__batch_release(batch);
}

int32_t tn_batch_check(const tn_batch *batch)
{
    const int status = check_batch("tn_batch_check", batch);
    if (status != TN_OK)
        return status;
    return tn__batch_slot(batch) ? TN_OK : TN_ESTALE;
}

const char *tn_batch_explain(const tn_batch *batch, int32_t row)
{
    tn__slot *const slot = slot_of_row("tn_batch_explain", batch, row);
    return slot ? tn__batch_explain(slot, batch, row) : NULL;
}

tn_image *tn_batch_replay(const tn_batch *batch, int32_t row)
{
    const tn__slot *const slot = slot_of_row("tn_batch_replay", batch, row);
    if (!slot)
        return NULL;
    const tn__settings *const settings = &batch->loader->feed->settings;
    const tn__plan *const plan = &slot->plan[row];
    if (!settings->mixing)
        return tn__image_replay(settings->dataset, settings->transform, &plan->place, NULL);
    const tn__place *const partner = &slot->plan[plan->pair.partner].place;
    return tn__image_replay(settings->dataset, settings->transform, &plan->place, partner);
}

static int hash_tensor(tn_hash *hash, const tn_batch *batch, int32_t t, const tn_tensor *tensor)
{
    const int64_t n_bytes = tn__tensor_bytes(tensor);
    if (tensor->device == TN_DEVICE_CPU) {
        tn_hash_bytes(hash, tensor->data, n_bytes);
        return TN_OK;
    }
    void *const copy = malloc((size_t)n_bytes);
    if (!copy)
        return tn__fail_memory("a batch on the host", (uint64_t)n_bytes);
    const int status = tn__batch_fetch(batch, t, copy);
    if (status == TN_OK)
        tn_hash_bytes(hash, copy, n_bytes);
    free(copy);
    return status;
}

int32_t tn_batch_done(const tn_batch *batch, void *stream)
{
    int status = check_batch("tn_batch_done", batch);
    if (status == TN_OK && tn__batch_slot(batch))
        status = tn__loader_check(batch->loader);
    return status != TN_OK ? status : tn__batch_done(batch, stream);
}

int32_t tn_batch_also_uses(const tn_batch *batch, void *stream)
{
    int status = check_batch("tn_batch_also_uses", batch);
    if (status == TN_OK && tn__batch_slot(batch))
        status = tn__loader_check(batch->loader);
    return status != TN_OK ? status : tn__batch_also_uses(batch, stream);
}

static int check_tensor(const char *call, const tn_batch *batch, int32_t tensor)
{
    if (tensor < 0 || tensor >= batch->n_tensors)
        return tn__fail(TN_EINVAL, "%s: tensor is %d; the batch has tensors 0 to %d", call, tensor,
                        batch->n_tensors - 1);
    return TN_OK;
}

void *tn_batch_dlpack(const tn_batch *batch, int32_t tensor)
{
    if (check_batch("tn_batch_dlpack", batch) != TN_OK ||
        check_tensor("tn_batch_dlpack", batch, tensor) != TN_OK)
        return NULL;
    if (tn__batch_slot(batch) && tn__loader_check(batch->loader) != TN_OK)
        return NULL;
    return tn__dlpack_make(batch, tensor);
}

void tn_dlpack_delete(void *tensor)
{
    tn__dl_managed *const managed = tensor;
    if (managed)
        managed->deleter(managed);
}

int32_t tn_batch_copy(const tn_batch *batch, int32_t tensor, void *out, int64_t n_bytes)
{
    const int status = check_batch("tn_batch_copy", batch);
    if (status != TN_OK)
        return status;
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    if (!out)
        return tn__fail(TN_EINVAL, "tn_batch_copy: out is NULL");
    if (check_tensor("tn_batch_copy", batch, tensor) != TN_OK)
        return TN_EINVAL;
    const int64_t needed = tn__tensor_bytes(&slot->tensor[tensor]);
    if (n_bytes != needed)
        return tn__fail(TN_EINVAL, "tn_batch_copy: n_bytes is %lld, but the tensor has %lld bytes",
                        (long long)n_bytes, (long long)needed);
    return tn__batch_fetch(batch, tensor, out);
}

int32_t tn_hash_batch(tn_hash *hash, const tn_batch *batch)
{
    if (!hash)
        return tn__fail(TN_EINVAL, "tn_hash_batch: hash is NULL");
    const int status = check_batch("tn_hash_batch", batch);
    if (status != TN_OK)
        return status;
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    for (int32_t t = 0; t < batch->n_tensors; t++) {
        const int added = hash_tensor(hash, batch, t, &slot->tensor[t]);
        if (added != TN_OK)
            return added;
    }
    return TN_OK;
}
