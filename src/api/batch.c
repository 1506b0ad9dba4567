/* SPDX-License-Identifier: MIT */
/* Exported calls on batches: check, then call inward. */
#include "load/loader.h"
#include "plan/image.h"

static int check_batch(const char *call, const tn_batch *batch)
{
    if (!batch || !batch->loader)
        return tn__fail(TN_EINVAL, "%s: %s", call,
                        batch ? "the batch was never filled" : "batch is NULL");
    return TN_OK;
}

static tn__slot *slot_of_row(const char *call, const tn_batch *batch, int32_t row)
{
    if (check_batch(call, batch) < 0)
        return NULL;
    tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return NULL;
    if (row < 0 || row >= slot->span.rows)
        return tn__fail_null(TN_EINVAL, "%s: row is %d; the batch has rows 0 to %d", call, row,
                             slot->span.rows - 1);
    return slot;
}

int32_t tn_batch_hold(const tn_batch *batch)
{
    const int code = check_batch("tn_batch_hold", batch);
    return code < 0 ? code : tn__batch_hold(batch);
}

int32_t tn_batch_release(const tn_batch *batch)
{
    int code = check_batch("tn_batch_release", batch);
    if (code == TN_OK && tn__batch_slot(batch))
        code = tn__loader_check(batch->loader);
    return code < 0 ? code : tn__batch_release(batch);
}

int32_t tn_batch_check(const tn_batch *batch)
{
    const int code = check_batch("tn_batch_check", batch);
    if (code < 0)
        return code;
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
    const tn__plan *const plan = &slot->plan[row];
    const tn__place place = {plan->seed,   plan->epoch, plan->position,
                             plan->sample, plan->view,  plan->attempt};
    const tn__recipe *const recipe = &batch->loader->ring->recipe;
    return tn__image_replay(recipe->dataset, recipe->transform, &place);
}

int32_t tn_hash_batch(tn_hash *hash, const tn_batch *batch)
{
    if (!hash)
        return tn__fail(TN_EINVAL, "tn_hash_batch: hash is NULL");
    const int code = check_batch("tn_hash_batch", batch);
    if (code < 0)
        return code;
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    for (int32_t t = 0; t < TN__TENSORS; t++) {
        const tn_tensor *const tensor = &slot->tensor[t];
        const int64_t row_bytes = t == TN__TENSOR_IMAGE
                                      ? (int64_t)batch->loader->ring->recipe.layout.row_bytes
                                      : (int64_t)sizeof(int64_t);
        tn_hash_bytes(hash, tensor->data, tensor->shape[0] * row_bytes);
    }
    return TN_OK;
}
