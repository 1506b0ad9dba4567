/* SPDX-License-Identifier: MIT */
/* Row functions: what the instruction sets do in their own way. Every level gives the same bytes.
 *
 * Reads may run up to 63 bytes past the last pixel of a row: rows are padded, and planes have 64
 * readable bytes behind them. Nothing is written past the last pixel. */
#ifndef TENCH_CPU_ROWS_H
#define TENCH_CPU_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "cpu/weights.h"
#include "px/record.h"

/* Constants of conversion lie in rows of this many: a multiple of a vector, and of twelve, after
 * which they repeat, since that is a multiple of each channel count. */
enum { TN__NORM_PERIOD = 48 };

/* One horizontal pass over the rows of a plane. */
typedef struct tn__pass {
    const tn__weights *weights; /* made `across` */
    const uint8_t *src;         /* the pixel at weights->origin of the first row */
    ptrdiff_t src_stride;
    uint8_t *dst;
    ptrdiff_t dst_stride;
    int32_t n_rows;
} tn__pass;

/* Weighted sums with a partner: px/mix.h. The last three work in place, on values of the dtype. */
typedef struct tn__mixers {
    void (*u8)(const uint8_t *own, const uint8_t *partner, float lambda, uint8_t *dst, int32_t n);
    void (*f32)(void *dst, const void *partner, float lambda, int64_t n);
    void (*f16)(void *dst, const void *partner, float lambda, int64_t n);
    void (*bf16)(void *dst, const void *partner, float lambda, int64_t n);
} tn__mixers;

typedef struct tn__rows {
    /* Fills weights that know their n and their memory: weights.h. `value`: sixteen numbers for
     * each tap, to work with. */
    void (*make_weights)(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                         tn__weights *weights);
    /* Writes what `horizontal` wants to know besides to weights->packed. */
    void (*pack)(tn__weights *weights);
    void (*horizontal)(const tn__pass *pass);
    /* Row y of the results, n columns of it; `src` is the row at weights->origin. */
    void (*vertical)(const tn__weights *weights, int32_t y, const uint8_t *src, ptrdiff_t stride,
                     uint8_t *dst, int32_t n);

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

    /* dst[i] = fmaf(src[i], scale[i % 48], bias[i % 48]), converted. dst has its type's alignment.
     */
    void (*norm_f32)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n);
    void (*norm_f16)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n);
    void (*norm_bf16)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n);
    /* Noise of the pixels 4·group … 4·(group + n_groups) - 1 of line y, as px/erase.h has it. */
    void (*noise)(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out,
                  int32_t n_groups);
    const tn__mixers *mixers;
} tn__rows;

/* The rows of the level in use. */
const tn__rows *tn__rows_get(void);
/* Bytes that `pack` may write for n results: enough for every level. */
size_t tn__rows_packed_bytes(const tn_px_axis *axis, int32_t n);

extern const tn__rows tn__rows_scalar;
/* weights.c: weights in plain C. */
void tn__scalar_make_weights(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                             tn__weights *weights);
/* mix_tmpl.h and noise_tmpl.h, for each instruction set. */
void tn__scalar_noise(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out,
                      int32_t n_groups);
extern const tn__mixers tn__scalar_mixers;
#if defined(__x86_64__)
extern const tn__mixers tn__avx2_mixers, tn__avx512_mixers;
void tn__avx2_noise(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out,
                    int32_t n_groups);
void tn__avx512_noise(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out,
                      int32_t n_groups);
extern const tn__rows tn__rows_avx2, tn__rows_avx512;
#endif

#endif
