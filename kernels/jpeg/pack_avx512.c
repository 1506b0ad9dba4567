/* SPDX-License-Identifier: MIT */
/* Packed blocks with AVX-512 and VBMI2. See pack.h.
 *
 * One multi-shift and one table lookup turn a class of values into bytes. Expanding moves append
 * each class to the one before, and put all values into their places in the order. Two blocks at
 * once are put in natural order, so that the transform finds rows of four blocks and nothing passes
 * through memory. */
#include "jpeg/pack.h"

#include <string.h>

#include "jpeg/vector_avx512.h"

#include "jpeg/idct_tmpl.h"

/* Vectors that the loop keeps in registers. */
typedef struct constants {
    vec nibble_shifts, nibble_values, crumb_shifts, crumb_values;
    vec upper, lower;
} constants;

/* The lookup reads six bits. The upper ones belong to other numbers, so the table repeats its
 * sixteen or four values. */
VEC_INLINE constants make_constants(const tn__pack_order *order)
{
    /* Rows 0…3 and 4…7 of two blocks. The blocks' rows alternate; places of the second block count
     * from 64. */
    const vec place = _mm512_loadu_si512(order->place);
    const vec second = _mm512_setr_epi64(0, 0x4040404040404040, 0, 0x4040404040404040, 0,
                                         0x4040404040404040, 0, 0x4040404040404040);
    const vec upper = _mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3);
    const vec lower = _mm512_setr_epi64(4, 4, 5, 5, 6, 6, 7, 7);
    const __m128i nibbles = _mm_setr_epi8(-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8);
    return (constants){
        .nibble_shifts = _mm512_set1_epi64(0x1c1814100c080400),
        .nibble_values = _mm512_broadcast_i32x4(nibbles),
        .crumb_shifts = _mm512_set1_epi64(0x0e0c0a0806040200),
        .crumb_values = _mm512_set1_epi32(0x0201fffe),
        .upper = vec_or(_mm512_permutexvar_epi64(upper, place), second),
        .lower = vec_or(_mm512_permutexvar_epi64(lower, place), second),
    };
}

VEC_INLINE uint64_t load_64(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

VEC_INLINE uint64_t lowest(uint64_t word, uint32_t n_bits)
{
    return _bzhi_u64(word, n_bits);
}

/* Turns 32 bytes into the values of 64 nibbles, and 16 bytes into those of 64 crumbs. */
VEC_INLINE vec load_nibbles(const uint8_t *at, const constants *k)
{
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    const vec codes = _mm512_multishift_epi64_epi8(k->nibble_shifts, _mm512_cvtepu32_epi64(bytes));
    return _mm512_permutexvar_epi8(codes, k->nibble_values);
}

VEC_INLINE vec load_crumbs(const uint8_t *at, const constants *k)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    const vec codes = _mm512_multishift_epi64_epi8(k->crumb_shifts, _mm512_cvtepu16_epi64(bytes));
    return _mm512_permutexvar_epi8(codes, k->crumb_values);
}

/* Returns the values of a block as bytes, in their order. */
VEC_INLINE vec load_values(const uint8_t *at, uint32_t shape, bool small, const constants *k)
{
    const uint32_t n_bytes = tn__pack_n_bytes[shape >> 4 & 15];
    const uint8_t *const nibbles = at + n_bytes;
    vec values = _mm512_loadu_si512(at);
    values =
        _mm512_mask_expand_epi8(values, ~lowest(~UINT64_C(0), n_bytes), load_nibbles(nibbles, k));
    if (small) {
        const uint32_t n_nibbles = tn__pack_n_nibbles[shape >> 8 & 15];
        const vec crumbs = load_crumbs(nibbles + (n_nibbles + 1) / 2, k);
        values =
            _mm512_mask_expand_epi8(values, ~lowest(~UINT64_C(0), n_bytes + n_nibbles), crumbs);
    }
    return values;
}

/* Returns the lower bytes of a block by place. */
VEC_INLINE vec load_block(const uint8_t *at, uint32_t shape, bool small, const constants *k)
{
    const uint32_t mask_bytes = shape & 15;
    const uint64_t mask = lowest(load_64(at), 8 * mask_bytes) << 1;
    return _mm512_maskz_expand_epi8(mask, load_values(at + mask_bytes, shape, small, k));
}

/* Returns the lower and the upper bytes of a block that may have values of 16 bits. */
VEC_INLINE vec load_wide_block(const uint8_t *at, uint32_t shape, bool small, const constants *k,
                               vec *upper)
{
    const uint32_t code = shape & 15;
    const uint32_t mask_bytes = code < TN__PACK_WIDE ? code : code - TN__PACK_WIDE + 2;
    const uint64_t mask = lowest(load_64(at), 8 * mask_bytes) << 1;
    uint32_t n_high = 0;
    at += mask_bytes;
    if (code >= TN__PACK_WIDE)
        n_high = *at++ & 63;
    const vec values = load_values(at + n_high, shape, small, k);
    const vec signs = _mm512_movm_epi8(_mm512_movepi8_mask(values));
    const vec high =
        _mm512_mask_mov_epi8(signs, lowest(~UINT64_C(0), n_high), _mm512_loadu_si512(at));
    *upper = _mm512_maskz_expand_epi8(mask, high);
    return _mm512_maskz_expand_epi8(mask, values);
}

/* Four blocks: their fixed parts, and their places. */
typedef struct quad {
    uint32_t shape[4];
    const uint8_t *at[4];
    uint64_t dc; /* four times 16 bits */
} quad;

/* Rows 0…3 or 4…7 of four blocks as bytes, two rows in a vector. */
typedef struct row_pairs {
    vec first, second;
} row_pairs;

VEC_INLINE row_pairs order_rows(vec b0, vec b1, vec b2, vec b3, vec order)
{
    const vec left = _mm512_permutex2var_epi8(b0, order, b1);
    const vec right = _mm512_permutex2var_epi8(b2, order, b3);
    return (row_pairs){
        _mm512_permutex2var_epi64(left, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), right),
        _mm512_permutex2var_epi64(left, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), right)};
}

VEC_INLINE vec signed_half(vec bytes, int half)
{
    return _mm512_cvtepi8_epi16(half ? _mm512_extracti64x4_epi64(bytes, 1)
                                     : _mm512_castsi512_si256(bytes));
}

/* Joins lower bytes and upper bytes to 16-bit numbers. */
VEC_INLINE vec joined_half(vec low, vec high, int half)
{
    const __m256i l = half ? _mm512_extracti64x4_epi64(low, 1) : _mm512_castsi512_si256(low);
    const __m256i h = half ? _mm512_extracti64x4_epi64(high, 1) : _mm512_castsi512_si256(high);
    return vec_or(_mm512_cvtepu8_epi16(l), vec_up16(_mm512_cvtepu8_epi16(h), 8));
}

/* Puts the DC coefficients at the start of the first row. */
VEC_INLINE vec with_dc(vec row, uint64_t dc)
{
    const vec places = _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0);
    const __mmask32 heads = 0x01010101;
    return _mm512_mask_permutexvar_epi16(row, heads, places,
                                         _mm512_castsi128_si512(_mm_cvtsi64_si128((int64_t)dc)));
}

VEC_INLINE idct_rows load_quad(const quad *q, bool small, const constants *k)
{
    const vec b0 = load_block(q->at[0], q->shape[0], small, k);
    const vec b1 = load_block(q->at[1], q->shape[1], small, k);
    const vec b2 = load_block(q->at[2], q->shape[2], small, k);
    const vec b3 = load_block(q->at[3], q->shape[3], small, k);
    const row_pairs u = order_rows(b0, b1, b2, b3, k->upper);
    const row_pairs l = order_rows(b0, b1, b2, b3, k->lower);
    return (idct_rows){with_dc(signed_half(u.first, 0), q->dc),
                       signed_half(u.first, 1),
                       signed_half(u.second, 0),
                       signed_half(u.second, 1),
                       signed_half(l.first, 0),
                       signed_half(l.first, 1),
                       signed_half(l.second, 0),
                       signed_half(l.second, 1)};
}

/* A rare case: at least one block has values of 16 bits. */
__attribute__((noinline)) static idct_rows load_wide_quad(const quad *q, bool small,
                                                          const constants *k)
{
    vec b[4], h[4];
    for (int i = 0; i < 4; i++)
        b[i] = load_wide_block(q->at[i], q->shape[i], small, k, &h[i]);
    const row_pairs u = order_rows(b[0], b[1], b[2], b[3], k->upper);
    const row_pairs l = order_rows(b[0], b[1], b[2], b[3], k->lower);
    const row_pairs uh = order_rows(h[0], h[1], h[2], h[3], k->upper);
    const row_pairs lh = order_rows(h[0], h[1], h[2], h[3], k->lower);
    return (idct_rows){with_dc(joined_half(u.first, uh.first, 0), q->dc),
                       joined_half(u.first, uh.first, 1),
                       joined_half(u.second, uh.second, 0),
                       joined_half(u.second, uh.second, 1),
                       joined_half(l.first, lh.first, 0),
                       joined_half(l.first, lh.first, 1),
                       joined_half(l.second, lh.second, 0),
                       joined_half(l.second, lh.second, 1)};
}

/* Sizes, shapes and DC coefficients of four blocks, as they are stored. */
typedef struct apart {
    uint32_t size;  /* four times 8 bits */
    uint64_t shape; /* four times 8 or 16 bits */
    uint64_t dc;    /* four times 16 bits */
} apart;

VEC_INLINE uint32_t load_32(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Joins the upper nibbles of shapes and the lower bytes to signed 16-bit numbers. */
VEC_INLINE uint64_t join_dc(uint64_t shape, uint32_t low)
{
    const __m128i upper = _mm_srai_epi16(
        _mm_and_si128(_mm_cvtsi64_si128((int64_t)shape), _mm_set1_epi16((int16_t)0xf000)), 4);
    const __m128i lower = _mm_cvtepu8_epi16(_mm_cvtsi32_si128((int32_t)low));
    return (uint64_t)_mm_cvtsi128_si64(_mm_or_si128(upper, lower));
}

VEC_INLINE apart load_apart(const tn__pack_row *row, int32_t block, bool small)
{
    apart four = {.size = load_32(row->size + block)};
    if (small) {
        four.shape = load_64(row->shape + (ptrdiff_t)2 * block);
        four.dc = join_dc(four.shape, load_32(row->dc + block));
    } else {
        four.shape = load_32(row->shape + block);
        four.dc = load_64(row->dc + (ptrdiff_t)2 * block);
    }
    return four;
}

/* Keeps the first n of four blocks: past the end of a row the bytes mean something else. */
VEC_INLINE apart keep_first(apart four, int32_t n, bool small)
{
    const uint32_t blocks = (uint32_t)(n > 0 ? n : 0);
    four.size = (uint32_t)lowest(four.size, 8 * blocks);
    four.shape = lowest(four.shape, (small ? 16 : 8) * blocks);
    four.dc = lowest(four.dc, 16 * blocks);
    return four;
}

/* True if a shape's lowest nibble is 9 or more. */
VEC_INLINE bool has_wide(uint64_t shape, bool small)
{
    const uint64_t ones = small ? 0x0001000100010001 : 0x01010101;
    return ((((shape & ones * 15) + ones * (16 - TN__PACK_WIDE))) & ones * 16) != 0;
}

VEC_INLINE quad find_quad(apart four, const uint8_t **at, bool small)
{
    quad q = {.dc = four.dc};
    for (int i = 0; i < 4; i++) {
        q.shape[i] = (uint32_t)(four.shape >> (i * (small ? 16 : 8))) & (small ? 0xffff : 0xff);
        q.at[i] = *at;
        *at += four.size >> (8 * i) & 255;
    }
    return q;
}

VEC_INLINE void decode_as(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                          const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride, bool small)
{
    const constants k = make_constants(row->order);
    const idct_rows steps = idct_quantiser(quantiser);
    for (int32_t group = 0; group < n; group++) {
        const int32_t block = first + TN__JPEG_GROUP * group, left = row->n - block;
        apart four = {0};
        if (left > 0)
            four = load_apart(row, block, small);
        if (left < TN__JPEG_GROUP)
            four = keep_first(four, left, small);
        const quad q = find_quad(four, &at, small);
        idct_rows rows;
        if (__builtin_expect(has_wide(four.shape, small), 0))
            rows = load_wide_quad(&q, small, &k);
        else
            rows = load_quad(&q, small, &k);
        idct_registers(rows, steps, quantiser, samples, stride);
        samples += TN__JPEG_GROUP_W;
    }
}

static void decode(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                   const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride)
{
    if (row->layout == TN__PACK_SMALL)
        decode_as(row, at, first, n, quantiser, samples, stride, true);
    else
        decode_as(row, at, first, n, quantiser, samples, stride, false);
}

/* A mask keeps the last load inside the sizes. */
static size_t sum(const uint8_t *sizes, int32_t n)
{
    vec all = vec_zero();
    for (int32_t i = 0; i < n; i += 64) {
        const __mmask64 there = lowest(~UINT64_C(0), (uint32_t)(n - i < 64 ? n - i : 64));
        all = _mm512_add_epi64(
            all, _mm512_sad_epu8(_mm512_maskz_loadu_epi8(there, sizes + i), vec_zero()));
    }
    return (size_t)_mm512_reduce_add_epi64(all);
}

const tn__pack_kernels tn__pack_avx512 = {.sum = sum, .decode = decode};
