/* SPDX-License-Identifier: MIT */
/* The two passes of a resize with AVX-512. A group has sixteen results, and one window of 64
 * pixels, or one for each eight results. VBMI picks any byte of both windows; VNNI adds products in
 * one step. See resample_tmpl.h. */
#include <immintrin.h>

#include "cpu/resample_rows.h"

typedef __m512i vec;
#define VEC(name) _mm512_##name
#include "cpu/vector_x86.h"

enum { GROUP = 16, WINDOW = 64, FEW = 1, MANY = 2 };

VEC_INLINE vec vec_load8(const uint8_t *from)
{
    return _mm512_loadu_si512(from);
}

VEC_INLINE vec vec_load32(const int32_t *from)
{
    return _mm512_load_si512(from);
}

VEC_INLINE vec vec_up32(vec a, int32_t shift)
{
    return _mm512_slli_epi32(a, (unsigned int)shift);
}

VEC_INLINE vec vec_down32(vec a, int32_t shift)
{
    return _mm512_srai_epi32(a, (unsigned int)shift);
}

/* sum + a.even * b.even + a.odd * b.odd, with 16-bit numbers. */
VEC_INLINE vec vec_add_products(vec sum, vec a, vec b)
{
    return _mm512_dpwssd_epi32(sum, a, b);
}

/* Widens 32 bytes to 16-bit numbers. */
VEC_INLINE vec vec_widen(const uint8_t *from)
{
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)from));
}

/* `one` is the window of the lower eight results, or of all; `other` is that of the upper eight. */
typedef struct vec_window {
    vec one, other;
} vec_window;

VEC_INLINE vec_window vec_load_window(const uint8_t *src, const int32_t *start, int32_t windows)
{
    const vec one = vec_load8(src + start[0]);
    return (vec_window){one, windows > FEW ? vec_load8(src + start[1]) : one};
}

/* Returns a number that tells vec_pick to bring bytes `at` and at + 1 of the result's window to the
 * low bytes of 16-bit numbers. */
VEC_INLINE int32_t vec_position(int32_t at, int32_t window)
{
    return 0x10000 + 0x10001 * (at + WINDOW * window);
}

/* Picks low bytes; the high bytes become zeros. */
VEC_INLINE vec vec_pick(vec_window window, vec positions, int32_t windows)
{
    const __mmask64 low_bytes = 0x5555555555555555u;
    if (windows == FEW)
        return _mm512_maskz_permutexvar_epi8(low_bytes, positions, window.one);
    return _mm512_maskz_permutex2var_epi8(low_bytes, window.one, positions, window.other);
}

VEC_INLINE void vec_store_first(uint8_t *to, int32_t n, vec bytes)
{
    if (n >= 64)
        _mm512_storeu_si512(to, bytes);
    else
        _mm512_mask_storeu_epi8(to, (UINT64_C(1) << n) - 1, bytes);
}

/* Stores sixteen results of each row. Each 128-bit lane of `bytes` holds four of every row. */
VEC_INLINE void vec_store_rows(uint8_t *const dst[4], int32_t x, int32_t n, vec bytes)
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i ordered = _mm512_permutexvar_epi32(order, bytes);
    const __mmask16 there = (__mmask16)(n >= 16 ? 0xFFFF : (1 << n) - 1);
    const __m128i pixels[4] = {
        _mm512_castsi512_si128(ordered), _mm512_extracti32x4_epi32(ordered, 1),
        _mm512_extracti32x4_epi32(ordered, 2), _mm512_extracti32x4_epi32(ordered, 3)};
    for (int32_t r = 0; r < 4; r++)
        if (n >= 16)
            _mm_storeu_si128((__m128i *)(void *)(dst[r] + x), pixels[r]);
        else
            _mm_mask_storeu_epi8(dst[r] + x, there, pixels[r]);
}

VEC_INLINE __m256i add_upper_half(vec a)
{
    return _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
}

/* Adds up the 32-bit numbers of each of four vectors. */
VEC_INLINE void vec_sum_each(const vec in[4], int32_t out[4])
{
    const __m256i ab = _mm256_hadd_epi32(add_upper_half(in[0]), add_upper_half(in[1]));
    const __m256i cd = _mm256_hadd_epi32(add_upper_half(in[2]), add_upper_half(in[3]));
    const __m256i sums = _mm256_hadd_epi32(ab, cd);
    _mm_storeu_si128((__m128i *)(void *)out, _mm_add_epi32(_mm256_castsi256_si128(sums),
                                                           _mm256_extracti128_si256(sums, 1)));
}

#include "cpu/resample_tmpl.h"

const tn__resample_rows tn__resample_rows_avx512 = {
    .make_weights = make_split_weights,
    .pack = pack_weights,
    .horizontal = run_horizontal,
    .vertical = run_vertical,
};
