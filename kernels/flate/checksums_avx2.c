/* SPDX-License-Identifier: MIT */
/* Checksums of file formats with AVX2 and carry-less multiplication. See checksums.h. */
#include "flate/checksums.h"

#include <immintrin.h>

enum { ADLER_BASE = 65521 };
/* Bytes between two divisions: a multiple of 32, and sums then stay below 2^32. */
enum { ADLER_RUN = 5536 };

static __m256i load_256(const uint8_t *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static __m128i load_128(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static uint32_t sum_of(__m256i numbers)
{
    __m128i sum =
        _mm_add_epi32(_mm256_castsi256_si128(numbers), _mm256_extracti128_si256(numbers, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
    return (uint32_t)_mm_cvtsi128_si32(sum);
}

/* Adds n bytes, a multiple of 32 and at most ADLER_RUN, to both sums. A byte counts in `b` once
 * for itself, and once for each byte after it. */
static void adler_run(const uint8_t *bytes, size_t n, uint32_t *a, uint32_t *b)
{
    const __m256i weights =
        _mm256_setr_epi8(32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14,
                         13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
    const __m256i ones = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
    __m256i sum = zero, before = zero, weighted = zero;
    *b += *a * (uint32_t)n;
    for (const uint8_t *const end = bytes + n; bytes < end; bytes += 32) {
        const __m256i block = load_256(bytes);
        before = _mm256_add_epi32(before, sum);
        sum = _mm256_add_epi32(sum, _mm256_sad_epu8(block, zero));
        weighted = _mm256_add_epi32(weighted,
                                    _mm256_madd_epi16(_mm256_maddubs_epi16(block, weights), ones));
    }
    *a += sum_of(sum);
    *b += sum_of(_mm256_add_epi32(_mm256_slli_epi32(before, 5), weighted));
}

static uint32_t adler32(uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    uint32_t a = sum & 0xffff, b = sum >> 16;
    while (n_bytes >= 32) {
        const size_t n = n_bytes < ADLER_RUN ? n_bytes & ~(size_t)31 : ADLER_RUN;
        adler_run(bytes, n, &a, &b);
        a %= ADLER_BASE;
        b %= ADLER_BASE;
        bytes += n;
        n_bytes -= n;
    }
    return tn__flate_sums_scalar.adler32(b << 16 | a, bytes, n_bytes);
}

/* What carries 128 bits of a message over 512 and over 128 bits: remainders of x^(n + 32) and
 * x^(n - 32), with the bits in the order of the message, times x. */
typedef struct fold {
    uint64_t by_512[2], by_128[2];
} fold;

static const fold crc32_fold = {{0x154442bd4, 0x1c6e41596}, {0x1751997d0, 0x0ccaa009e}};
static const fold crc32c_fold = {{0x0740eef02, 0x09e4addf8}, {0x0f20c0dfe, 0x14cd00bd6}};

static __m128i carry(__m128i bits, __m128i over, __m128i next)
{
    const __m128i low = _mm_clmulepi64_si128(bits, over, 0x00);
    const __m128i high = _mm_clmulepi64_si128(bits, over, 0x11);
    return _mm_xor_si128(next, _mm_xor_si128(low, high));
}

static __m128i factors(const uint64_t pair[2])
{
    return _mm_set_epi64x((long long)pair[1], (long long)pair[0]);
}

/* Returns 16 bytes that have the same remainder as n bytes, a multiple of 64, that begin with
 * `sum`. */
static __m128i fold_blocks(const fold *by, uint32_t sum, const uint8_t *bytes, size_t n)
{
    const __m128i far = factors(by->by_512), near = factors(by->by_128);
    __m128i part[4];
    for (int k = 0; k < 4; k++)
        part[k] = load_128(bytes + 16 * k);
    part[0] = _mm_xor_si128(part[0], _mm_cvtsi32_si128((int)~sum));
    for (size_t at = 64; at < n; at += 64)
        for (int k = 0; k < 4; k++)
            part[k] = carry(part[k], far, load_128(bytes + at + 16 * (size_t)k));
    for (int k = 1; k < 4; k++)
        part[k] = carry(part[k - 1], near, part[k]);
    return part[3];
}

typedef uint32_t crc_fn(uint32_t sum, const uint8_t *bytes, size_t n_bytes);

static uint32_t crc_of(const fold *by, crc_fn *scalar, uint32_t sum, const uint8_t *bytes,
                       size_t n_bytes)
{
    const size_t n = n_bytes & ~(size_t)63;
    if (n > 0) {
        uint8_t rest[16];
        _mm_storeu_si128((__m128i *)(void *)rest, fold_blocks(by, sum, bytes, n));
        sum = scalar(UINT32_MAX, rest, sizeof rest); /* inverted, it begins at 0 */
    }
    return scalar(sum, bytes + n, n_bytes - n);
}

static uint32_t crc32(uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    return crc_of(&crc32_fold, tn__flate_sums_scalar.crc32, sum, bytes, n_bytes);
}

static uint32_t crc32c(uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    return crc_of(&crc32c_fold, tn__flate_sums_scalar.crc32c, sum, bytes, n_bytes);
}

const tn__flate_sums tn__flate_sums_avx2 = {adler32, crc32, crc32c};
