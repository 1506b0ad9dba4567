/* SPDX-License-Identifier: MIT */
/* Names vectors of 512 bits as the templates of JPEG decoding expect. */
#ifndef TENCH_JPEG_VECTOR_AVX512_H
#define TENCH_JPEG_VECTOR_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __m512i vec;
/* For shifts: the types of their intrinsics differ between compilers. */
typedef int16_t vec_i16 __attribute__((vector_size(64)));
#define VEC(name) _mm512_##name
enum { VEC_BYTES = 64 };

#include "cpu/vector_x86.h"

VEC_INLINE vec vec_load(const uint8_t *from)
{
    return _mm512_loadu_si512(from);
}

VEC_INLINE void vec_store(uint8_t *to, vec a)
{
    _mm512_storeu_si512(to, a);
}

VEC_INLINE vec vec_load16(const int16_t *from)
{
    return _mm512_loadu_si512(from);
}

/* Repeats eight numbers. */
VEC_INLINE vec vec_repeat(const uint16_t *eight)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)eight));
}

VEC_INLINE vec vec_zero(void)
{
    return _mm512_setzero_si512();
}

/* True if any number has any of these bits set. */
VEC_INLINE bool vec_any16(vec a, int32_t bits)
{
    return _mm512_test_epi16_mask(a, vec_set16(bits)) != 0;
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}

VEC_INLINE vec vec_down32(vec a, int32_t shift)
{
    return _mm512_srai_epi32(a, (unsigned int)shift);
}

VEC_INLINE vec vec_down16(vec a, int32_t shift)
{
    return (vec)((vec_i16)a >> (int16_t)shift);
}

VEC_INLINE vec vec_up16(vec a, int32_t shift)
{
    return (vec)((vec_i16)a << (int16_t)shift);
}

/* Restore the order after vec_low8 and vec_high8: the first and the second half. */
VEC_INLINE vec vec_first(vec low, vec high)
{
    return _mm512_permutex2var_epi64(low, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high);
}

VEC_INLINE vec vec_second(vec low, vec high)
{
    return _mm512_permutex2var_epi64(low, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), high);
}

/* Stores two rows of signed 16-bit samples as two rows of bytes. */
VEC_INLINE void vec_store_samples(vec a, vec b, uint8_t *samples, ptrdiff_t stride)
{
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    const __m512i ordered = _mm512_permutexvar_epi64(order, _mm512_packs_epi16(a, b));
    const __m512i bytes = _mm512_xor_si512(ordered, _mm512_set1_epi8((int8_t)-128));
    _mm256_storeu_si256((__m256i *)(void *)samples, _mm512_castsi512_si256(bytes));
    _mm256_storeu_si256((__m256i *)(void *)(samples + stride), _mm512_extracti64x4_epi64(bytes, 1));
}

#endif
