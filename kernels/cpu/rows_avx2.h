/* SPDX-License-Identifier: MIT */
/* AVX2's row functions that have a file of their own. */
#ifndef TENCH_CPU_ROWS_AVX2_H
#define TENCH_CPU_ROWS_AVX2_H

#include "cpu/rows.h"

void tn__avx2_pack_horizontal(const tn__weights *weights, void *packed);
void tn__avx2_horizontal(const tn__pass *pass);
void tn__avx2_pack_vertical(tn__weights *weights);
void tn__avx2_vertical(const int32_t *weight, int32_t taps, int32_t count, const uint8_t *src,
                       ptrdiff_t stride, uint8_t *dst, int32_t n);

#endif
