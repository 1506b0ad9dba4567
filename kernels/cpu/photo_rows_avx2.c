/* SPDX-License-Identifier: MIT */
/* Photometric functions with AVX2. The last pixels, too few for a vector, are left to plain C. */
#include <stddef.h>

#include "cpu/bytes_avx2.h"
#include "cpu/photo_rows.h"

/* Narrows four times eight numbers to 32 bytes, saturated to 0…255. */
static __m256i narrow(const __m256i value[4])
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(value[0], value[1]),
                                              _mm256_packs_epi32(value[2], value[3]));
    return _mm256_permutevar8x32_epi32(bytes, order);
}

/* The factor 38470 does not fit 16 signed bits, so half of it is applied twice. */
static __m256i luma8(__m256i r, __m256i g, __m256i b)
{
    const __m256i red_green = _mm256_set1_epi32(19235 << 16 | 19595);
    const __m256i green_blue = _mm256_set1_epi32(7471 << 16 | 19235);
    const __m256i sum = _mm256_add_epi32(
        _mm256_madd_epi16(_mm256_or_si256(r, _mm256_slli_epi32(g, 16)), red_green),
        _mm256_madd_epi16(_mm256_or_si256(g, _mm256_slli_epi32(b, 16)), green_blue));
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32768)), 16);
}

static void luma(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *dst, int32_t n)
{
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i value[4];
        for (ptrdiff_t k = 0; k < 4; k++)
            value[k] = luma8(widen(r + i + 8 * k), widen(g + i + 8 * k), widen(b + i + 8 * k));
        store(dst + i, narrow(value));
    }
    tn__photo_rows_scalar.luma(r + i, g + i, b + i, dst + i, n - (int32_t)i);
}

static int64_t sum(const uint8_t *src, int32_t n)
{
    __m256i total = _mm256_setzero_si256();
    int64_t part[4];
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32)
        total = _mm256_add_epi64(total, _mm256_sad_epu8(load(src + i), _mm256_setzero_si256()));
    _mm256_storeu_si256((__m256i *)(void *)part, total);
    return part[0] + part[1] + part[2] + part[3] +
           tn__photo_rows_scalar.sum(src + i, n - (int32_t)i);
}

static __m256i blend8(__m256i from, __m256i to, __m256 factor)
{
    const __m256 difference = _mm256_cvtepi32_ps(_mm256_sub_epi32(to, from));
    const __m256 value = _mm256_add_ps(_mm256_cvtepi32_ps(from), _mm256_mul_ps(factor, difference));
    const __m256 cut =
        _mm256_min_ps(_mm256_max_ps(value, _mm256_setzero_ps()), _mm256_set1_ps(255.0f));
    return _mm256_cvttps_epi32(cut);
}

static void blend(const uint8_t *from, uint8_t *dst, float factor, int32_t n)
{
    const __m256 factors = _mm256_set1_ps(factor);
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i value[4];
        for (ptrdiff_t k = 0; k < 4; k++)
            value[k] = blend8(widen(from + i + 8 * k), widen(dst + i + 8 * k), factors);
        store(dst + i, narrow(value));
    }
    tn__photo_rows_scalar.blend(from + i, dst + i, factor, n - (int32_t)i);
}

static void blend_grey(uint8_t grey, uint8_t *dst, float factor, int32_t n)
{
    const __m256 factors = _mm256_set1_ps(factor);
    const __m256i from = _mm256_set1_epi32(grey);
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i value[4];
        for (ptrdiff_t k = 0; k < 4; k++)
            value[k] = blend8(from, widen(dst + i + 8 * k), factors);
        store(dst + i, narrow(value));
    }
    tn__photo_rows_scalar.blend_grey(grey, dst + i, factor, n - (int32_t)i);
}

const tn__photo_rows tn__photo_rows_avx2 = {
    .luma = luma,
    .sum = sum,
    .blend = blend,
    .blend_grey = blend_grey,
};
