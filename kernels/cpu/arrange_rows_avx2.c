/* SPDX-License-Identifier: MIT */
/* Rearranges rows with AVX2. The last pixels, too few for a vector, are left to plain C. */
#include <stddef.h>

#include "cpu/arrange_rows.h"
#include "cpu/bytes_avx2.h"

static void mirror(const uint8_t *src, uint8_t *dst, int32_t n)
{
    const __m256i reverse = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const __m256i lanes = _mm256_shuffle_epi8(load(src + n - i - 32), reverse);
        store(dst + i, _mm256_permute4x64_epi64(lanes, 0x4E));
    }
    tn__arrange_rows_scalar.mirror(src, dst + i, n - (int32_t)i);
}

static void split2(const uint8_t *src, uint8_t *const dst[2], int32_t n)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const uint8_t *const at = src + 2 * i;
        const __m256i a = _mm256_shuffle_epi8(load_lanes(at, at + 32), order);
        const __m256i b = _mm256_shuffle_epi8(load_lanes(at + 16, at + 48), order);
        store(dst[0] + i, _mm256_unpacklo_epi64(a, b));
        store(dst[1] + i, _mm256_unpackhi_epi64(a, b));
    }
    uint8_t *const rest[2] = {dst[0] + i, dst[1] + i};
    tn__arrange_rows_scalar.split2(src + 2 * i, rest, n - (int32_t)i);
}

/* A shuffle sorts the bytes of four pixels by channel; unpacking sorts groups of four. */
static void split4(const uint8_t *src, uint8_t *const dst[4], int32_t n)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        const uint8_t *const at = src + 4 * i;
        __m256i part[4];
        for (ptrdiff_t k = 0; k < 4; k++)
            part[k] = _mm256_shuffle_epi8(load_lanes(at + 16 * k, at + 64 + 16 * k), order);
        const __m256i low_first = _mm256_unpacklo_epi32(part[0], part[1]),
                      low_last = _mm256_unpacklo_epi32(part[2], part[3]),
                      high_first = _mm256_unpackhi_epi32(part[0], part[1]),
                      high_last = _mm256_unpackhi_epi32(part[2], part[3]);
        store(dst[0] + i, _mm256_unpacklo_epi64(low_first, low_last));
        store(dst[1] + i, _mm256_unpackhi_epi64(low_first, low_last));
        store(dst[2] + i, _mm256_unpacklo_epi64(high_first, high_last));
        store(dst[3] + i, _mm256_unpackhi_epi64(high_first, high_last));
    }
    uint8_t *const rest[4] = {dst[0] + i, dst[1] + i, dst[2] + i, dst[3] + i};
    tn__arrange_rows_scalar.split4(src + 4 * i, rest, n - (int32_t)i);
}

/* Three registers hold 48 bytes. Byte i of each belongs to another channel: which[k] marks the
 * bytes i with i mod 3 = k. */
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
    tn__arrange_rows_scalar.split3(src + 3 * i, rest, n - (int32_t)i);
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
    tn__arrange_rows_scalar.join3(rest, dst + 3 * i, n - (int32_t)i);
}

const tn__arrange_rows tn__arrange_rows_avx2 = {
    .mirror = mirror,
    .split2 = split2,
    .split4 = split4,
    .split3 = split3,
    .join3 = join3,
};
