/* SPDX-License-Identifier: MIT */
/* Names vectors of 256 bits as the templates of JPEG decoding expect. */
#ifndef TENCH_JPEG_VECTOR_AVX2_H
#define TENCH_JPEG_VECTOR_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __m256i vec;
#define VEC(name) _mm256_##name
enum { VEC_BYTES = 32 };

#include "cpu/vector_x86.h"

VEC_INLINE vec vec_load(const uint8_t *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

VEC_INLINE void vec_store(uint8_t *to, vec a)
{
    _mm256_storeu_si256((__m256i *)(void *)to, a);
}

VEC_INLINE vec vec_load16(const int16_t *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

/* Repeats eight numbers. */
VEC_INLINE vec vec_repeat(const uint16_t *eight)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)eight));
}

VEC_INLINE vec vec_zero(void)
{
    return _mm256_setzero_si256();
}

/* True if any number has any of these bits set. */
VEC_INLINE bool vec_any16(vec a, int32_t bits)
{
    return !_mm256_testz_si256(a, vec_set16(bits));
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}

VEC_INLINE vec vec_down32(vec a, int32_t shift)
{
    return _mm256_srai_epi32(a, shift);
}

VEC_INLINE vec vec_down16(vec a, int32_t shift)
{
    return _mm256_srai_epi16(a, shift);
}

VEC_INLINE vec vec_up16(vec a, int32_t shift)
{
    return _mm256_slli_epi16(a, shift);
}

/* Restore the order after vec_low8 and vec_high8: the first and the second half. */
VEC_INLINE vec vec_first(vec low, vec high)
{
    return _mm256_permute2x128_si256(low, high, 0x20);
}

VEC_INLINE vec vec_second(vec low, vec high)
{
    return _mm256_permute2x128_si256(low, high, 0x31);
}

/* Stores two rows of signed 16-bit samples as two rows of bytes. */
VEC_INLINE void vec_store_samples(vec a, vec b, uint8_t *samples, ptrdiff_t stride)
{
    const __m256i ordered = _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8);
    const __m256i bytes = _mm256_xor_si256(ordered, _mm256_set1_epi8((int8_t)-128));
    _mm_storeu_si128((__m128i *)(void *)samples, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(void *)(samples + stride), _mm256_extracti128_si256(bytes, 1));
}

#endif
