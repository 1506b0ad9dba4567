/* SPDX-License-Identifier: MIT */
/* The last write of rows with AVX-512. */
#include "cpu/bytes_avx512.h"
#include "cpu/finish_rows.h"
#include "cpu/mix_tmpl.h"
#include "cpu/noise_tmpl.h"

#define INLINE __attribute__((always_inline)) static inline

/* One period of the constants, in three vectors. */
typedef struct constants {
    __m512 scale[3], bias[3];
} constants;

_Static_assert(TN__NORM_PERIOD == 48, "three vectors hold a period");

static constants load_constants(const float *scale, const float *bias)
{
    constants k;
    for (ptrdiff_t i = 0; i < 3; i++) {
        k.scale[i] = _mm512_loadu_ps(scale + 16 * i);
        k.bias[i] = _mm512_loadu_ps(bias + 16 * i);
    }
    return k;
}

static __m512 norm16(const uint8_t *src, ptrdiff_t n, const constants *k, ptrdiff_t third)
{
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(widen(src, n)), k->scale[third], k->bias[third]);
}

INLINE void store_f32(void *row, ptrdiff_t at, ptrdiff_t n, __m512 value)
{
    float *const dst = (float *)row + at;
    if (n >= 16)
        _mm512_storeu_ps(dst, value);
    else
        _mm512_mask_storeu_ps(dst, first_of_16(n), value);
}

static void store_words(uint16_t *dst, ptrdiff_t n, __m256i words)
{
    if (n >= 16)
        _mm256_storeu_si256((__m256i *)(void *)dst, words);
    else
        _mm256_mask_storeu_epi16(dst, first_of_16(n), words);
}

INLINE void store_f16(void *row, ptrdiff_t at, ptrdiff_t n, __m512 value)
{
    store_words((uint16_t *)row + at, n,
                _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* Rounds to nearest even: adds half a unit less one, and one more where the kept part is odd. */
INLINE void store_bf16(void *row, ptrdiff_t at, ptrdiff_t n, __m512 value)
{
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7FFF));
    store_words((uint16_t *)row + at, n, _mm512_cvtepi32_epi16(_mm512_srli_epi32(sum, 16)));
}

/* Stores up to n numbers at index `at` of a row. */
typedef void put_fn(void *row, ptrdiff_t at, ptrdiff_t n, __m512 value);

/* Normalises a row. `put` is inlined: the loop calls nothing. */
INLINE void norm(const uint8_t *src, const float *scale, const float *bias, void *dst, int32_t n,
                 put_fn *put)
{
    const constants k = load_constants(scale, bias);
    for (ptrdiff_t i = 0; i < n; i += TN__NORM_PERIOD)
        for (ptrdiff_t third = 0, at = i; third < 3 && at < n; third++, at += 16)
            put(dst, at, n - at, norm16(src + at, n - at, &k, third));
}

static void norm_f32(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    norm(src, scale, bias, dst, n, store_f32);
}

static void norm_f16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    norm(src, scale, bias, dst, n, store_f16);
}

static void norm_bf16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n)
{
    norm(src, scale, bias, dst, n, store_bf16);
}

const tn__finish_rows tn__finish_rows_avx512 = {
    .norm_f32 = norm_f32,
    .norm_f16 = norm_f16,
    .norm_bf16 = norm_bf16,
    .noise = noise,
    .mix_u8 = mix_u8,
    .mix_f32 = mix_f32,
    .mix_f16 = mix_f16,
    .mix_bf16 = mix_bf16,
};
