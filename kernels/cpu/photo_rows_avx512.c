/* SPDX-License-Identifier: MIT */
/* Photometric functions with AVX-512. */
#include "cpu/bytes_avx512.h"
#include "cpu/photo_rows.h"

/* Stores sixteen numbers, clipped to 0…255. */
static void store_cut(uint8_t *dst, ptrdiff_t n, __m512i value)
{
    const __m512i low = _mm512_max_epi32(value, _mm512_setzero_si512());
    const __m128i bytes = _mm512_cvtusepi32_epi8(low);
    if (n >= 16)
        _mm_storeu_si128((__m128i *)(void *)dst, bytes);
    else
        _mm_mask_storeu_epi8(dst, first_of_16(n), bytes);
}

/* The factor 38470 does not fit 16 signed bits, so half of it is applied twice. */
static __m512i luma16(__m512i r, __m512i g, __m512i b)
{
    const __m512i red_green = _mm512_set1_epi32(19235 << 16 | 19595);
    const __m512i green_blue = _mm512_set1_epi32(7471 << 16 | 19235);
    const __m512i half = _mm512_set1_epi32(32768);
    const __m512i upper =
        _mm512_dpwssd_epi32(half, _mm512_or_si512(r, _mm512_slli_epi32(g, 16)), red_green);
    const __m512i sum =
        _mm512_dpwssd_epi32(upper, _mm512_or_si512(g, _mm512_slli_epi32(b, 16)), green_blue);
    return _mm512_srli_epi32(sum, 16);
}

static void luma(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *dst, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_cut(dst + i, n - i,
                  luma16(widen(r + i, n - i), widen(g + i, n - i), widen(b + i, n - i)));
}

static int64_t sum(const uint8_t *src, int32_t n)
{
    __m512i total = _mm512_setzero_si512();
    for (ptrdiff_t i = 0; i < n; i += 64)
        total =
            _mm512_add_epi64(total, _mm512_sad_epu8(load(src + i, n - i), _mm512_setzero_si512()));
    return _mm512_reduce_add_epi64(total);
}

static __m512i blend16(__m512i from, __m512i to, __m512 factor)
{
    const __m512 difference = _mm512_cvtepi32_ps(_mm512_sub_epi32(to, from));
    const __m512 value = _mm512_add_ps(_mm512_cvtepi32_ps(from), _mm512_mul_ps(factor, difference));
    const __m512 cut =
        _mm512_min_ps(_mm512_max_ps(value, _mm512_setzero_ps()), _mm512_set1_ps(255.0f));
    return _mm512_cvttps_epi32(cut);
}

static void blend(const uint8_t *from, uint8_t *dst, float factor, int32_t n)
{
    const __m512 factors = _mm512_set1_ps(factor);
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_cut(dst + i, n - i, blend16(widen(from + i, n - i), widen(dst + i, n - i), factors));
}

static void blend_grey(uint8_t grey, uint8_t *dst, float factor, int32_t n)
{
    const __m512 factors = _mm512_set1_ps(factor);
    const __m512i from = _mm512_set1_epi32(grey);
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_cut(dst + i, n - i, blend16(from, widen(dst + i, n - i), factors));
}

const tn__photo_rows tn__photo_rows_avx512 = {
    .luma = luma,
    .sum = sum,
    .blend = blend,
    .blend_grey = blend_grey,
};
