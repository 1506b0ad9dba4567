/* SPDX-License-Identifier: MIT */
/* Lengths of samples by their weights. See comb.h. */
#include "data/comb.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"
#include "tench.h"

enum { LENGTH_BITS = 62, BLOCK = TN__COMB_BLOCK };

int tn__comb_weight(double weight, float *out)
{
    *out = (float)weight;
    return weight == 0.0 || (weight >= (double)FLT_TRUE_MIN && weight <= (double)FLT_MAX)
               ? TN_OK
               : tn__fail(TN_EDECODE, "has the weight %g; it must be 0, or between %g and %g",
                          weight, (double)FLT_TRUE_MIN, (double)FLT_MAX);
}

uint64_t tn__comb_length(const tn__comb *comb, int64_t sample)
{
    const double exact = (double)comb->weights[sample] * comb->scale;
    return exact >= 1.0 ? (uint64_t)exact : exact > 0.0;
}

/* The scale with which the line is shorter than 2^62, whatever the weights below the largest. */
static double find_scale(const float *weights, int64_t n, float *largest)
{
    int bits = 0, exponent = 0;
    *largest = 0.0f;
    for (int64_t i = 0; i < n; i++)
        *largest = weights[i] > *largest ? weights[i] : *largest;
    while ((int64_t)1 << bits < n)
        bits++;
    (void)frexp((double)*largest, &exponent); /* all weights are below 2^exponent */
    return ldexp(1.0, LENGTH_BITS - bits - exponent);
}

int tn__comb_make(float *weights, int64_t n, tn__comb *out)
{
    float largest;
    *out = (tn__comb){.n = n, .weights = weights, .scale = find_scale(weights, n, &largest)};
    const size_t n_starts = (size_t)((n + BLOCK - 1) / BLOCK);
    const bool has_length = largest > 0.0f;
    out->starts = has_length ? malloc((n_starts + 1) * sizeof *out->starts) : NULL;
    if (!out->starts) {
        tn__comb_free(out);
        return has_length ? tn__fail_memory("weights", n_starts * sizeof *out->starts)
                          : tn__fail(TN_EINVAL, "all weights are 0");
    }
    for (int64_t i = 0; i < n; i++) {
        if (i % BLOCK == 0)
            out->starts[i / BLOCK] = out->length;
        out->length += tn__comb_length(out, i);
    }
    return TN_OK;
}

void tn__comb_free(tn__comb *comb)
{
    free(comb->weights);
    free(comb->starts);
    *comb = (tn__comb){0};
}

int64_t tn__comb_at(const tn__comb *comb, uint64_t place)
{
    /* The last block that begins at the place or before it. */
    int64_t low = 0, high = (comb->n + BLOCK - 1) / BLOCK;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (comb->starts[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    int64_t sample = low * BLOCK;
    uint64_t left = place - comb->starts[low];
    for (uint64_t length; left >= (length = tn__comb_length(comb, sample)); sample++)
        left -= length;
    return sample;
}

uint64_t tn__comb_start(const tn__comb *comb, int64_t sample)
{
    uint64_t start = comb->starts[sample / BLOCK];
    for (int64_t i = sample / BLOCK * BLOCK; i < sample; i++)
        start += tn__comb_length(comb, i);
    return start;
}
