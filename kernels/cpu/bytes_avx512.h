/* SPDX-License-Identifier: MIT */
/* Loads and stores bytes of a row with AVX-512. Masks cover the last pixels of a row, so no access
 * goes past them. `n` counts the elements from the address on. */
#ifndef TENCH_CPU_BYTES_AVX512_H
#define TENCH_CPU_BYTES_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

static inline __mmask64 first_of_64(ptrdiff_t n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

static inline __mmask16 first_of_16(ptrdiff_t n)
{
    return (__mmask16)(n >= 16 ? 0xFFFF : (1 << n) - 1);
}

static inline __m512i load(const uint8_t *src, ptrdiff_t n)
{
    return n >= 64 ? _mm512_loadu_si512(src) : _mm512_maskz_loadu_epi8(first_of_64(n), src);
}

/* A store without a mask is faster. */
static inline void store(uint8_t *dst, ptrdiff_t n, __m512i bytes)
{
    if (n >= 64)
        _mm512_storeu_si512(dst, bytes);
    else
        _mm512_mask_storeu_epi8(dst, first_of_64(n), bytes);
}

/* Widens sixteen bytes to 32-bit numbers. */
static inline __m512i widen(const uint8_t *src, ptrdiff_t n)
{
    return _mm512_cvtepu8_epi32(n >= 16 ? _mm_loadu_si128((const __m128i *)(const void *)src)
                                        : _mm_maskz_loadu_epi8(first_of_16(n), src));
}

#endif
