/* SPDX-License-Identifier: MIT */
/* Row functions for AVX2. The last pixels of a row, too few for a vector, go the scalar way. */
#include "cpu/rows_avx2.h"

#include <immintrin.h>
#include <string.h>

#define INLINE __attribute__((always_inline)) static inline

static __m256i load(const uint8_t *src)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)src);
}

static void store(uint8_t *dst, __m256i bytes)
{
    _mm256_storeu_si256((__m256i *)(void *)dst, bytes);
}

/* 16 bytes at `low`, 16 at `high`. */
static __m256i load_lanes(const uint8_t *low, const uint8_t *high)
{
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)low)),
        _mm_loadu_si128((const __m128i *)(const void *)high), 1);
}

static void store_lanes(uint8_t *low, uint8_t *high, __m256i bytes)
{
    _mm_storeu_si128((__m128i *)(void *)low, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(void *)high, _mm256_extracti128_si256(bytes, 1));
}

static void mirror(const uint8_t *src, uint8_t *dst, int32_t n)
{
    const __m256i reverse = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const __m256i lanes = _mm256_shuffle_epi8(load(src + n - i - 32), reverse);
        store(dst + i, _mm256_permute4x64_epi64(lanes, 0x4E));
    }
    tn__rows_scalar.mirror(src, dst + i, n - (int32_t)i);
}

/* Of every 48 bytes, byte i of the three registers that hold them belongs to three different
 * channels: which[k] marks the bytes i with i mod 3 = k. */
static void mark_thirds(__m256i which[3])
{
    const __m128i first = _mm_setr_epi8(-1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1);
    which[0] = _mm256_broadcastsi128_si256(first);
    which[1] = _mm256_broadcastsi128_si256(_mm_slli_si128(first, 1));
    which[2] = _mm256_broadcastsi128_si256(_mm_slli_si128(first, 2));
}

static __m256i pick(__m256i a, __m256i b, __m256i c, const __m256i which[3], int32_t turn)
{
    const __m256i ab = _mm256_blendv_epi8(a, b, which[(turn + 2) % 3]);
    return _mm256_blendv_epi8(ab, c, which[(turn + 1) % 3]);
}

static void split3(const uint8_t *src, uint8_t *const dst[3], int32_t n)
{
    __m256i which[3], order[3];
    mark_thirds(which);
    order[0] = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 3, 6, 9, 12, 15, 2, 5, 8, 11, 14, 1, 4, 7, 10, 13));
    order[1] = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 4, 7, 10, 13, 0, 3, 6, 9, 12, 15, 2, 5, 8, 11, 14));
    order[2] = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(2, 5, 8, 11, 14, 1, 4, 7, 10, 13, 0, 3, 6, 9, 12, 15));
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const uint8_t *const at = src + 3 * i;
        const __m256i a = load_lanes(at, at + 48), b = load_lanes(at + 16, at + 64);
        const __m256i c = load_lanes(at + 32, at + 80);
        for (int32_t k = 0; k < 3; k++)
            store(dst[k] + i, _mm256_shuffle_epi8(pick(a, b, c, which, k), order[k]));
    }
    uint8_t *const rest[3] = {dst[0] + i, dst[1] + i, dst[2] + i};
    tn__rows_scalar.split3(src + 3 * i, rest, n - (int32_t)i);
}

static void join3(const uint8_t *const src[3], uint8_t *dst, int32_t n)
{
    __m256i which[3], order[3];
    mark_thirds(which);
    order[0] = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10, 5));
    order[1] = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10));
    order[2] = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(10, 5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15));
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        uint8_t *const at = dst + 3 * i;
        const __m256i r = _mm256_shuffle_epi8(load(src[0] + i), order[0]);
        const __m256i g = _mm256_shuffle_epi8(load(src[1] + i), order[1]);
        const __m256i b = _mm256_shuffle_epi8(load(src[2] + i), order[2]);
        store_lanes(at, at + 48, pick(r, b, g, which, 0));
        store_lanes(at + 16, at + 64, pick(g, r, b, which, 0));
        store_lanes(at + 32, at + 80, pick(b, g, r, which, 0));
    }
    const uint8_t *const rest[3] = {src[0] + i, src[1] + i, src[2] + i};
    tn__rows_scalar.join3(rest, dst + 3 * i, n - (int32_t)i);
}

/* 38470, too large for 16 signed bits, is taken as twice 19235. */
static __m256i luma8(__m256i r, __m256i g, __m256i b)
{
    const __m256i red_green = _mm256_set1_epi32(19235 << 16 | 19595);
    const __m256i green_blue = _mm256_set1_epi32(7471 << 16 | 19235);
    const __m256i sum = _mm256_add_epi32(
        _mm256_madd_epi16(_mm256_or_si256(r, _mm256_slli_epi32(g, 16)), red_green),
        _mm256_madd_epi16(_mm256_or_si256(g, _mm256_slli_epi32(b, 16)), green_blue));
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32768)), 16);
}

/* Eight bytes as 32-bit numbers. */
static __m256i widen(const uint8_t *src)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)src));
}

/* Four times eight numbers, 0…255 after saturation, to 32 bytes. */
static __m256i narrow(const __m256i value[4])
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(value[0], value[1]),
                                              _mm256_packs_epi32(value[2], value[3]));
    return _mm256_permutevar8x32_epi32(bytes, order);
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
    tn__rows_scalar.luma(r + i, g + i, b + i, dst + i, n - (int32_t)i);
}

static int64_t sum(const uint8_t *src, int32_t n)
{
    __m256i total = _mm256_setzero_si256();
    int64_t part[4];
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32)
        total = _mm256_add_epi64(total, _mm256_sad_epu8(load(src + i), _mm256_setzero_si256()));
    _mm256_storeu_si256((__m256i *)(void *)part, total);
    return part[0] + part[1] + part[2] + part[3] + tn__rows_scalar.sum(src + i, n - (int32_t)i);
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
    tn__rows_scalar.blend(from + i, dst + i, factor, n - (int32_t)i);
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
    tn__rows_scalar.blend_grey(grey, dst + i, factor, n - (int32_t)i);
}

/* Constants repeat after twelve already: three vectors hold two turns of them. */
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

/* To nearest even: half a unit less one, and one more where the kept part is odd. */
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

/* Stores eight numbers of a row, from number `at` on. */
typedef void put_fn(void *row, ptrdiff_t at, __m256 value);

/* Whole vectors; inlined with `put`, so that the loop calls nothing. Returns how many numbers. */
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
    tn__rows_scalar.norm_f32(src + i, scale + i % TURN, bias + i % TURN, (float *)dst + i,
                             n - (int32_t)i);
}

static void norm_f16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                     int32_t n)
{
    const ptrdiff_t i = norm(src, scale, bias, dst, n, store_f16);
    tn__rows_scalar.norm_f16(src + i, scale + i % TURN, bias + i % TURN, (uint16_t *)dst + i,
                             n - (int32_t)i);
}

static void norm_bf16(const uint8_t *src, const float *scale, const float *bias, void *dst,
                      int32_t n)
{
    const ptrdiff_t i = norm(src, scale, bias, dst, n, store_bf16);
    tn__rows_scalar.norm_bf16(src + i, scale + i % TURN, bias + i % TURN, (uint16_t *)dst + i,
                              n - (int32_t)i);
}

const tn__rows tn__rows_avx2 = {
    .make_weights = tn__avx2_make_weights,
    .pack = tn__avx2_pack,
    .horizontal = tn__avx2_horizontal,
    .vertical = tn__avx2_vertical,
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
    .noise = tn__avx2_noise,
    .mixers = &tn__avx2_mixers,
};
