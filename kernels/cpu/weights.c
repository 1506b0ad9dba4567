/* SPDX-License-Identifier: MIT */
/* Lays out the memory of one axis's weights; weights_tmpl.h computes them. See weights.h. */
#include "cpu/weights.h"

#include "px/image.h"

int32_t tn__weights_taps(const tn_px_axis *axis)
{
    /* Twice the support, one for the fraction at the start, one for rounding. */
    const double most = 2.0 * axis->support + 2.0;
    const int32_t taps = most < (double)axis->n ? (int32_t)most : axis->n;
    return (taps + 1) & ~1;
}

static size_t span_bytes(int32_t n)
{
    return (size_t)tn__weights_padded(n) * sizeof(int32_t);
}

static size_t number_bytes(const tn__axis *axis)
{
    const tn_px_axis whole = tn_px_axis_make(axis->filter, axis->source, axis->result);
    return span_bytes(axis->n) * (size_t)tn__weights_taps(&whole);
}

/* Counts what resample_tmpl.h writes: a head and one number for each result. Above a scale of 4, it
 * may write all weights of each result instead, in runs of 32. */
static size_t packed_bytes(const tn_px_axis *axis, int32_t n)
{
    const size_t runs = ((size_t)tn__weights_taps(axis) + 31) / 32;
    const size_t groups = ((size_t)n + TN__WEIGHT_LANES - 1) / TN__WEIGHT_LANES;
    const size_t numbers = axis->scale > 4.0 ? (size_t)n * runs * 32 : groups * TN__WEIGHT_LANES;
    return TN_PX_ALIGN + numbers * sizeof(int32_t);
}

size_t tn__weights_bytes(const tn__axis *axis)
{
    const tn_px_axis whole = tn_px_axis_make(axis->filter, axis->source, axis->result);
    const size_t packed = axis->across ? packed_bytes(&whole, axis->n) : 0;
    return 2 * span_bytes(axis->n) + number_bytes(axis) + packed;
}

size_t tn__weights_scratch(const tn__axis *axis)
{
    const tn_px_axis whole = tn_px_axis_make(axis->filter, axis->source, axis->result);
    return (size_t)TN__WEIGHT_LANES * (size_t)tn__weights_taps(&whole) * sizeof(double);
}

void tn__weights_place(const tn__axis *axis, void *memory, tn__weights *out)
{
    uint8_t *const bytes = memory;
    uint8_t *const weight = bytes + 2 * span_bytes(axis->n);
    *out = (tn__weights){
        .n = axis->n,
        .first = (int32_t *)(void *)bytes,
        .count = (int32_t *)(void *)(bytes + span_bytes(axis->n)),
        .weight = (int32_t *)(void *)weight,
        .packed = weight + number_bytes(axis),
    };
}
