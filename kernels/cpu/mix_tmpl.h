/* SPDX-License-Identifier: MIT */
/* Blends of rows, as tn__rows declares them: px/mix.h and px/finish.h for many values at once.
 * Included by a file for each instruction set, whose compiler makes vectors of the loops, but not
 * of conversions from and to f16: these are written out where the processor has them. */
#ifdef __F16C__
#include <immintrin.h>
#endif

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

#ifdef __F16C__
static __m256 TN__MIX(wide)(__m128i halves)
{
    return _mm256_cvtph_ps(halves);
}

static __m128i TN__MIX(narrow)(__m256 values)
{
    return _mm256_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* Eight values, weighted, each rounded. */
static __m256 TN__MIX(weigh)(const uint16_t *values, __m256 weight)
{
    const __m128i halves = _mm_loadu_si128((const __m128i *)(const void *)values);
    return TN__MIX(wide)(TN__MIX(narrow)(_mm256_mul_ps(TN__MIX(wide)(halves), weight)));
}

/* Whole vectors; returns how many values. A NaN of all ones becomes 0x7FFF, as in px/half.h. */
static int64_t TN__MIX(vectors)(uint16_t *values, const uint16_t *others, float lambda, int64_t n)
{
    const __m256 own = _mm256_set1_ps(lambda), rest = _mm256_set1_ps(1.0f - lambda);
    const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const __m256 sum =
            _mm256_add_ps(TN__MIX(weigh)(values + i, own), TN__MIX(weigh)(others + i, rest));
        const __m256 is_nan = _mm256_cmp_ps(sum, sum, _CMP_UNORD_Q);
        _mm_storeu_si128((__m128i *)(void *)(values + i),
                         TN__MIX(narrow)(_mm256_blendv_ps(sum, nan, is_nan)));
    }
    return i;
}
#endif

static void TN__MIX(f16)(void *dst, const void *partner, float lambda, int64_t n)
{
    uint16_t *const values = dst;
    const uint16_t *const others = partner;
    int64_t i = 0;
#ifdef __F16C__
    i = TN__MIX(vectors)(values, others, lambda, n);
#endif
    for (; i < n; i++)
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
