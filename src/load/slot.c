/* SPDX-License-Identifier: MIT */
/* Memory of one batch. See slot.h. */
#include "load/slot.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/finish.h"

enum { ALIGN = 64 };

/* Adds count × size bytes to *total, padded. False when that passes half the address space. */
static bool extend(size_t *total, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
        return false;
    *total += (bytes + ALIGN - 1) / ALIGN * ALIGN;
    return *total <= SIZE_MAX / 4;
}

static bool image_row_bytes(const tn_tensor *sample, size_t *out)
{
    size_t bytes = (size_t)tn__dtype_bytes(sample->dtype);
    for (int32_t d = 0; d < sample->ndim; d++)
        if (sample->shape[d] < 1 || __builtin_mul_overflow(bytes, (size_t)sample->shape[d], &bytes))
            return false;
    *out = bytes;
    return true;
}

int tn__layout_make(tn__layout *layout, const tn_tensor *sample, int32_t rows)
{
    *layout = (tn__layout){.sample = *sample, .rows = rows};
    const size_t n = (size_t)rows;
    size_t total = 0;
    bool fits = image_row_bytes(sample, &layout->row_bytes);
    fits = fits && extend(&total, n, layout->row_bytes);
    layout->label_at = total;
    fits = fits && extend(&total, n, sizeof(int64_t));
    layout->row_at = total;
    fits = fits && extend(&total, n, sizeof(tn_row));
    layout->outcome_at = total;
    fits = fits && extend(&total, n, sizeof(tn__outcome));
    layout->plan_at = total;
    fits = fits && extend(&total, n, sizeof(tn__plan));
    layout->n_bytes = total;
    if (!fits)
        return tn__fail(TN_ELIMIT, "a batch of %d rows of %lld × … elements does not fit in memory",
                        rows, (long long)sample->shape[0]);
    return TN_OK;
}

static void describe_image(const tn__layout *layout, void *data, tn_tensor *out)
{
    *out = layout->sample;
    out->name = "image";
    out->device = TN_DEVICE_CPU;
    out->data = data;
    out->ndim = layout->sample.ndim + 1;
    int64_t elements = 1;
    for (int32_t d = 0; d < layout->sample.ndim; d++) {
        out->shape[d + 1] = layout->sample.shape[d];
        out->strides[d + 1] = layout->sample.strides[d];
        elements *= layout->sample.shape[d];
    }
    out->shape[0] = layout->rows;
    out->strides[0] = elements;
}

int tn__slot_init(tn__slot *slot, const tn__layout *layout)
{
    uint8_t *const memory = aligned_alloc(ALIGN, layout->n_bytes);
    if (!memory)
        return tn__fail_memory("a batch", layout->n_bytes);
    memset(memory + layout->outcome_at, 0, layout->plan_at - layout->outcome_at);
    *slot = (tn__slot){.memory = memory,
                       .row = (tn_row *)(memory + layout->row_at),
                       .outcome = (tn__outcome *)(memory + layout->outcome_at),
                       .plan = (tn__plan *)(memory + layout->plan_at)};
    describe_image(layout, memory, &slot->tensor[TN__TENSOR_IMAGE]);
    slot->tensor[TN__TENSOR_LABEL] = (tn_tensor){.data = memory + layout->label_at,
                                                 .name = "label",
                                                 .dtype = TN_I64,
                                                 .device = TN_DEVICE_CPU,
                                                 .ndim = 1,
                                                 .shape = {layout->rows},
                                                 .strides = {1}};
    return TN_OK;
}

static void forget_faults(tn__slot *slot)
{
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++) {
        tn__notes_free(slot->outcome[row].faults);
        slot->outcome[row].faults = NULL;
    }
    slot->n_faulty = 0;
}

void tn__slot_free(tn__slot *slot)
{
    if (!slot->memory)
        return;
    forget_faults(slot);
    tn__text_free(&slot->explained);
    free(slot->memory);
    slot->memory = NULL;
}

void tn__slot_open(tn__slot *slot, int64_t epoch, const tn__span *span)
{
    forget_faults(slot);
    slot->state = TN__FILLING;
    slot->epoch = epoch;
    slot->span = *span;
    slot->unclaimed = slot->left = span->rows;
    slot->in_work = 0;
    slot->tensor[TN__TENSOR_IMAGE].shape[0] = span->rows;
    slot->tensor[TN__TENSOR_LABEL].shape[0] = span->rows;
}
