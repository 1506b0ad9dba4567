/* SPDX-License-Identifier: MIT */
/* Row functions in plain C: the loops over px/ that every other level must equal. */
#include "cpu/rows.h"

#include <string.h>

#include "cpu/level.h"
#include "px/half.h"
#include "px/image.h"
#include "px/norm.h"
#include "px/photo.h"
#include "px/resample.h"

const tn__rows *tn__rows_get(void)
{
#if defined(__x86_64__)
    switch (tn__cpu_level()) {
    case TN__CPU_AVX512: return &tn__rows_avx512;
    case TN__CPU_AVX2: return &tn__rows_avx2;
    default: break;
    }
#endif
    return &tn__rows_scalar;
}

/* What resample_tmpl.h writes: a head and one number a result; or, above a scale of 4 only, all
 * weights of each result in runs of 32. */
size_t tn__rows_packed_bytes(const tn_px_axis *axis, int32_t n)
{
    const size_t runs = ((size_t)tn__weights_taps(axis) + 31) / 32;
    const size_t groups = ((size_t)n + TN__WEIGHT_LANES - 1) / TN__WEIGHT_LANES;
    const size_t numbers = axis->scale > 4.0 ? (size_t)n * runs * 32 : groups * TN__WEIGHT_LANES;
    return TN_PX_ALIGN + numbers * sizeof(int32_t);
}

static void pack(tn__weights *weights)
{
    (void)weights;
}

enum { ROWS = 4 }; /* that share the loads of weights, which lie a group apart */

/* One result of each row. */
static void weigh_rows(const tn__weights *weights, int32_t x, const uint8_t *const src[ROWS],
                       uint8_t *const dst[ROWS])
{
    const int32_t *const weight = weights->weight + tn__weights_at(weights, x);
    const ptrdiff_t first = weights->first[x], count = weights->count[x];
    int32_t sum[ROWS] = {TN_PX_WEIGHT_HALF, TN_PX_WEIGHT_HALF, TN_PX_WEIGHT_HALF,
                         TN_PX_WEIGHT_HALF};
    for (ptrdiff_t tap = 0; tap < count; tap++)
        for (int32_t r = 0; r < ROWS; r++)
            sum[r] += weight[tap * TN__WEIGHT_LANES] * src[r][first + tap];
    for (int32_t r = 0; r < ROWS; r++)
        dst[r][x] = tn_px_weighted(sum[r]);
}

/* At the end of a plane the last row takes the places of those that are missing. */
static void horizontal(const tn__pass *pass)
{
    for (int32_t y = 0; y < pass->n_rows; y += ROWS) {
        const uint8_t *src[ROWS];
        uint8_t *dst[ROWS];
        for (int32_t r = 0; r < ROWS; r++) {
            const ptrdiff_t row = y + r < pass->n_rows ? y + r : pass->n_rows - 1;
            src[r] = pass->src + row * pass->src_stride;
            dst[r] = pass->dst + row * pass->dst_stride;
        }
        for (int32_t x = 0; x < pass->weights->n; x++)
            weigh_rows(pass->weights, x, src, dst);
    }
}

/* Row after row into sums of neighbours, which compilers make vectors of. */
static void vertical(const tn__weights *weights, int32_t y, const uint8_t *src, ptrdiff_t stride,
                     uint8_t *dst, int32_t n)
{
    enum { TOGETHER = 64 };
    const int32_t *const weight = weights->weight + tn__weights_at(weights, y);
    src += weights->first[y] * stride;
    for (int32_t x = 0; x < n; x += TOGETHER) {
        const int32_t m = n - x < TOGETHER ? n - x : TOGETHER;
        int32_t sum[TOGETHER];
        for (int32_t i = 0; i < m; i++)
            sum[i] = TN_PX_WEIGHT_HALF;
        for (ptrdiff_t tap = 0; tap < weights->count[y]; tap++) {
            const uint8_t *const row = src + tap * stride + x;
            const int32_t factor = weight[tap * TN__WEIGHT_LANES];
            for (int32_t i = 0; i < m; i++)
                sum[i] += factor * row[i];
        }
        for (int32_t i = 0; i < m; i++)
            dst[x + i] = tn_px_weighted(sum[i]);
    }
}

static void mirror(const uint8_t *src, uint8_t *dst, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = src[n - 1 - i];
}

static void split3(const uint8_t *src, uint8_t *const dst[3], int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        dst[0][i] = src[3 * i];
        dst[1][i] = src[3 * i + 1];
        dst[2][i] = src[3 * i + 2];
    }
}

static void join3(const uint8_t *const src[3], uint8_t *dst, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        dst[3 * i] = src[0][i];
        dst[3 * i + 1] = src[1][i];
        dst[3 * i + 2] = src[2][i];
    }
}

static void luma(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *dst, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_luma(r[i], g[i], b[i]);
}

static int64_t sum(const uint8_t *src, int32_t n)
{
    int64_t total = 0;
    for (int32_t i = 0; i < n; i++)
        total += src[i];
    return total;
}

static void blend(const uint8_t *from, uint8_t *dst, float factor, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_blend(from[i], dst[i], factor);
}

static void blend_grey(uint8_t grey, uint8_t *dst, float factor, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_blend(grey, dst[i], factor);
}

static void norm_f32(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    float *const out = dst;
    for (int32_t i = 0; i < n; i++)
        out[i] = tn_px_norm(src[i], scale[i % TN__NORM_PERIOD], bias[i % TN__NORM_PERIOD]);
}

static void norm_f16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    uint16_t *const out = dst;
    for (int32_t i = 0; i < n; i++)
        out[i] =
            tn_px_f16(tn_px_norm(src[i], scale[i % TN__NORM_PERIOD], bias[i % TN__NORM_PERIOD]));
}

static void norm_bf16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n)
{
    uint16_t *const out = dst;
    for (int32_t i = 0; i < n; i++)
        out[i] =
            tn_px_bf16(tn_px_norm(src[i], scale[i % TN__NORM_PERIOD], bias[i % TN__NORM_PERIOD]));
}

const tn__rows tn__rows_scalar = {
    .make_weights = tn__scalar_make_weights,
    .pack = pack,
    .horizontal = horizontal,
    .vertical = vertical,
    .mirror = mirror,
    .split3 = split3,
    .join3 = join3,
    .luma = luma,
    .sum = sum,
    .blend = blend,
    .blend_grey = blend_grey,
    .norm_f32 = norm_f32,
    .norm_f16 = norm_f16,
    .norm_bf16 = norm_bf16,
    .noise = tn__scalar_noise,
    .mixers = &tn__scalar_mixers,
};
