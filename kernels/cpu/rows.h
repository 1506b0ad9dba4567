/* SPDX-License-Identifier: MIT */
/* Row functions: what the instruction sets do in their own way. Every level gives the same bytes.
 *
 * Reads may run up to 31 bytes past the last pixel of a row: rows are padded, and planes have 64
 * readable bytes behind them. Nothing is written past the last pixel. */
#ifndef TENCH_CPU_ROWS_H
#define TENCH_CPU_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "cpu/weights.h"

/* Period of the constants of conversion: a multiple of each channel count and of a vector. */
enum { TN__NORM_PERIOD = 24 };

/* One horizontal pass over the rows of a plane. */
typedef struct tn__pass {
    const tn__weights *weights;
    const void *packed; /* what pack_horizontal wrote */
    const uint8_t *src; /* the pixel at weights->origin of the first row */
    ptrdiff_t src_stride;
    uint8_t *dst;
    ptrdiff_t dst_stride;
    int32_t n_rows;
} tn__pass;

typedef struct tn__rows {
    /* Writes the weights as this level's `horizontal` wants them, into tn__rows_packed_bytes(). */
    void (*pack_horizontal)(const tn__weights *weights, void *packed);
    void (*horizontal)(const tn__pass *pass);
    /* The same for `vertical`, in place: n × taps numbers. */
    void (*pack_vertical)(tn__weights *weights);
    /* One row of n results: `taps` (even) rows of src from `src` on, of which `count` exist. */
    void (*vertical)(const int32_t *weight, int32_t taps, int32_t count, const uint8_t *src,
                     ptrdiff_t stride, uint8_t *dst, int32_t n);

    /* dst[i] = src[n - 1 - i]; they do not overlap. */
    void (*mirror)(const uint8_t *src, uint8_t *dst, int32_t n);
    /* RGBRGB… to three planes, and back. */
    void (*split3)(const uint8_t *src, uint8_t *const dst[3], int32_t n);
    void (*join3)(const uint8_t *const src[3], uint8_t *dst, int32_t n);

    void (*luma)(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *dst, int32_t n);
    int64_t (*sum)(const uint8_t *src, int32_t n);
    /* dst = blend(from, dst, factor), with a row or with one grey: px/photo.h. */
    void (*blend)(const uint8_t *from, uint8_t *dst, float factor, int32_t n);
    void (*blend_grey)(uint8_t grey, uint8_t *dst, float factor, int32_t n);

    /* dst[i] = fmaf(src[i], scale[i % 24], bias[i % 24]), converted. dst has its type's alignment.
     */
    void (*norm_f32)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n);
    void (*norm_f16)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n);
    void (*norm_bf16)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n);
} tn__rows;

/* The rows of the level in use. */
const tn__rows *tn__rows_get(void);
/* Bytes that pack_horizontal may write: enough for every level. */
size_t tn__rows_packed_bytes(int32_t n, int32_t taps);

extern const tn__rows tn__rows_scalar;
#if defined(__x86_64__)
extern const tn__rows tn__rows_avx2;
#endif

#endif
