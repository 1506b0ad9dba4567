/* SPDX-License-Identifier: MIT */
/* The last write of rows: normalising, noise and mixing. px/finish.h defines each value; these
 * functions make many at once. Every level gives the same bits.
 *
 * `norm_…` may read up to 63 bytes past the last value of `src`. No function writes past the last
 * value. */
#ifndef TENCH_CPU_FINISH_ROWS_H
#define TENCH_CPU_FINISH_ROWS_H

#include <stdint.h>

#include "px/record.h"

/* Constants of normalisation are stored in rows of 48 numbers. That is a multiple of a vector and
 * of every channel count, so a row repeats the constants of all channels. */
enum { TN__NORM_PERIOD = 48 };

typedef struct tn__finish_rows {
    /* dst[i] = fmaf(src[i], scale[i % 48], bias[i % 48]), rounded to the dtype. `dst` is aligned
     * for its type. The constants repeat after twelve. */
    void (*norm_f32)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n);
    void (*norm_f16)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n);
    void (*norm_bf16)(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n);
    /* Makes the noise of pixels 4·group … 4·(group + n_groups) - 1 of line y: px/erase.h. */
    void (*noise)(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out,
                  int32_t n_groups);
    /* Weighted sums with a partner: px/mix.h. The last three change `dst`, which holds values of
     * the dtype. */
    void (*mix_u8)(const uint8_t *own, const uint8_t *partner, float lambda, uint8_t *dst,
                   int32_t n);
    void (*mix_f32)(void *dst, const void *partner, float lambda, int64_t n);
    void (*mix_f16)(void *dst, const void *partner, float lambda, int64_t n);
    void (*mix_bf16)(void *dst, const void *partner, float lambda, int64_t n);
} tn__finish_rows;

/* Returns the functions of the level in use. */
const tn__finish_rows *tn__finish_rows_get(void);
extern const tn__finish_rows tn__finish_rows_scalar, tn__finish_rows_avx2, tn__finish_rows_avx512;

#endif
