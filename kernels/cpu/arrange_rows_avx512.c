/* SPDX-License-Identifier: MIT */
/* Rearranges rows with AVX-512 and VBMI. */
#include "cpu/arrange_rows.h"
#include "cpu/bytes_avx512.h"

static void mirror(const uint8_t *src, uint8_t *dst, int32_t n)
{
    const __m512i step = _mm512_set_epi64(
        0x0001020304050607, 0x08090A0B0C0D0E0F, 0x1011121314151617, 0x18191A1B1C1D1E1F,
        0x2021222324252627, 0x28292A2B2C2D2E2F, 0x3031323334353637, 0x38393A3B3C3D3E3F);
    ptrdiff_t i = 0;
    for (; i + 64 <= n; i += 64)
        store(dst + i, 64, _mm512_permutexvar_epi8(step, _mm512_loadu_si512(src + n - i - 64)));
    const ptrdiff_t left = n - i; /* shorter than a vector, at the start of the source */
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

/* Source of byte i of an output: a byte of the first two inputs, numbered 0…127; or of the third,
 * where `third` has a bit. */
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

/* In three vectors of pixels, channel k has the bytes 3 i + k. */
#define CHANNEL_0(i) (3 * (i))
#define CHANNEL_1(i) (3 * (i) + 1)
#define CHANNEL_2(i) (3 * (i) + 2)
static const shuffle splits[3] = {
    {ALL_64(CHANNEL_0), ~UINT64_C(0) << 43},
    {ALL_64(CHANNEL_1), ~UINT64_C(0) << 43},
    {ALL_64(CHANNEL_2), ~UINT64_C(0) << 42},
};

/* Byte `at` belongs to pixel at / 3. If at is 3 i + 1, it comes from the second channel. */
#define PIXEL(at) ((at) / 3 + ((at) % 3 == 1 ? 64 : 0))
#define PART_0(i) PIXEL(i)
#define PART_1(i) PIXEL((i) + 64)
#define PART_2(i) PIXEL((i) + 128)
static const shuffle joins[3] = {
    {ALL_64(PART_0), 0x4924924924924924},
    {ALL_64(PART_1), 0x2492492492492492},
    {ALL_64(PART_2), 0x9249249249249249},
};

/* Bytes of one channel in two vectors, which the indices number 0…127. */
#define EVERY_2(i) (2 * (i)&127)
#define EVERY_4(i) (4 * (i)&127)
static const uint8_t every_2[64] = ALL_64(EVERY_2), every_4[64] = ALL_64(EVERY_4);

static void split2(const uint8_t *src, uint8_t *const dst[2], int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i += 64) {
        const uint8_t *const at = src + 2 * i;
        const ptrdiff_t left = 2 * (n - i);
        const __m512i a = load(at, left), b = load(at + 64, left > 64 ? left - 64 : 0);
        const __m512i first = _mm512_loadu_si512(every_2);
        for (int32_t k = 0; k < 2; k++) {
            const __m512i from = _mm512_add_epi8(first, _mm512_set1_epi8((int8_t)k));
            store(dst[k] + i, n - i, _mm512_permutex2var_epi8(a, from, b));
        }
    }
}

static void split4(const uint8_t *src, uint8_t *const dst[4], int32_t n)
{
    const __m512i first = _mm512_loadu_si512(every_4);
    for (ptrdiff_t i = 0; i < n; i += 64) {
        __m512i part[4];
        for (ptrdiff_t p = 0; p < 4; p++) {
            const ptrdiff_t left = 4 * (n - i) - 64 * p;
            part[p] = load(src + 4 * i + 64 * p, left > 0 ? left : 0);
        }
        for (int32_t k = 0; k < 4; k++) {
            const __m512i from = _mm512_add_epi8(first, _mm512_set1_epi8((int8_t)k));
            const __m512i low = _mm512_permutex2var_epi8(part[0], from, part[1]);
            const __m512i high = _mm512_permutex2var_epi8(part[2], from, part[3]);
            store(dst[k] + i, n - i, _mm512_mask_blend_epi8(~UINT64_C(0) << 32, low, high));
        }
    }
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

const tn__arrange_rows tn__arrange_rows_avx512 = {
    .mirror = mirror,
    .split2 = split2,
    .split4 = split4,
    .split3 = split3,
    .join3 = join3,
};
