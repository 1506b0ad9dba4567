/* SPDX-License-Identifier: MIT */
/* The last write of rows in plain C. Every other level must give the same bits. See finish_rows.h.
 */
#include "cpu/finish_rows.h"

#include "cpu/level.h"
#include "cpu/mix_tmpl.h"
#include "cpu/noise_tmpl.h"
#include "px/half.h"
#include "px/norm.h"

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

const tn__finish_rows tn__finish_rows_scalar = {
    .norm_f32 = norm_f32,
    .norm_f16 = norm_f16,
    .norm_bf16 = norm_bf16,
    .noise = noise,
    .mix_u8 = mix_u8,
    .mix_f32 = mix_f32,
    .mix_f16 = mix_f16,
    .mix_bf16 = mix_bf16,
};

const tn__finish_rows *tn__finish_rows_get(void)
{
    static const tn__finish_rows *const levels[] = TN__BY_LEVEL(tn__finish_rows);
    return levels[tn__cpu_level()];
}
