/* SPDX-License-Identifier: MIT */
/* AVX-512's row functions that have a file of their own. */
#ifndef TENCH_CPU_ROWS_AVX512_H
#define TENCH_CPU_ROWS_AVX512_H

#include "cpu/rows.h"

void tn__avx512_make_weights(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                             tn__weights *weights);
void tn__avx512_pack(tn__weights *weights);
void tn__avx512_horizontal(const tn__pass *pass);
void tn__avx512_vertical(const tn__weights *weights, int32_t y, const uint8_t *src,
                         ptrdiff_t stride, uint8_t *dst, int32_t n);

#endif
