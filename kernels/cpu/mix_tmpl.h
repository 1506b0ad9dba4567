/* SPDX-License-Identifier: MIT */
/* Blends of rows, as tn__rows declares them: px/mix.h and px/finish.h for many values at once.
 * Included by a file for each instruction set, whose compiler makes vectors of the loops. */
#include "cpu/rows.h"
#include "px/finish.h"

static void TN__MIX(u8)(const uint8_t *own, const uint8_t *partner, float lambda, uint8_t *dst,
                        int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_mix_u8(own[i], partner[i], lambda);
}

static void TN__MIX(f32)(void *dst, const void *partner, float lambda, int64_t n)
{
    float *const values = dst;
    const float *const others = partner;
    for (int64_t i = 0; i < n; i++)
        values[i] = tn_px_mix(values[i], others[i], lambda);
}

static void TN__MIX(f16)(void *dst, const void *partner, float lambda, int64_t n)
{
    uint16_t *const values = dst;
    const uint16_t *const others = partner;
    for (int64_t i = 0; i < n; i++)
        values[i] = (uint16_t)tn_px_mix_bits(TN_PX_F16, values[i], others[i], lambda);
}

static void TN__MIX(bf16)(void *dst, const void *partner, float lambda, int64_t n)
{
    uint16_t *const values = dst;
    const uint16_t *const others = partner;
    for (int64_t i = 0; i < n; i++)
        values[i] = (uint16_t)tn_px_mix_bits(TN_PX_BF16, values[i], others[i], lambda);
}

const tn__mixers TN__MIX(mixers) = {
    .u8 = TN__MIX(u8), .f32 = TN__MIX(f32), .f16 = TN__MIX(f16), .bf16 = TN__MIX(bf16)};
