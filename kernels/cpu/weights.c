/* SPDX-License-Identifier: MIT */
/* Weights of one axis: Pillow's rule in double, then integers. See weights.h, px/filter.h. */
#include "cpu/weights.h"

#include <assert.h>
#include <string.h>

#include "px/image.h"
#include "px/resample.h"

static size_t aligned(size_t n_bytes)
{
    return (n_bytes + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
}

int32_t tn__weights_taps(const tn_px_axis *axis)
{
    /* 2 support, one for where it begins, one for rounding. */
    const double most = 2.0 * axis->support + 2.0;
    const int32_t taps = most < (double)axis->n ? (int32_t)most : axis->n;
    return (taps + 1) & ~1;
}

size_t tn__weights_bytes(const tn_px_axis *axis, int32_t n)
{
    const size_t taps = (size_t)tn__weights_taps(axis);
    return 2 * aligned((size_t)n * sizeof(int32_t)) + aligned(taps * sizeof(double)) +
           aligned((size_t)n * taps * sizeof(int32_t));
}

/* The filter at the source pixels first…first+count-1 as result `result` sees them, divided by
 * their sum. Inlined per filter, so that the loop holds one filter only. */
__attribute__((always_inline)) static inline void make_doubles(int32_t filter,
                                                               const tn_px_axis *axis,
                                                               double centre, int32_t first,
                                                               int32_t count, double *value)
{
    double sum = 0;
    for (int32_t tap = 0; tap < count; tap++)
        value[tap] = tn_px_filter(filter, ((double)(first + tap) - centre + 0.5) * axis->inverse);
    for (int32_t tap = 0; tap < count; tap++)
        sum += value[tap];
    if (sum != 0.0)
        for (int32_t tap = 0; tap < count; tap++)
            value[tap] /= sum;
}

__attribute__((always_inline)) static inline void
make_all(int32_t filter, const tn_px_axis *axis, int32_t from, double *value, tn__weights *weights)
{
    for (int32_t i = 0; i < weights->n; i++) {
        const int32_t count = weights->count[i];
        int32_t *const weight = weights->weight + (size_t)i * (size_t)weights->taps;
        make_doubles(filter, axis, tn_px_axis_centre(axis, from + i),
                     weights->origin + weights->first[i], count, value);
        for (int32_t tap = 0; tap < count; tap++)
            weight[tap] = tn_px_weight(value[tap]);
        for (int32_t tap = count; tap < weights->taps; tap++)
            weight[tap] = 0;
    }
}

/* Where each result's source pixels lie, and how many the busiest has. */
static void find_spans(const tn_px_axis *axis, int32_t from, tn__weights *weights)
{
    int32_t most = 0;
    weights->origin = tn_px_axis_first(axis, from);
    for (int32_t i = 0; i < weights->n; i++) {
        const int32_t first = tn_px_axis_first(axis, from + i);
        const int32_t end = tn_px_axis_end(axis, from + i);
        weights->first[i] = first - weights->origin;
        weights->count[i] = end - first;
        most = end - first > most ? end - first : most;
        weights->width = end - weights->origin;
    }
    weights->taps = (most + 1) & ~1;
}

void tn__weights_make(int32_t filter, const tn_px_axis *axis, int32_t from, int32_t n, void *memory,
                      tn__weights *out)
{
    uint8_t *const bytes = memory;
    const size_t spans = aligned((size_t)n * sizeof(int32_t));
    const int32_t bound = tn__weights_taps(axis);
    double *const value = (double *)(void *)(bytes + 2 * spans);
    out->n = n;
    out->first = (int32_t *)(void *)bytes;
    out->count = (int32_t *)(void *)(bytes + spans);
    out->weight = (int32_t *)(void *)(bytes + 2 * spans + aligned((size_t)bound * sizeof(double)));
    find_spans(axis, from, out);
    assert(out->taps <= bound);
    switch (filter) {
    case TN_FILTER_BOX: make_all(TN_FILTER_BOX, axis, from, value, out); break;
    case TN_FILTER_BILINEAR: make_all(TN_FILTER_BILINEAR, axis, from, value, out); break;
    case TN_FILTER_BICUBIC: make_all(TN_FILTER_BICUBIC, axis, from, value, out); break;
    default: make_all(filter, axis, from, value, out); break;
    }
}
