/* SPDX-License-Identifier: MIT */
/* Batches that the consumer has. See batch.h. */
#include "load/batch.h"

#include <math.h>

#include "base/dtype.h"
#include "load/loader.h"
#include "make/planning.h"

static bool is_current(const tn_batch *batch)
{
    const tn_loader *const loader = batch->loader;
    /* The id comes first: while it equals the batch's, this thread may use the loader. */
    return loader && atomic_load(&loader->id) == (uint32_t)(batch->generation >> 32) &&
           batch->slot >= 0 && batch->slot < loader->feed->ring.n_slots &&
           loader->feed->ring.slots[batch->slot].generation == batch->generation;
}

tn__slot *tn__batch_slot(const tn_batch *batch)
{
    if (is_current(batch))
        return &batch->loader->feed->ring.slots[batch->slot];
    tn__fail(TN_ESTALE,
             "batch %lld of epoch %lld was released: hold a batch to keep it past the next one",
             (long long)batch->number, (long long)batch->epoch);
    return NULL;
}

int tn__batch_hold(const tn_batch *batch)
{
    tn_loader *const loader = batch->loader;
    if (!tn__batch_slot(batch))
        return TN_ESTALE;
    if (loader->out != batch->slot)
        return TN_OK; /* because it is held already */
    int32_t limit;
    const int32_t out = tn__feed_out(loader->feed, &limit);
    if (limit - out < 2)
        return tn__fail(TN_EHELD,
                        "this batch cannot be held: 2 of %d slots must stay free, and %d %s held: "
                        "release some, or raise `%s`",
                        limit, out - 1, out == 2 ? "is" : "are", loader->feed->path->ops->limit);
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
    slot->generation = 0;
    const int status = tn__feed_put_back(loader->feed, batch->slot);
    if (loader->out == batch->slot)
        loader->out = -1;
    else
        loader->n_held--;
    if (loader->destroyed && loader->n_held == 0)
        tn__loader_retire(loader);
    return status;
}

int tn__batch_done(const tn_batch *batch, void *stream)
{
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    tn__path *const path = batch->loader->feed->path;
    path->ops->end_on(path, slot, stream);
    return tn__batch_release(batch);
}

int tn__batch_also_uses(const tn_batch *batch, void *stream)
{
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    tn__path *const path = batch->loader->feed->path;
    return path->ops->also_use_on(path, slot, stream);
}

int64_t tn__tensor_bytes(const tn_tensor *tensor)
{
    int64_t bytes = tn__dtype_bytes(tensor->dtype);
    for (int32_t d = 0; d < tensor->ndim; d++)
        bytes *= tensor->shape[d];
    return bytes;
}

int tn__batch_fetch(const tn_batch *batch, int32_t tensor, void *to)
{
    const tn__slot *const slot = tn__batch_slot(batch);
    if (!slot)
        return TN_ESTALE;
    /* The host's memory can be read after a fork, but no device can be called. */
    const bool calls_device = slot->tensor[tensor].device != TN_DEVICE_CPU;
    const int status = calls_device ? tn__loader_check(batch->loader) : TN_OK;
    if (status != TN_OK)
        return status;
    const uint8_t *const first = slot->tensor[TN__TENSOR_IMAGE].data;
    const uint8_t *const data = slot->tensor[tensor].data;
    tn__path *const path = batch->loader->feed->path;
    return path->ops->fetch(path, slot, (size_t)(data - first),
                            (size_t)tn__tensor_bytes(&slot->tensor[tensor]), to);
}

/* JSON has no number that is infinite or none. */
static void explain_numbers(const tn__label *label, tn__text *text)
{
    for (int64_t n = 0; n < label->n; n++) {
        tn__text_add(text, n == 0 ? "[" : ",");
        if (label->kind == TN_LABEL_INTS)
            tn__text_printf(text, "%lld", (long long)label->ints[n]);
        else if (isfinite(label->floats[n]))
            tn__text_number(text, (double)label->floats[n]);
        else
            tn__text_add(text, "null");
    }
    tn__text_add(text, label->n == 0 ? "[]" : "]");
}

static void explain_label(const tn__source *source, int64_t sample, tn__text *text)
{
    tn__label label;
    source->ops->label(source, sample, &label);
    if (label.kind == TN_LABEL_INT)
        tn__text_printf(text, "%lld", (long long)label.value);
    else if (label.kind == TN_LABEL_TEXT)
        tn__text_json_bytes(text, label.text, (size_t)label.n);
    else
        explain_numbers(&label, text);
}

static void explain_sample(const tn__source *source, const tn_row *row, tn__text *text)
{
    tn__text_printf(text, "\"position\":%lld,\"index\":%lld,\"name\":", (long long)row->position,
                    (long long)row->sample);
    tn__text_json(text, row->name);
    tn__text_add(text, ",\"label\":");
    explain_label(source, row->sample, text);
}

/* Why a substitute stands here. */
static void explain_fault(const tn_row *row, tn__text *text)
{
    if (!row->fault)
        return;
    tn__text_add(text, ",\"fault\":");
    tn__text_json(text, row->fault);
}

/* Explains a partner that has no row of its own. */
static void explain_partner(const tn__source *source, const tn__slot *slot, int32_t row,
                            tn__text *text)
{
    const tn_row *const partner = &slot->row[slot->plan[row].pair.partner];
    if (slot->plan[row].pair.partner < slot->rows)
        return;
    tn__text_add(text, ",\"partner\":{");
    explain_sample(source, partner, text);
    explain_fault(partner, text);
    tn__text_add(text, "}");
}

const char *tn__batch_explain(tn__slot *slot, const tn_batch *batch, int32_t row)
{
    const tn__settings *const settings = &batch->loader->feed->settings;
    const tn__source *const source = settings->dataset->source;
    const tn_row *const r = &slot->row[row];
    tn__text *const text = &slot->explained;
    tn__text_clear(text);
    tn__text_printf(text, "{\"batch\":%lld,\"slot\":%d,\"epoch\":%lld,", (long long)batch->number,
                    row, (long long)slot->epoch);
    explain_sample(source, r, text);
    tn__text_printf(text, ",\"width\":%d,\"height\":%d,\"ops\":", r->width, r->height);
    tn__plan_explain(settings->transform, &slot->plan[row], text);
    explain_partner(source, slot, row, text);
    explain_fault(r, text);
    tn__text_add(text, "}");
    if (text->failed) {
        tn__fail(TN_ENOMEM, "out of memory: the explanation of a row");
        return NULL;
    }
    return text->chars;
}
