/* SPDX-License-Identifier: MIT */
/* Batches that were given out: held, released, asked how they came to be. See loader.h. */
#include "load/loader.h"

static bool is_current(const tn_batch *batch)
{
    const tn_loader *const loader = batch->loader;
    /* The id comes first: while it is the batch's, the loader is this thread's. */
    return loader && atomic_load(&loader->id) == (uint32_t)(batch->generation >> 32) &&
           batch->slot >= 0 && batch->slot < loader->ring->recipe.depth &&
           loader->ring->slots[batch->slot].generation == batch->generation;
}

tn__slot *tn__batch_slot(const tn_batch *batch)
{
    if (is_current(batch))
        return &batch->loader->ring->slots[batch->slot];
    tn__fail(TN_ESTALE,
             "batch %lld of epoch %lld was handed back: hold it to keep it past the next one",
             (long long)batch->number, (long long)batch->epoch);
    return NULL;
}

int tn__batch_hold(const tn_batch *batch)
{
    tn_loader *const loader = batch->loader;
    if (!tn__batch_slot(batch))
        return TN_ESTALE;
    if (loader->out != batch->slot)
        return TN_OK; /* it is held already */
    const int32_t depth = loader->ring->recipe.depth;
    if (depth - loader->n_held - 1 < 2)
        return tn__fail(TN_EHELD,
                        "%d batches are held, and of %d slots 2 must stay free of holds: release "
                        "some, or raise `depth`",
                        loader->n_held, depth);
    loader->n_held++;
    loader->out = -1;
    return TN_OK;
}

int tn__batch_release(const tn_batch *batch)
{
    tn_loader *const loader = batch->loader;
    tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    if (loader->out == batch->slot) {
        tn__loader_return_last(loader);
        return TN_OK;
    }
    slot->generation = 0;
    tn__ring_return(loader->ring, batch->slot);
    loader->n_held--;
    if (loader->destroyed && loader->n_held == 0)
        tn__loader_retire(loader);
    return TN_OK;
}

const char *tn__batch_explain(tn__slot *slot, const tn_batch *batch, int32_t row)
{
    const tn_row *const r = &slot->row[row];
    tn__text *const text = &slot->explained;
    tn__text_clear(text);
    tn__text_printf(text, "{\"batch\":%lld,\"slot\":%d,\"epoch\":%lld,\"position\":%lld,",
                    (long long)batch->number, row, (long long)slot->epoch, (long long)r->position);
    tn__text_printf(text, "\"index\":%lld,\"name\":", (long long)r->sample);
    tn__text_json(text, r->name);
    tn__text_printf(text,
                    ",\"label\":%lld,\"width\":%d,\"height\":%d,\"ops\":", (long long)r->label,
                    r->width, r->height);
    tn__plan_explain(batch->loader->ring->recipe.transform, &slot->plan[row], text);
    if (r->fault) {
        tn__text_add(text, ",\"fault\":");
        tn__text_json(text, r->fault);
    }
    tn__text_add(text, "}");
    if (text->failed) {
        tn__fail(TN_ENOMEM, "out of memory: the explanation of a row");
        return NULL;
    }
    return text->chars;
}
