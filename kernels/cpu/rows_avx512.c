/* SPDX-License-Identifier: MIT */
/* Row functions for AVX-512 with VBMI. Masks take the last pixels of a row: what is not there is
 * neither loaded nor stored. */
#include "cpu/rows_avx512.h"

#include <immintrin.h>

#define INLINE __attribute__((always_inline)) static inline

/* The first n of 64 bytes; all of them where there are more. */
static __mmask64 first_of_64(ptrdiff_t n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

static __mmask16 first_of_16(ptrdiff_t n)
{
    return (__mmask16)(n >= 16 ? 0xFFFF : (1 << n) - 1);
}

/* Whole vectors are stored without a mask, which is faster. */
static void store(uint8_t *dst, ptrdiff_t n, __m512i bytes)
{
    if (n >= 64)
        _mm512_storeu_si512(dst, bytes);
    else
        _mm512_mask_storeu_epi8(dst, first_of_64(n), bytes);
}

static void mirror(const uint8_t *src, uint8_t *dst, int32_t n)
{
    const __m512i step = _mm512_set_epi64(
        0x0001020304050607, 0x08090A0B0C0D0E0F, 0x1011121314151617, 0x18191A1B1C1D1E1F,
        0x2021222324252627, 0x28292A2B2C2D2E2F, 0x3031323334353637, 0x38393A3B3C3D3E3F);
    ptrdiff_t i = 0;
    for (; i + 64 <= n; i += 64)
        store(dst + i, 64, _mm512_permutexvar_epi8(step, _mm512_loadu_si512(src + n - i - 64)));
    const ptrdiff_t left = n - i; /* of the source's front, and shorter than a vector */
    const __m512i back = _mm512_sub_epi8(step, _mm512_set1_epi8((int8_t)(64 - left)));
    if (left > 0)
        store(dst + i, left,
              _mm512_permutexvar_epi8(back, _mm512_maskz_loadu_epi8(first_of_64(left), src)));
}

/* f(i), f(i + 1), … for tables of 64 bytes. */
#define FOUR(f, i)    f(i), f((i) + 1), f((i) + 2), f((i) + 3)
#define SIXTEEN(f, i) FOUR(f, i), FOUR(f, (i) + 4), FOUR(f, (i) + 8), FOUR(f, (i) + 12)
#define ALL_64(f)                                                                                  \
    {                                                                                              \
        SIXTEEN(f, 0), SIXTEEN(f, 16), SIXTEEN(f, 32), SIXTEEN(f, 48)                              \
    }

/* Where byte i of an output comes from: a byte of the first two inputs, which take the numbers
 * 0…127, or, where `third` has a bit, of the third. */
typedef struct shuffle {
    uint8_t from[64];
    uint64_t third;
} shuffle;

static __m512i pick(const shuffle *how, __m512i a, __m512i b, __m512i c)
{
    const __m512i from = _mm512_loadu_si512(how->from);
    const __m512i ab = _mm512_permutex2var_epi8(a, from, b);
    return _mm512_mask_permutexvar_epi8(ab, how->third, from, c);
}

/* Of three vectors of pixels, channel k has the bytes 3 i + k. */
#define CHANNEL_0(i) (3 * (i))
#define CHANNEL_1(i) (3 * (i) + 1)
#define CHANNEL_2(i) (3 * (i) + 2)
static const shuffle splits[3] = {
    {ALL_64(CHANNEL_0), ~UINT64_C(0) << 43},
    {ALL_64(CHANNEL_1), ~UINT64_C(0) << 43},
    {ALL_64(CHANNEL_2), ~UINT64_C(0) << 42},
};

/* Byte `at` of the pixels belongs to pixel at / 3, and is the second channel's after 3 i. */
#define PIXEL(at) ((at) / 3 + ((at) % 3 == 1 ? 64 : 0))
#define PART_0(i) PIXEL(i)
#define PART_1(i) PIXEL((i) + 64)
#define PART_2(i) PIXEL((i) + 128)
static const shuffle joins[3] = {
    {ALL_64(PART_0), 0x4924924924924924},
    {ALL_64(PART_1), 0x2492492492492492},
    {ALL_64(PART_2), 0x9249249249249249},
};

static __m512i load(const uint8_t *src, ptrdiff_t n)
{
    return n >= 64 ? _mm512_loadu_si512(src) : _mm512_maskz_loadu_epi8(first_of_64(n), src);
}

static void split3(const uint8_t *src, uint8_t *const dst[3], int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += 64) {
        const uint8_t *const at = src + 3 * i;
        const ptrdiff_t left = 3 * (n - i);
        const __m512i a = load(at, left), b = load(at + 64, left > 64 ? left - 64 : 0);
        const __m512i c = load(at + 128, left > 128 ? left - 128 : 0);
        for (int32_t k = 0; k < 3; k++)
            store(dst[k] + i, n - i, pick(&splits[k], a, b, c));
    }
}

static void join3(const uint8_t *const src[3], uint8_t *dst, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += 64) {
        const __m512i r = load(src[0] + i, n - i), g = load(src[1] + i, n - i);
        const __m512i b = load(src[2] + i, n - i);
        for (ptrdiff_t part = 0; part < 3 && 3 * (n - i) > 64 * part; part++)
            store(dst + 3 * i + 64 * part, 3 * (n - i) - 64 * part, pick(&joins[part], r, g, b));
    }
}

/* Sixteen bytes as 32-bit numbers; of the last ones no more than there are is loaded. */
static __m512i widen(const uint8_t *src, ptrdiff_t n)
{
    return _mm512_cvtepu8_epi32(n >= 16 ? _mm_loadu_si128((const __m128i *)(const void *)src)
                                        : _mm_maskz_loadu_epi8(first_of_16(n), src));
}

/* Sixteen numbers, cut to 0…255. */
static void store_cut(uint8_t *dst, ptrdiff_t n, __m512i value)
{
    const __m512i low = _mm512_max_epi32(value, _mm512_setzero_si512());
    const __m128i bytes = _mm512_cvtusepi32_epi8(low);
    if (n >= 16)
        _mm_storeu_si128((__m128i *)(void *)dst, bytes);
    else
        _mm_mask_storeu_epi8(dst, first_of_16(n), bytes);
}

/* 38470, too large for 16 signed bits, is taken as twice 19235. */
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

/* The constants of one period in three vectors. */
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

/* To nearest even: half a unit less one, and one more where the kept part is odd. */
INLINE void store_bf16(void *row, ptrdiff_t at, ptrdiff_t n, __m512 value)
{
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7FFF));
    store_words((uint16_t *)row + at, n, _mm512_cvtepi32_epi16(_mm512_srli_epi32(sum, 16)));
}

/* Stores up to n numbers of a row, from number `at` on. */
typedef void put_fn(void *row, ptrdiff_t at, ptrdiff_t n, __m512 value);

/* Inlined with `put`, so that the loop calls nothing. */
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

const tn__rows tn__rows_avx512 = {
    .make_weights = tn__avx512_make_weights,
    .pack = tn__avx512_pack,
    .horizontal = tn__avx512_horizontal,
    .vertical = tn__avx512_vertical,
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
    .noise = tn__avx512_noise,
    .mixers = &tn__avx512_mixers,
};
