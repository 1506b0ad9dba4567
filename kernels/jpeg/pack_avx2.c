/* SPDX-License-Identifier: MIT */
/* Packed blocks with AVX2. See pack.h.
 *
 * The values of a block become bytes in a small buffer. Then eight coefficients at a time are
 * spread by a shuffle, which eight bits of the mask choose from a table. Registers put all places
 * in natural order, two blocks side by side for the transform. */
#include "jpeg/pack.h"

#include <string.h>

#include "jpeg/vector_avx2.h"

#include "jpeg/idct_tmpl.h"

/* For eight bits of a mask: where each coefficient's value is among the values of the eight. An
 * index of 128 and more gives 0. The compiler fills the table. */
#define BELOW(m, k) (__builtin_popcount((m) & ((1u << (k)) - 1)))
#define PLACE(m, k) ((uint64_t)((m) >> (k)&1 ? BELOW(m, k) : 128) << (8 * (k)))
#define SPREAD(m)                                                                                  \
    (PLACE(m, 0) | PLACE(m, 1) | PLACE(m, 2) | PLACE(m, 3) | PLACE(m, 4) | PLACE(m, 5) |           \
     PLACE(m, 6) | PLACE(m, 7))
#define SPREAD_4(m)  SPREAD((m) + 0u), SPREAD((m) + 1u), SPREAD((m) + 2u), SPREAD((m) + 3u)
#define SPREAD_16(m) SPREAD_4(m), SPREAD_4((m) + 4u), SPREAD_4((m) + 8u), SPREAD_4((m) + 12u)
#define SPREAD_64(m) SPREAD_16(m), SPREAD_16((m) + 16u), SPREAD_16((m) + 32u), SPREAD_16((m) + 48u)
static const uint64_t spread[256] = {SPREAD_64(0u), SPREAD_64(64u), SPREAD_64(128u),
                                     SPREAD_64(192u)};

/* Shuffle controls for natural rows 0…3 and 4…7, one for each 16 places. Bit 7 is set where a byte
 * comes from other places. */
typedef struct shuffles {
    vec upper[4], lower[4];
} shuffles;

/* A place of part p is 16 p + (0…15). Exclusive or maps these to 0…15 and all others to 16…63;
 * adding 112 then sets bit 7 of the latter alone. A shuffle looks at the lowest four bits of the
 * former. */
VEC_INLINE shuffles make_shuffles(const tn__pack_order *order)
{
    shuffles s;
    const vec upper = vec_load(order->place), lower = vec_load(order->place + 32);
    for (int32_t part = 0; part < 4; part++) {
        const vec base = vec_set8(16 * part), more = vec_set8(112);
        s.upper[part] = _mm256_add_epi8(_mm256_xor_si256(upper, base), more);
        s.lower[part] = _mm256_add_epi8(_mm256_xor_si256(lower, base), more);
    }
    return s;
}

VEC_INLINE uint64_t load_64(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Turns 16 bytes into the values of 32 nibbles, and 8 bytes into those of 32 crumbs. */
VEC_INLINE vec nibble_values(const uint8_t *at)
{
    const vec values = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8));
    const vec pairs = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)at));
    const vec codes = _mm256_and_si256(vec_or(pairs, _mm256_slli_epi16(pairs, 4)), vec_set8(15));
    return _mm256_shuffle_epi8(values, codes);
}

VEC_INLINE vec crumb_values(const uint8_t *at)
{
    const vec values = _mm256_set1_epi32(0x0201fffe);
    const vec fours = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)at));
    const vec twos = vec_or(fours, _mm256_slli_epi32(fours, 12));
    const vec codes = _mm256_and_si256(vec_or(twos, _mm256_slli_epi32(twos, 6)), vec_set8(3));
    return _mm256_shuffle_epi8(values, codes);
}

/* Size of the buffer: 126 values before the last class, and 64 of that class. */
enum { VALUES = 192 };

VEC_INLINE void write_values(const uint8_t *at, uint32_t shape, bool small, uint8_t values[VALUES])
{
    const uint32_t n_bytes = tn__pack_n_bytes[shape >> 4 & 15];
    vec_store(values, vec_load(at));
    if (n_bytes > 32)
        vec_store(values + 32, vec_load(at + 32));
    at += n_bytes;
    values += n_bytes;
    vec_store(values, nibble_values(at));
    vec_store(values + 32, nibble_values(at + 16));
    if (!small)
        return;
    const uint32_t n_nibbles = tn__pack_n_nibbles[shape >> 8 & 15];
    at += (n_nibbles + 1) / 2;
    values += n_nibbles;
    vec_store(values, crumb_values(at));
    vec_store(values + 32, crumb_values(at + 8));
}

/* Returns sixteen coefficients. The lower 16 bits of `mask` say which are not zero. */
VEC_INLINE __m128i spread_16(const uint8_t *values, uint32_t mask)
{
    const uint8_t *const rest = values + __builtin_popcount(mask & 255);
    const __m128i first =
        _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)(const void *)values),
                         _mm_loadl_epi64((const __m128i *)(const void *)&spread[mask & 255]));
    const __m128i second =
        _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)(const void *)rest),
                         _mm_loadl_epi64((const __m128i *)(const void *)&spread[mask >> 8 & 255]));
    return _mm_unpacklo_epi64(first, second);
}

/* Rows 0…3 and 4…7 of a block as bytes. */
typedef struct block_bytes {
    vec upper, lower;
} block_bytes;

VEC_INLINE void add_part(block_bytes *block, __m128i places, const shuffles *s, int part)
{
    const vec both = _mm256_broadcastsi128_si256(places);
    block->upper = vec_or(block->upper, _mm256_shuffle_epi8(both, s->upper[part]));
    block->lower = vec_or(block->lower, _mm256_shuffle_epi8(both, s->lower[part]));
}

/* Puts the values of a block into their places. */
VEC_INLINE block_bytes place_values(const uint8_t *values, uint64_t mask, const shuffles *s)
{
    block_bytes block = {vec_zero(), vec_zero()};
    add_part(&block, spread_16(values, (uint32_t)mask), s, 0);
    values += __builtin_popcount((uint32_t)mask & 0xffff);
    if (mask >> 16 != 0) {
        add_part(&block, spread_16(values, (uint32_t)mask >> 16), s, 1);
        values += __builtin_popcount((uint32_t)mask >> 16);
    }
    if (mask >> 32 != 0) {
        const uint32_t rest = (uint32_t)(mask >> 32);
        add_part(&block, spread_16(values, rest), s, 2);
        values += __builtin_popcount(rest & 0xffff);
        add_part(&block, spread_16(values, rest >> 16), s, 3);
    }
    return block;
}

VEC_INLINE uint64_t load_mask(const uint8_t *at, uint32_t n_bytes)
{
    return _bzhi_u64(load_64(at), 8 * n_bytes) << 1;
}

VEC_INLINE block_bytes load_block(const uint8_t *at, uint32_t shape, bool small, const shuffles *s)
{
    uint8_t values[VALUES];
    const uint64_t mask = load_mask(at, shape & 15);
    if (mask == 0)
        return (block_bytes){vec_zero(), vec_zero()};
    write_values(at + (shape & 15), shape, small, values);
    return place_values(values, mask, s);
}

/* Returns two rows of a block with 16 bits for each number. */
VEC_INLINE vec two_rows(vec bytes, int half)
{
    return _mm256_cvtepi8_epi16(half ? _mm256_extracti128_si256(bytes, 1)
                                     : _mm256_castsi256_si128(bytes));
}

/* Returns rows k and k + 1 of two blocks, from those rows of each. */
VEC_INLINE vec first_rows(vec a, vec b)
{
    return _mm256_permute2x128_si256(a, b, 0x20);
}

VEC_INLINE vec second_rows(vec a, vec b)
{
    return _mm256_permute2x128_si256(a, b, 0x31);
}

/* A block as rows, from values of 16 bits or of bytes. */
typedef struct block_rows {
    vec rows[4];
} block_rows;

VEC_INLINE block_rows widen(block_bytes block)
{
    return (block_rows){{two_rows(block.upper, 0), two_rows(block.upper, 1),
                         two_rows(block.lower, 0), two_rows(block.lower, 1)}};
}

VEC_INLINE vec join_two_rows(vec low, vec high, int half)
{
    const __m128i l = half ? _mm256_extracti128_si256(low, 1) : _mm256_castsi256_si128(low);
    const __m128i h = half ? _mm256_extracti128_si256(high, 1) : _mm256_castsi256_si128(high);
    return vec_or(_mm256_cvtepu8_epi16(l), _mm256_slli_epi16(_mm256_cvtepu8_epi16(h), 8));
}

/* Returns the upper bytes of 32 values from `first` on. The first n_high are stored; the others are
 * signs. */
VEC_INLINE vec upper_bytes(const uint8_t *values, const uint8_t *high, int32_t n_high,
                           int32_t first)
{
    static const int8_t count[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                     22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    const vec signs = _mm256_cmpgt_epi8(vec_zero(), vec_load(values + first));
    const vec there = _mm256_cmpgt_epi8(vec_set8(n_high - first), vec_load((const uint8_t *)count));
    return _mm256_blendv_epi8(signs, vec_load(high + first), there);
}

/* A rare case: values of 16 bits. */
__attribute__((noinline)) static block_rows load_wide_block(const uint8_t *at, uint32_t shape,
                                                            bool small, const shuffles *s)
{
    uint8_t values[VALUES], highs[VALUES];
    const uint32_t mask_bytes = (shape & 15) - TN__PACK_WIDE + 2;
    const uint64_t mask = load_mask(at, mask_bytes);
    const uint8_t *const high = at + mask_bytes + 1;
    const int32_t n_high = high[-1] & 63;
    write_values(high + n_high, shape, small, values);
    for (int32_t first = 0; first < 64; first += VEC_BYTES)
        vec_store(highs + first, upper_bytes(values, high, n_high, first));
    const block_bytes l = place_values(values, mask, s), h = place_values(highs, mask, s);
    return (block_rows){{join_two_rows(l.upper, h.upper, 0), join_two_rows(l.upper, h.upper, 1),
                         join_two_rows(l.lower, h.lower, 0), join_two_rows(l.lower, h.lower, 1)}};
}

VEC_INLINE uint32_t shape_of(const tn__pack_row *row, int32_t block, bool small)
{
    if (!small)
        return row->shape[block];
    uint16_t shape;
    memcpy(&shape, row->shape + (ptrdiff_t)2 * block, sizeof shape);
    return shape;
}

VEC_INLINE int32_t dc_of(const tn__pack_row *row, int32_t block, uint32_t shape, bool small)
{
    if (small)
        return (int16_t)(shape & 0xf000) >> 4 | row->dc[block];
    int16_t dc;
    memcpy(&dc, row->dc + (ptrdiff_t)2 * block, sizeof dc);
    return dc;
}

/* Loads the next block, or zeros after the row's last one. */
VEC_INLINE block_rows next_block(const tn__pack_row *row, int32_t block, const uint8_t **at,
                                 bool small, const shuffles *s, __m128i *dc)
{
    *dc = _mm_setzero_si128();
    if (block >= row->n)
        return (block_rows){{vec_zero(), vec_zero(), vec_zero(), vec_zero()}};
    const uint32_t shape = shape_of(row, block, small);
    const uint8_t *const own = *at;
    *at += row->size[block];
    *dc = _mm_cvtsi32_si128((uint16_t)dc_of(row, block, shape, small));
    if (__builtin_expect((shape & 15) >= TN__PACK_WIDE, 0))
        return load_wide_block(own, shape, small, s);
    return widen(load_block(own, shape, small, s));
}

VEC_INLINE idct_rows next_pair(const tn__pack_row *row, int32_t block, const uint8_t **at,
                               bool small, const shuffles *s)
{
    __m128i dc_a, dc_b;
    const block_rows a = next_block(row, block, at, small, s, &dc_a);
    const block_rows b = next_block(row, block + 1, at, small, s, &dc_b);
    const vec dc = _mm256_inserti128_si256(_mm256_castsi128_si256(dc_a), dc_b, 1);
    return (idct_rows){vec_or(first_rows(a.rows[0], b.rows[0]), dc),
                       second_rows(a.rows[0], b.rows[0]),
                       first_rows(a.rows[1], b.rows[1]),
                       second_rows(a.rows[1], b.rows[1]),
                       first_rows(a.rows[2], b.rows[2]),
                       second_rows(a.rows[2], b.rows[2]),
                       first_rows(a.rows[3], b.rows[3]),
                       second_rows(a.rows[3], b.rows[3])};
}

VEC_INLINE void decode_as(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                          const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride, bool small)
{
    enum { PAIR = 2 };
    const idct_rows steps = idct_quantiser(quantiser);
    const shuffles s = make_shuffles(row->order);
    for (int32_t k = 0; k < n * TN__JPEG_GROUP; k += PAIR)
        idct_registers(next_pair(row, first + k, &at, small, &s), steps, quantiser,
                       samples + (ptrdiff_t)8 * k, stride);
}

static void decode(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                   const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride)
{
    if (row->layout == TN__PACK_SMALL)
        decode_as(row, at, first, n, quantiser, samples, stride, true);
    else
        decode_as(row, at, first, n, quantiser, samples, stride, false);
}

static size_t sum(const uint8_t *sizes, int32_t n)
{
    vec all = vec_zero();
    int32_t i = 0;
    for (; i + VEC_BYTES <= n; i += VEC_BYTES)
        all = _mm256_add_epi64(all, _mm256_sad_epu8(vec_load(sizes + i), vec_zero()));
    uint64_t part[4], rest = 0;
    memcpy(part, &all, sizeof part);
    for (; i < n; i++)
        rest += sizes[i];
    return (size_t)(part[0] + part[1] + part[2] + part[3] + rest);
}

const tn__pack_kernels tn__pack_avx2 = {.sum = sum, .decode = decode};
