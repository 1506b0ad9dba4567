/* SPDX-License-Identifier: MIT */
/* Computes the weights of one axis by Pillow's rule: in double, then rounded to integers. Each
 * level's file compiles this text for its own vectors. Loops over the sixteen lanes of a group have
 * no branches once the filter is known. To give the same bits at all levels, nothing here may be
 * reordered or contracted: the weights of a result are added from left to right. */
#ifndef TENCH_CPU_WEIGHTS_TMPL_H
#define TENCH_CPU_WEIGHTS_TMPL_H

#include "cpu/weights.h"
#include "px/resample.h"

/* Inlined once for each filter, so that no loop chooses between filters. */
#define WEIGHTS_INLINE __attribute__((always_inline)) static inline

enum { LANES = TN__WEIGHT_LANES };

/* gcc would unroll so short a loop before it looks for vectors, and would then find few. */
#if defined(__clang__)
#define EACH_LANE(k) for (int32_t k = 0; k < LANES; k++)
#else
#define EACH_LANE(k) _Pragma("GCC unroll 1") for (int32_t k = 0; k < LANES; k++)
#endif

/* Finds the source pixels of each result, and the largest number of them. */
static inline void find_spans(tn_px_axis axis, int32_t from, tn__weights *weights)
{
    const int32_t last = weights->n - 1, padded = tn__weights_padded(weights->n);
    const int32_t origin = tn_px_axis_first(&axis, from);
    int32_t *const restrict starts = weights->first;
    int32_t *const restrict counts = weights->count;
    int32_t most = 0;
    for (int32_t i = 0; i < padded; i++) {
        const int32_t result = from + (i < last ? i : last);
        const int32_t first = tn_px_axis_first(&axis, result);
        const int32_t count = tn_px_axis_end(&axis, result) - first;
        starts[i] = first - origin;
        counts[i] = count;
        most = count > most ? count : most;
    }
    weights->origin = origin;
    weights->width = starts[last] + counts[last];
    weights->taps = (most + 1) & ~1;
}

/* Evaluates the filter at the source pixels of the results from i on, tap after tap, and adds up
 * the values. */
WEIGHTS_INLINE void fill_values(int32_t filter, tn_px_axis axis, int32_t from,
                                const tn__weights *weights, int32_t i, double *restrict value,
                                double sum[LANES])
{
    double centre[LANES], first[LANES], count[LANES];
    EACH_LANE(k)
    {
        const int32_t result = i + k < weights->n ? i + k : weights->n - 1;
        centre[k] = tn_px_axis_centre(&axis, from + result);
        first[k] = (double)(weights->origin + weights->first[i + k]);
        count[k] = (double)weights->count[i + k];
        sum[k] = 0.0;
    }
    for (int32_t tap = 0; tap < weights->taps; tap++, value += LANES)
        EACH_LANE(k)
        {
            const double at = first[k] + (double)tap - centre[k] + 0.5;
            const double weight = tn_px_filter(filter, at * axis.inverse);
            value[k] = (double)tap < count[k] ? weight : 0.0;
            sum[k] += value[k];
        }
}

WEIGHTS_INLINE void make_groups(int32_t filter, tn_px_axis axis, int32_t from,
                                double *restrict value, const tn__weights *weights)
{
    int32_t *restrict weight = weights->weight;
    for (int32_t i = 0; i < weights->n; i += LANES) {
        double sum[LANES];
        fill_values(filter, axis, from, weights, i, value, sum);
        EACH_LANE(k)
        sum[k] = sum[k] == 0.0 ? 1.0 : sum[k];
        for (int32_t tap = 0; tap < weights->taps; tap++, weight += LANES)
            EACH_LANE(k)
        weight[k] = tn_px_weight(value[tap * LANES + k] / sum[k]);
    }
}

static inline void make_weights(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                                tn__weights *weights)
{
    find_spans(*axis, from, weights);
    switch (filter) {
    case TN_FILTER_BOX: make_groups(TN_FILTER_BOX, *axis, from, value, weights); break;
    case TN_FILTER_BILINEAR: make_groups(TN_FILTER_BILINEAR, *axis, from, value, weights); break;
    case TN_FILTER_BICUBIC: make_groups(TN_FILTER_BICUBIC, *axis, from, value, weights); break;
    default: make_groups(filter, *axis, from, value, weights); break;
    }
}

/* Replaces each two taps of a group by their low halves and their high halves, in place. */
static inline void split_weights(tn__weights *weights)
{
    const int32_t n_pairs = tn__weights_padded(weights->n) / LANES * (weights->taps / 2);
    uint32_t *restrict pair = (uint32_t *)weights->weight;
    for (int32_t p = 0; p < n_pairs; p++, pair += (ptrdiff_t)2 * LANES)
        EACH_LANE(k)
        {
            const uint32_t even = pair[k], odd = pair[LANES + k];
            pair[k] = (even & 0xFFFFu) | odd << 16;
            pair[LANES + k] = (even + 0x8000u) >> 16 | ((odd + 0x8000u) & 0xFFFF0000u);
        }
}

static inline void make_split_weights(int32_t filter, const tn_px_axis *axis, int32_t from,
                                      double *value, tn__weights *weights)
{
    make_weights(filter, axis, from, value, weights);
    split_weights(weights);
}

#endif
