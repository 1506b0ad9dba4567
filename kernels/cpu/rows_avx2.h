/* SPDX-License-Identifier: MIT */
/* AVX2's row functions that have a file of their own. */
#ifndef TENCH_CPU_ROWS_AVX2_H
#define TENCH_CPU_ROWS_AVX2_H

#include "cpu/rows.h"

void tn__avx2_make_weights(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                           tn__weights *weights);
void tn__avx2_pack(tn__weights *weights);
void tn__avx2_horizontal(const tn__pass *pass);
void tn__avx2_vertical(const tn__weights *weights, int32_t y, const uint8_t *src, ptrdiff_t stride,
                       uint8_t *dst, int32_t n);

#endif
