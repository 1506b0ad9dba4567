/* SPDX-License-Identifier: MIT */
/* The last write of rows with AVX2. The last values, too few for a vector, are left to plain C. */
#include <stddef.h>

#include "cpu/bytes_avx2.h"
#include "cpu/finish_rows.h"
#include "cpu/mix_tmpl.h"
#include "cpu/noise_tmpl.h"

#define INLINE __attribute__((always_inline)) static inline

/* The constants repeat after twelve, so three vectors hold them twice. */
enum { TURN = 24 };

typedef struct constants {
    __m256 scale[3], bias[3];
} constants;

static constants load_constants(const float *scale, const float *bias)
{
    constants k;
    for (ptrdiff_t i = 0; i < 3; i++) {
        k.scale[i] = _mm256_loadu_ps(scale + 8 * i);
        k.bias[i] = _mm256_loadu_ps(bias + 8 * i);
    }
    return k;
}

static __m256 norm8(const uint8_t *src, const constants *k, ptrdiff_t third)
{
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(widen(src)), k->scale[third], k->bias[third]);
}

INLINE void store_f32(void *row, ptrdiff_t at, __m256 value)
{
    _mm256_storeu_ps((float *)row + at, value);
}

INLINE void store_f16(void *row, ptrdiff_t at, __m256 value)
{
    _mm_storeu_si128((__m128i *)(void *)((uint16_t *)row + at),
                     _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* Rounds to nearest even: adds half a unit less one, and one more where the kept part is odd. */
INLINE void store_bf16(void *row, ptrdiff_t at, __m256 value)
{
    const __m256i bits = _mm256_castps_si256(value);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(bits, odd), _mm256_set1_epi32(0x7FFF));
    const __m256i high = _mm256_srli_epi32(sum, 16);
    _mm_storeu_si128(
        (__m128i *)(void *)((uint16_t *)row + at),
        _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1)));
}

/* Stores eight numbers at index `at` of a row. */
typedef void put_fn(void *row, ptrdiff_t at, __m256 value);

/* Normalises whole vectors and returns the number of values. `put` is inlined: the loop calls
 * nothing. */
INLINE ptrdiff_t norm(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n, put_fn *put)
{
    const constants k = load_constants(scale, bias);
    ptrdiff_t i = 0, third = 0;
    for (; i + TURN <= n; i += TURN)
        for (third = 0; third < 3; third++)
            put(dst, i + 8 * third, norm8(src + i + 8 * third, &k, third));
    for (third = 0; i + 8 <= n; i += 8, third++)
        put(dst, i, norm8(src + i, &k, third));
    return i;
}

static void norm_f32(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    const ptrdiff_t i = norm(src, scale, bias, dst, n, store_f32);
    tn__finish_rows_scalar.norm_f32(src + i, scale + i % TURN, bias + i % TURN, (float *)dst + i,
                                    n - (int32_t)i);
}

static void norm_f16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    const ptrdiff_t i = norm(src, scale, bias, dst, n, store_f16);
    tn__finish_rows_scalar.norm_f16(src + i, scale + i % TURN, bias + i % TURN, (uint16_t *)dst + i,
                                    n - (int32_t)i);
}

static void norm_bf16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n)
{
    const ptrdiff_t i = norm(src, scale, bias, dst, n, store_bf16);
    tn__finish_rows_scalar.norm_bf16(src + i, scale + i % TURN, bias + i % TURN,
                                     (uint16_t *)dst + i, n - (int32_t)i);
}

const tn__finish_rows tn__finish_rows_avx2 = {
    .norm_f32 = norm_f32,
    .norm_f16 = norm_f16,
    .norm_bf16 = norm_bf16,
    .noise = noise,
    .mix_u8 = mix_u8,
    .mix_f32 = mix_f32,
    .mix_f16 = mix_f16,
    .mix_bf16 = mix_bf16,
};
