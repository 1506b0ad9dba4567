/* SPDX-License-Identifier: MIT */
/* Photometric functions for rows: px/photo.h for many pixels at once. Every level gives the same
 * bytes.
 *
 * A function may read up to 63 bytes past the last pixel of a row: rows are padded, and 64 readable
 * bytes follow a plane. It writes nothing past the last pixel. */
#ifndef TENCH_CPU_PHOTO_ROWS_H
#define TENCH_CPU_PHOTO_ROWS_H

#include <stdint.h>

typedef struct tn__photo_rows {
    void (*luma)(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *dst, int32_t n);
    int64_t (*sum)(const uint8_t *src, int32_t n);
    /* dst = blend(from, dst, factor); `from` is a row, or one grey for all pixels. */
    void (*blend)(const uint8_t *from, uint8_t *dst, float factor, int32_t n);
    void (*blend_grey)(uint8_t grey, uint8_t *dst, float factor, int32_t n);
} tn__photo_rows;

/* Returns the functions of the level in use. */
const tn__photo_rows *tn__photo_rows_get(void);
extern const tn__photo_rows tn__photo_rows_scalar, tn__photo_rows_avx2, tn__photo_rows_avx512;

#endif
