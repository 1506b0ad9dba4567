/* SPDX-License-Identifier: MIT */
/* Mixes rows, as finish_rows.h declares. The file of each level includes this text, and its
 * compiler turns the loops into vectors, except for conversions from and to f16. Intrinsics do
 * these where the processor can. */
#ifndef TENCH_CPU_MIX_TMPL_H
#define TENCH_CPU_MIX_TMPL_H

#ifdef __F16C__
#include <immintrin.h>
#endif

#include "px/finish.h"

static void mix_u8(const uint8_t *own, const uint8_t *partner, float lambda, uint8_t *dst,
                   int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_mix_u8(own[i], partner[i], lambda);
}

static void mix_f32(void *dst, const void *partner, float lambda, int64_t n)
{
    float *const values = dst;
    const float *const others = partner;
    for (int64_t i = 0; i < n; i++)
        values[i] = tn_px_mix(values[i], others[i], lambda);
}

#ifdef __F16C__
static __m256 widen_halves(__m128i halves)
{
    return _mm256_cvtph_ps(halves);
}

static __m128i narrow_halves(__m256 values)
{
    return _mm256_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* Weights eight values and rounds each. */
static __m256 weigh_halves(const uint16_t *values, __m256 weight)
{
    const __m128i halves = _mm_loadu_si128((const __m128i *)(const void *)values);
    return widen_halves(narrow_halves(_mm256_mul_ps(widen_halves(halves), weight)));
}

/* Mixes whole vectors and returns the number of values. A NaN becomes 0x7FFF, as in px/half.h. */
static int64_t mix_halves(uint16_t *values, const uint16_t *others, float lambda, int64_t n)
{
    const __m256 own = _mm256_set1_ps(lambda), rest = _mm256_set1_ps(1.0f - lambda);
    const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 sum =
            _mm256_add_ps(weigh_halves(values + i, own), weigh_halves(others + i, rest));
        const __m256 is_nan = _mm256_cmp_ps(sum, sum, _CMP_UNORD_Q);
        _mm_storeu_si128((__m128i *)(void *)(values + i),
                         narrow_halves(_mm256_blendv_ps(sum, nan, is_nan)));
    }
    return i;
}
#endif

static void mix_f16(void *dst, const void *partner, float lambda, int64_t n)
{
    uint16_t *const values = dst;
    const uint16_t *const others = partner;
    int64_t i = 0;
#ifdef __F16C__
    i = mix_halves(values, others, lambda, n);
#endif
    for (; i < n; i++)
        values[i] = (uint16_t)tn_px_mix_bits(TN_PX_F16, values[i], others[i], lambda);
}

static void mix_bf16(void *dst, const void *partner, float lambda, int64_t n)
{
    uint16_t *const values = dst;
    const uint16_t *const others = partner;
    for (int64_t i = 0; i < n; i++)
        values[i] = (uint16_t)tn_px_mix_bits(TN_PX_BF16, values[i], others[i], lambda);
}

#endif
