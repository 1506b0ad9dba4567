/* SPDX-License-Identifier: MIT */
/* Rearranges rows: mirrors them, splits them into planes, joins planes. Every level gives the same
 * bytes.
 *
 * A function may read up to 63 bytes past the last pixel of a row: rows are padded, and 64 readable
 * bytes follow a plane. It writes nothing past the last pixel. */
#ifndef TENCH_CPU_ARRANGE_ROWS_H
#define TENCH_CPU_ARRANGE_ROWS_H

#include <stdint.h>

typedef struct tn__arrange_rows {
    /* dst[i] = src[n - 1 - i]. The rows do not overlap. */
    void (*mirror)(const uint8_t *src, uint8_t *dst, int32_t n);
    /* Splits ABAB… into two planes, RGBARGBA… into four. */
    void (*split2)(const uint8_t *src, uint8_t *const dst[2], int32_t n);
    void (*split4)(const uint8_t *src, uint8_t *const dst[4], int32_t n);
    /* Splits RGBRGB… into three planes, and joins them again. */
    void (*split3)(const uint8_t *src, uint8_t *const dst[3], int32_t n);
    void (*join3)(const uint8_t *const src[3], uint8_t *dst, int32_t n);
} tn__arrange_rows;

/* Returns the functions of the level in use. */
const tn__arrange_rows *tn__arrange_rows_get(void);
extern const tn__arrange_rows tn__arrange_rows_scalar, tn__arrange_rows_avx2,
    tn__arrange_rows_avx512;

#endif
