/* SPDX-License-Identifier: MIT */
/* The two passes of a resize with AVX2. A group has eight results, and windows of 16 pixels for
 * each four or two of them. See resample_tmpl.h. */
#include <immintrin.h>
#include <string.h>

#include "cpu/bytes_avx2.h"
#include "cpu/resample_rows.h"

typedef __m256i vec;
#define VEC(name) _mm256_##name
#include "cpu/vector_x86.h"

enum { GROUP = 8, WINDOW = 16, FEW = 2, MANY = 4 };

VEC_INLINE vec vec_load8(const uint8_t *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

VEC_INLINE vec vec_load32(const int32_t *from)
{
    return _mm256_load_si256((const __m256i *)(const void *)from);
}

VEC_INLINE vec vec_up32(vec a, int32_t shift)
{
    return _mm256_slli_epi32(a, shift);
}

VEC_INLINE vec vec_down32(vec a, int32_t shift)
{
    return _mm256_srai_epi32(a, shift);
}

/* sum + a.even * b.even + a.odd * b.odd, with 16-bit numbers. */
VEC_INLINE vec vec_add_products(vec sum, vec a, vec b)
{
    return vec_add32(sum, vec_multiply_add(a, b));
}

/* Widens sixteen bytes to 16-bit numbers. */
VEC_INLINE vec vec_widen(const uint8_t *from)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)from));
}

/* Two windows: `one` holds those of the lower and the upper four results. Four windows: `other`
 * holds those of the upper two of each four. */
typedef struct vec_window {
    vec one, other;
} vec_window;

VEC_INLINE vec_window vec_load_window(const uint8_t *src, const int32_t *start, int32_t windows)
{
    const vec one = load_lanes(src + start[0], src + start[windows / 2]);
    return (vec_window){one, windows > FEW ? load_lanes(src + start[1], src + start[3])
                                           : _mm256_setzero_si256()};
}

/* Returns a number that tells vec_pick to bring bytes `at` and at + 1 of the result's window to the
 * low bytes of 16-bit numbers, and zeros to the high bytes. */
VEC_INLINE int32_t vec_position(int32_t at, int32_t window)
{
    (void)window;
    return (int32_t)(0x80018000u + 0x10001u * (uint32_t)at);
}

VEC_INLINE vec vec_pick(vec_window window, vec positions, int32_t windows)
{
    if (windows == FEW)
        return _mm256_shuffle_epi8(window.one, positions);
    return _mm256_blend_epi32(_mm256_shuffle_epi8(window.one, positions),
                              _mm256_shuffle_epi8(window.other, positions), 0xCC);
}

VEC_INLINE void vec_store_first(uint8_t *to, int32_t n, vec bytes)
{
    if (n >= 32) {
        _mm256_storeu_si256((__m256i *)(void *)to, bytes);
        return;
    }
    uint8_t rest[32];
    _mm256_storeu_si256((__m256i *)(void *)rest, bytes);
    memcpy(to, rest, (size_t)n);
}

/* Stores eight results of each row. Each 128-bit lane of `bytes` holds four of every row. */
VEC_INLINE void vec_store_rows(uint8_t *const dst[4], int32_t x, int32_t n, vec bytes)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    uint64_t pixels[4];
    _mm256_storeu_si256((__m256i *)(void *)pixels, _mm256_permutevar8x32_epi32(bytes, order));
    for (int32_t r = 0; r < 4; r++)
        if (n >= 8)
            memcpy(dst[r] + x, &pixels[r], 8);
        else
            memcpy(dst[r] + x, &pixels[r], (size_t)n);
}

/* Adds up the 32-bit numbers of each of four vectors. */
VEC_INLINE void vec_sum_each(const vec in[4], int32_t out[4])
{
    const __m256i halfway =
        _mm256_hadd_epi32(_mm256_hadd_epi32(in[0], in[1]), _mm256_hadd_epi32(in[2], in[3]));
    const __m128i sums =
        _mm_add_epi32(_mm256_castsi256_si128(halfway), _mm256_extracti128_si256(halfway, 1));
    _mm_storeu_si128((__m128i *)(void *)out, sums);
}

#include "cpu/resample_tmpl.h"

const tn__resample_rows tn__resample_rows_avx2 = {
    .make_weights = make_split_weights,
    .pack = pack_weights,
    .horizontal = run_horizontal,
    .vertical = run_vertical,
};
