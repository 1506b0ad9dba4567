/* SPDX-License-Identifier: MIT */
/* Memory of one batch. See slot.h. */
#include "load/slot.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "px/record.h"

enum { ALIGN = 256 }; /* bytes; DLPack requires it of tensors, and devices of copies */

/* Adds count × size bytes to *total, padded. False if that exceeds half the address space. */
static bool extend(size_t *total, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
        return false;
    *total += (bytes + ALIGN - 1) / ALIGN * ALIGN;
    return *total <= SIZE_MAX / 4;
}

/* Bytes of one row of a tensor whose elements take `size` bytes. False if they exceed the address
 * space. */
static bool row_bytes(const tn_tensor *tensor, size_t size, size_t *out)
{
    *out = size;
    for (int32_t d = 1; d < tensor->ndim; d++)
        if (tensor->shape[d] < 1 || __builtin_mul_overflow(*out, (size_t)tensor->shape[d], out))
            return false;
    return true;
}

static int too_large(const tn__layout *layout)
{
    const tn_tensor *const image = &layout->tensor[TN__TENSOR_IMAGE];
    return tn__fail(TN_ELIMIT, "a batch of %lld rows of %lld × … elements does not fit in memory",
                    (long long)image->shape[0], (long long)image->shape[1]);
}

/* Places the host's records after the first `total` bytes. */
static bool place_records(tn__layout *layout, size_t total)
{
    const size_t n = (size_t)layout->samples;
    layout->row_at = total;
    bool fits = extend(&total, n, sizeof(tn_row));
    layout->given_at = total;
    fits = fits && extend(&total, n, sizeof(const tn_row *));
    layout->outcome_at = total;
    fits = fits && extend(&total, n, sizeof(tn__outcome));
    layout->name_at = total;
    fits = fits && extend(&total, n, sizeof(tn__text));
    layout->plan_at = total;
    fits = fits && extend(&total, n, sizeof(tn__plan));
    layout->n_bytes = total;
    return fits;
}

int tn__layout_make(tn__layout *layout, const tn_tensor *tensors, int32_t n_tensors,
                    int32_t samples)
{
    *layout = (tn__layout){.n_tensors = n_tensors, .samples = samples};
    memcpy(layout->tensor, tensors, (size_t)n_tensors * sizeof *tensors);
    const size_t n = (size_t)samples;
    size_t total = 0, target_bytes = 0;
    const tn_tensor *const image = &layout->tensor[TN__TENSOR_IMAGE];
    bool fits = row_bytes(image, (size_t)tn__dtype_bytes(image->dtype), &layout->row_bytes);
    fits = fits && extend(&total, (size_t)tensors->shape[0], layout->row_bytes);
    layout->label_at = total;
    const tn_tensor *const label = &layout->tensor[TN__TENSOR_LABEL];
    fits = fits && row_bytes(label, (size_t)tn__dtype_bytes(label->dtype), &layout->label_bytes);
    fits = fits && extend(&total, n, layout->label_bytes);
    layout->target_at = total;
    if (n_tensors > TN__TENSOR_TARGET)
        fits = fits && row_bytes(&layout->tensor[TN__TENSOR_TARGET], sizeof(float), &target_bytes);
    fits = fits && extend(&total, n, target_bytes);
    layout->tensor_bytes = total;
    fits = fits && place_records(layout, total);
    return fits ? TN_OK : too_large(layout);
}

static bool place_staging(tn__layout *layout, int32_t boxes)
{
    tn__staging_layout *const staging = &layout->staging;
    const size_t n = (size_t)layout->samples;
    const int32_t more = boxes > TN_PX_RECORD_BOXES ? boxes - TN_PX_RECORD_BOXES : 0;
    size_t total = 0, pixels = 0;
    bool fits = row_bytes(&layout->tensor[TN__TENSOR_IMAGE], 1, &pixels);
    fits = fits && extend(&total, n, sizeof(tn_px_record));
    /* The boxes come before all large parts, because records hold offsets of 32 bits. */
    staging->boxes_at = total;
    staging->boxes_bytes = (size_t)more * sizeof(tn_px_box);
    fits = fits && extend(&total, n, staging->boxes_bytes);
    staging->labels_at = total;
    fits = fits && extend(&total, layout->tensor_bytes - layout->label_at, 1);
    staging->pixels_at = total;
    fits = fits && extend(&staging->pixels_bytes, pixels, 1) &&
           extend(&total, n, staging->pixels_bytes);
    staging->n_bytes = total > TN__MIN_STAGING ? total : TN__MIN_STAGING;
    return fits;
}

int tn__layout_ship(tn__layout *layout, int32_t boxes)
{
    layout->shipped = true;
    return place_staging(layout, boxes) && place_records(layout, 0) ? TN_OK : too_large(layout);
}

int tn__layout_stage(tn__layout *layout, int32_t boxes)
{
    bool fits = place_staging(layout, boxes);
    size_t total = layout->tensor_bytes;
    layout->staging_at = total;
    fits = fits && extend(&total, layout->staging.n_bytes + TN_PX_ALIGN,
                          1); /* kernels read past the last row */
    return fits && place_records(layout, total) ? TN_OK : too_large(layout);
}

tn__row_output tn__layout_row_output(const tn__layout *layout, uint8_t *memory, int32_t row)
{
    const tn__staging_layout *const staging = &layout->staging;
    return (tn__row_output){.staging = memory,
                            .pixels_at = staging->pixels_at + (size_t)row * staging->pixels_bytes,
                            .boxes_at = staging->boxes_at + (size_t)row * staging->boxes_bytes,
                            .record = (tn_px_record *)(void *)memory + row};
}

int tn__slot_init(tn__slot *slot, const tn__layout *layout)
{
    uint8_t *const memory = aligned_alloc(ALIGN, layout->n_bytes);
    if (!memory)
        return tn__fail_memory("a batch", layout->n_bytes);
    memset(memory + layout->outcome_at, 0, layout->plan_at - layout->outcome_at);
    *slot = (tn__slot){.memory = memory,
                       .staging = -1,
                       .output = -1,
                       .row = (tn_row *)(memory + layout->row_at),
                       .rows_given = (const tn_row **)(memory + layout->given_at),
                       .outcome = (tn__outcome *)(memory + layout->outcome_at),
                       .name = (tn__text *)(memory + layout->name_at),
                       .n_names = layout->samples,
                       .plan = (tn__plan *)(memory + layout->plan_at)};
    memcpy(slot->tensor, layout->tensor, sizeof slot->tensor);
    for (int32_t t = 0; t < TN__TENSORS; t++) {
        slot->tensor[t].size = (int32_t)sizeof slot->tensor[t];
        slot->tensors[t] = &slot->tensor[t];
    }
    for (int32_t row = 0; row < layout->samples; row++)
        slot->rows_given[row] = &slot->row[row];
    if (!layout->shipped) {
        tn__slot_place(slot, layout, memory, TN_DEVICE_CPU);
        tn__slot_write_at(slot, layout, memory + layout->label_at);
    }
    return TN_OK;
}

void tn__slot_write_at(tn__slot *slot, const tn__layout *layout, uint8_t *labels)
{
    slot->labels = labels;
    if (layout->n_tensors > TN__TENSOR_TARGET)
        slot->targets = (float *)(void *)(labels + (layout->target_at - layout->label_at));
}

void tn__slot_place(tn__slot *slot, const tn__layout *layout, uint8_t *data, int32_t device)
{
    slot->tensor[TN__TENSOR_IMAGE].data = data;
    slot->tensor[TN__TENSOR_LABEL].data = data + layout->label_at;
    slot->tensor[TN__TENSOR_TARGET].data = data + layout->target_at;
    for (int32_t t = 0; t < TN__TENSORS; t++) {
        slot->tensor[t].device = device;
        slot->tensor[t].device_id = layout->device_id;
    }
}

static void forget_faults(tn__slot *slot)
{
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++) {
        tn__fault_notes_free(slot->outcome[row].faults);
        slot->outcome[row].faults = NULL;
    }
    slot->n_faulty = 0;
}

void tn__slot_free(tn__slot *slot)
{
    if (!slot->memory)
        return;
    forget_faults(slot);
    for (int32_t row = 0; row < slot->n_names; row++)
        tn__text_free(&slot->name[row]);
    tn__text_free(&slot->explained);
    free(slot->memory);
    slot->memory = NULL;
}

void tn__slot_open(tn__slot *slot, int64_t epoch, const tn__span *span, int32_t rows)
{
    forget_faults(slot);
    slot->epoch = epoch;
    slot->span = *span;
    slot->rows = rows;
    slot->unclaimed = slot->left = span->rows;
    slot->in_work = 0;
    for (int32_t t = 0; t < TN__TENSORS; t++)
        slot->tensor[t].shape[0] = rows;
}

bool tn__slot_has_failed(const tn__slot *slot)
{
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++)
        if (slot->outcome[row].status != TN_OK)
            return true;
    return false;
}
