/* SPDX-License-Identifier: MIT */
/* Weights, made with AVX2. See weights.h. */
#include "cpu/weights_tmpl.h"

#include "cpu/rows_avx2.h"

void tn__avx2_make_weights(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                           tn__weights *weights)
{
    make_weights(filter, axis, from, value, weights);
    split_weights(weights);
}
