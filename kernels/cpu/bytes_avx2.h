/* SPDX-License-Identifier: MIT */
/* Loads and stores bytes of a row with AVX2. */
#ifndef TENCH_CPU_BYTES_AVX2_H
#define TENCH_CPU_BYTES_AVX2_H

#include <immintrin.h>
#include <stdint.h>

static inline __m256i load(const uint8_t *src)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)src);
}

static inline void store(uint8_t *dst, __m256i bytes)
{
    _mm256_storeu_si256((__m256i *)(void *)dst, bytes);
}

/* Loads 16 bytes at `low` and 16 at `high`. */
static inline __m256i load_lanes(const uint8_t *low, const uint8_t *high)
{
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)low)),
        _mm_loadu_si128((const __m128i *)(const void *)high), 1);
}

static inline void store_lanes(uint8_t *low, uint8_t *high, __m256i bytes)
{
    _mm_storeu_si128((__m128i *)(void *)low, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(void *)high, _mm256_extracti128_si256(bytes, 1));
}

/* Widens eight bytes to 32-bit numbers. */
static inline __m256i widen(const uint8_t *src)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)src));
}

#endif
