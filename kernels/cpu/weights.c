/* SPDX-License-Identifier: MIT */
/* Weights of one axis: Pillow's rule in double, then integers. See weights.h, px/filter.h. */
#include "cpu/weights.h"

#include <assert.h>
#include <string.h>

#include "px/image.h"
#include "px/resample.h"

/* Inlined for each filter, so that no loop chooses between filters. */
#define INLINE __attribute__((always_inline)) static inline

enum { LANES = 4 };

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
    return 2 * aligned((size_t)n * sizeof(int32_t)) + aligned(LANES * taps * sizeof(double)) +
           aligned((size_t)n * taps * sizeof(int32_t));
}

/* Results side by side: their sums do not wait for each other. */
struct lanes {
    double centre[LANES], first[LANES], count[LANES], sum[LANES];
};

/* Results from i on; those past the end repeat the last one. */
INLINE struct lanes take_lanes(const tn_px_axis *axis, int32_t from, int32_t i,
                               const tn__weights *weights)
{
    struct lanes lanes;
    for (int32_t k = 0; k < LANES; k++) {
        const int32_t result = i + k < weights->n ? i + k : weights->n - 1;
        lanes.centre[k] = tn_px_axis_centre(axis, from + result);
        lanes.first[k] = (double)(weights->origin + weights->first[result]);
        lanes.count[k] = (double)weights->count[result];
        lanes.sum[k] = 0.0;
    }
    return lanes;
}

/* The filter at each result's source pixels, and its sum from left to right. */
INLINE void fill_values(int32_t filter, const tn_px_axis *axis, int32_t taps, struct lanes *lanes,
                        double *value)
{
    for (int32_t tap = 0; tap < taps; tap++, value += LANES)
        for (int32_t k = 0; k < LANES; k++) {
            const double at = lanes->first[k] + (double)tap - lanes->centre[k] + 0.5;
            const double weight = tn_px_filter(filter, at * axis->inverse);
            value[k] = (double)tap < lanes->count[k] ? weight : 0.0;
            lanes->sum[k] += value[k];
        }
    for (int32_t k = 0; k < LANES; k++)
        lanes->sum[k] = lanes->sum[k] == 0.0 ? 1.0 : lanes->sum[k];
}

INLINE void make_all(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                     tn__weights *weights)
{
    const int32_t taps = weights->taps;
    for (int32_t i = 0; i < weights->n; i += LANES) {
        struct lanes lanes = take_lanes(axis, from, i, weights);
        const int32_t n = weights->n - i < LANES ? weights->n - i : LANES;
        int32_t *const weight = weights->weight + (ptrdiff_t)i * taps;
        fill_values(filter, axis, taps, &lanes, value);
        for (int32_t tap = 0; tap < taps; tap++) {
            int32_t fixed[LANES];
            for (int32_t k = 0; k < LANES; k++)
                fixed[k] = tn_px_weight(value[tap * LANES + k] / lanes.sum[k]);
            for (int32_t k = 0; k < n; k++)
                weight[(ptrdiff_t)k * taps + tap] = fixed[k];
        }
    }
}

static void make_by_filter(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                           tn__weights *weights)
{
    switch (filter) {
    case TN_FILTER_BOX: make_all(TN_FILTER_BOX, axis, from, value, weights); break;
    case TN_FILTER_BILINEAR: make_all(TN_FILTER_BILINEAR, axis, from, value, weights); break;
    case TN_FILTER_BICUBIC: make_all(TN_FILTER_BICUBIC, axis, from, value, weights); break;
    default: make_all(filter, axis, from, value, weights); break;
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
    out->weight = (int32_t *)(void *)(bytes + 2 * spans +
                                      aligned((size_t)LANES * (size_t)bound * sizeof(double)));
    find_spans(axis, from, out);
    assert(out->taps <= bound);
    make_by_filter(filter, axis, from, value, out);
}
