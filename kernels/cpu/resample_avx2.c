/* SPDX-License-Identifier: MIT */
/* The two passes of a resize for AVX2.
 *
 * A 22-bit weight w is kept as two 16-bit halves, w = high * 65536 + low with low signed, so that
 * one multiply-add instruction takes two taps. The sum of the high products, shifted up by 16, plus
 * the sum of the low ones is the exact sum modulo 2^32 however the parts overflow, and the exact
 * sum fits 32 bits (px/resample.h): any number of taps and any filter will do.
 *
 * The horizontal pass takes eight results at once: each lane of four loads the 16 source bytes
 * around them and shuffles two taps of each result into place. Where four results lie further apart
 * (scales above 4.6), it goes along the taps of one result instead. Four rows share each set of
 * weights. */
#include <immintrin.h>
#include <string.h>

#include "cpu/rows_avx2.h"
#include "px/resample.h"

enum { WINDOW = 16, ROWS = 4 };

/* Two taps of eight results. */
typedef struct tap_pair {
    uint8_t shuffle[32];
    int16_t low[16], high[16];
} tap_pair;

/* What lies before the pairs or the long rows of weights. */
typedef struct packed_head {
    int32_t wide;             /* 1: along the taps */
    int32_t pairs_per_window; /* pairs of taps that one load serves */
    int32_t padding[14];
} packed_head;

/* Lower and upper halves of two neighbouring weights, as one 32-bit number each. */
static __m256i low_halves(__m256i even, __m256i odd)
{
    return _mm256_blend_epi16(even, _mm256_slli_epi32(odd, 16), 0xAA);
}

static __m256i high_halves(__m256i even, __m256i odd)
{
    const __m256i half = _mm256_set1_epi32(0x8000);
    return _mm256_blend_epi16(_mm256_srli_epi32(_mm256_add_epi32(even, half), 16),
                              _mm256_add_epi32(odd, half), 0xAA);
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Source pixels between the first taps of the results of a lane, at most. */
static int32_t widest_lane(const tn__weights *weights)
{
    int32_t widest = 0;
    for (int32_t x = 0; x < weights->n; x += 4) {
        const int32_t last = least(x + 3, weights->n - 1);
        const int32_t spread = weights->first[last] - weights->first[x];
        widest = spread > widest ? spread : widest;
    }
    return widest;
}

/* Where a lane's window begins for taps from `tap` on, its first result beginning at `first`: past
 * the end there are no taps, but the load must stay near. */
static int32_t window_start(const tn__weights *weights, int32_t first, int32_t tap)
{
    return least(first + tap, weights->width - 1);
}

static __m256i two_lanes(int32_t low, int32_t high)
{
    return _mm256_set_m128i(_mm_set1_epi32(high), _mm_set1_epi32(low));
}

/* The shuffle that brings the bytes at `offset` and offset + 1 of the window to the even bytes of
 * each 32 bits; zero for taps that a result does not have. */
static __m256i make_shuffle(__m256i offset, __m256i left)
{
    const __m256i none = _mm256_set1_epi16((int16_t)0x8080);
    const __m256i empty = _mm256_set1_epi32((int32_t)0x80008000u);
    const __m256i both = _mm256_add_epi32(
        _mm256_or_si256(_mm256_or_si256(offset, _mm256_slli_epi32(offset, 16)), empty),
        _mm256_set1_epi32(0x10000));
    const __m256i has_first = _mm256_cmpgt_epi32(left, _mm256_setzero_si256());
    const __m256i has_second = _mm256_cmpgt_epi32(left, _mm256_set1_epi32(1));
    return _mm256_blendv_epi8(none, both, _mm256_blend_epi16(has_first, has_second, 0xAA));
}

/* Eight results from x on; those past the end have no taps. */
static void pack_group(const tn__weights *weights, int32_t x, int32_t per_window, tap_pair *pairs)
{
    int32_t first[8] = {0}, count[8] = {0}, row[8] = {0};
    for (int32_t i = 0; i < least(8, weights->n - x); i++) {
        first[i] = weights->first[x + i];
        count[i] = weights->count[x + i];
        row[i] = i * weights->taps;
    }
    const __m256i firsts = _mm256_loadu_si256((const __m256i *)first);
    const __m256i counts = _mm256_loadu_si256((const __m256i *)count);
    const __m256i rows = _mm256_loadu_si256((const __m256i *)row);
    for (int32_t p = 0; p < weights->taps / 2; p++) {
        const int32_t window_tap = p / per_window * per_window * 2;
        const __m256i start = two_lanes(window_start(weights, first[0], window_tap),
                                        window_start(weights, first[4], window_tap));
        const __m256i tap = _mm256_set1_epi32(2 * p);
        const __m256i left = _mm256_sub_epi32(counts, tap);
        const __m256i offset = _mm256_sub_epi32(_mm256_add_epi32(firsts, tap), start);
        const int32_t *const base =
            weights->weight + (ptrdiff_t)x * weights->taps + 2 * (ptrdiff_t)p;
        const __m256i even = _mm256_i32gather_epi32(base, rows, 4);
        const __m256i odd = _mm256_i32gather_epi32(base + 1, rows, 4);
        _mm256_store_si256((__m256i *)pairs[p].shuffle, make_shuffle(offset, left));
        _mm256_store_si256((__m256i *)pairs[p].low, low_halves(even, odd));
        _mm256_store_si256((__m256i *)pairs[p].high, high_halves(even, odd));
    }
}

/* Halves of the weights of one result, in sixteens. */
static void pack_wide(const tn__weights *weights, int32_t x, int16_t *halves)
{
    const int32_t *const weight = weights->weight + (ptrdiff_t)x * weights->taps;
    for (int32_t tap = 0; tap < (weights->taps + 15) / 16 * 16; tap++) {
        const int32_t value = tap < weights->count[x] ? weight[tap] : 0;
        int16_t *const block = halves + (ptrdiff_t)(tap / 16 * 32 + tap % 16);
        block[0] = (int16_t)(uint16_t)value;
        block[16] = (int16_t)((value + 0x8000) >> 16);
    }
}

void tn__avx2_pack_horizontal(const tn__weights *weights, void *packed)
{
    packed_head *const head = packed;
    const int32_t spread = widest_lane(weights);
    const int32_t pairs = weights->taps / 2, blocks = (weights->taps + 15) / 16;
    head->wide = spread + 2 > WINDOW;
    head->pairs_per_window = head->wide ? 0 : (WINDOW - spread) / 2;
    if (head->wide)
        for (int32_t x = 0; x < weights->n; x++)
            pack_wide(weights, x, (int16_t *)(void *)(head + 1) + (ptrdiff_t)x * blocks * 32);
    else
        for (int32_t x = 0; x < weights->n; x += 8)
            pack_group(weights, x, head->pairs_per_window,
                       (tap_pair *)(void *)(head + 1) + (ptrdiff_t)(x / 8) * pairs);
}

/* Four vectors, by name: compilers keep these in registers, and arrays in memory. */
typedef struct quad {
    __m256i a, b, c, d;
} quad;

/* Sums of the products with the low and the high halves. */
struct sums {
    quad low, high;
};

static struct sums no_sums(void)
{
    const __m256i half = _mm256_set1_epi32(TN_PX_WEIGHT_HALF), zero = _mm256_setzero_si256();
    return (struct sums){{half, half, half, half}, {zero, zero, zero, zero}};
}

static inline void add_products(quad *sum, const quad *pixels, __m256i halves)
{
    sum->a = _mm256_add_epi32(sum->a, _mm256_madd_epi16(pixels->a, halves));
    sum->b = _mm256_add_epi32(sum->b, _mm256_madd_epi16(pixels->b, halves));
    sum->c = _mm256_add_epi32(sum->c, _mm256_madd_epi16(pixels->c, halves));
    sum->d = _mm256_add_epi32(sum->d, _mm256_madd_epi16(pixels->d, halves));
}

/* As pixels before the cut to 0…255. */
static inline __m256i shift_down(__m256i low, __m256i high)
{
    return _mm256_srai_epi32(_mm256_add_epi32(low, _mm256_slli_epi32(high, 16)), TN_PX_WEIGHT_BITS);
}

/* Bytes: in each lane four of a, of b, of c and of d. */
static inline __m256i finish_sums(const struct sums *sums)
{
    const __m256i ab = _mm256_packs_epi32(shift_down(sums->low.a, sums->high.a),
                                          shift_down(sums->low.b, sums->high.b));
    const __m256i cd = _mm256_packs_epi32(shift_down(sums->low.c, sums->high.c),
                                          shift_down(sums->low.d, sums->high.d));
    return _mm256_packus_epi16(ab, cd);
}

/* Rows that one set of weights serves. At the end of a plane the last row takes the places of those
 * that are missing. */
typedef struct row_set {
    const uint8_t *src[ROWS];
    uint8_t *dst[ROWS];
} row_set;

static row_set take_rows(const tn__pass *pass, int32_t y)
{
    row_set rows;
    for (int32_t r = 0; r < ROWS; r++) {
        const ptrdiff_t row = least(y + r, pass->n_rows - 1);
        rows.src[r] = pass->src + row * pass->src_stride;
        rows.dst[r] = pass->dst + row * pass->dst_stride;
    }
    return rows;
}

/* Eight results of each row, each lane of `bytes` holding four of each, to their places. */
static inline void store_group(const row_set *rows, int32_t x, int32_t n, __m256i bytes)
{
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    uint64_t pixels[ROWS];
    _mm256_storeu_si256((__m256i *)(void *)pixels, _mm256_permutevar8x32_epi32(bytes, order));
    for (int32_t r = 0; r < ROWS; r++)
        if (n >= 8)
            memcpy(rows->dst[r] + x, &pixels[r], 8);
        else
            memcpy(rows->dst[r] + x, &pixels[r], (size_t)n);
}

static __m256i load_window(const uint8_t *src, int32_t low, int32_t high)
{
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(src + low))),
        _mm_loadu_si128((const __m128i *)(const void *)(src + high)), 1);
}

static inline void add_pair(struct sums *sums, const quad *window, const tap_pair *pair)
{
    const __m256i shuffle = _mm256_load_si256((const __m256i *)pair->shuffle);
    const quad pixels = {
        _mm256_shuffle_epi8(window->a, shuffle), _mm256_shuffle_epi8(window->b, shuffle),
        _mm256_shuffle_epi8(window->c, shuffle), _mm256_shuffle_epi8(window->d, shuffle)};
    add_products(&sums->low, &pixels, _mm256_load_si256((const __m256i *)pair->low));
    add_products(&sums->high, &pixels, _mm256_load_si256((const __m256i *)pair->high));
}

/* Eight results of four rows; `pairs` pairs of taps each, `per_window` of them to a load. */
__attribute__((always_inline)) static inline void run_group(const tn__weights *weights, int32_t x,
                                                            int32_t pairs, int32_t per_window,
                                                            const tap_pair *pair,
                                                            const row_set *rows)
{
    const int32_t first = weights->first[x];
    const int32_t later = x + 4 < weights->n ? weights->first[x + 4] : 0;
    struct sums sums = no_sums();
    for (int32_t p = 0; p < pairs; p += per_window) {
        const int32_t start = window_start(weights, first, 2 * p);
        const int32_t later_start = window_start(weights, later, 2 * p);
        const quad window = {load_window(rows->src[0], start, later_start),
                             load_window(rows->src[1], start, later_start),
                             load_window(rows->src[2], start, later_start),
                             load_window(rows->src[3], start, later_start)};
        for (int32_t k = p; k < least(p + per_window, pairs); k++)
            add_pair(&sums, &window, pair + k);
    }
    store_group(rows, x, weights->n - x, finish_sums(&sums));
}

__attribute__((always_inline)) static inline void run_groups(const tn__weights *weights,
                                                             int32_t pairs, int32_t per_window,
                                                             const tap_pair *pair,
                                                             const row_set *rows)
{
    for (int32_t x = 0; x < weights->n; x += 8, pair += pairs)
        run_group(weights, x, pairs, per_window, pair, rows);
}

/* Few taps and one window are the rule: such loops are unrolled. */
static void run_narrow(const tn__weights *weights, const packed_head *head, const row_set *rows)
{
    const tap_pair *const pair = (const tap_pair *)(const void *)(head + 1);
    const int32_t pairs = weights->taps / 2, per_window = head->pairs_per_window;
    switch (pairs <= per_window ? pairs : 0) {
    case 1: run_groups(weights, 1, 1, pair, rows); break;
    case 2: run_groups(weights, 2, 2, pair, rows); break;
    case 3: run_groups(weights, 3, 3, pair, rows); break;
    case 4: run_groups(weights, 4, 4, pair, rows); break;
    default: run_groups(weights, pairs, per_window, pair, rows); break;
    }
}

/* One result of four rows, sixteen taps at a time. */
static void run_wide(const int16_t *halves, int32_t first, int32_t count, const row_set *rows,
                     int32_t x)
{
    __m256i sum[ROWS];
    for (int32_t r = 0; r < ROWS; r++) {
        __m256i low = _mm256_setzero_si256(), high = low;
        for (int32_t tap = 0; tap < count; tap += 16) {
            const __m256i *const block =
                (const __m256i *)(const void *)(halves + (ptrdiff_t)2 * tap);
            const __m256i pixels = _mm256_cvtepu8_epi16(
                _mm_loadu_si128((const __m128i *)(const void *)(rows->src[r] + first + tap)));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_load_si256(block)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, _mm256_load_si256(block + 1)));
        }
        sum[r] = _mm256_add_epi32(low, _mm256_slli_epi32(high, 16));
    }
    const __m256i halfway =
        _mm256_hadd_epi32(_mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
    const __m128i sums =
        _mm_add_epi32(_mm256_castsi256_si128(halfway), _mm256_extracti128_si256(halfway, 1));
    const __m128i values =
        _mm_srai_epi32(_mm_add_epi32(sums, _mm_set1_epi32(TN_PX_WEIGHT_HALF)), TN_PX_WEIGHT_BITS);
    const __m128i words = _mm_packs_epi32(values, values);
    const uint32_t bytes = (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    for (int32_t r = 0; r < ROWS; r++)
        rows->dst[r][x] = (uint8_t)(bytes >> (8 * r));
}

void tn__avx2_horizontal(const tn__pass *pass)
{
    const tn__weights *const weights = pass->weights;
    const packed_head *const head = pass->packed;
    const int32_t blocks = (weights->taps + 15) / 16;
    for (int32_t y = 0; y < pass->n_rows; y += ROWS) {
        const row_set rows = take_rows(pass, y);
        if (!head->wide)
            run_narrow(weights, head, &rows);
        else
            for (int32_t x = 0; x < weights->n; x++)
                run_wide((const int16_t *)(const void *)(head + 1) + (ptrdiff_t)x * blocks * 32,
                         weights->first[x], weights->count[x], &rows, x);
    }
}

/* Each two weights become their two lower halves and their two upper halves. */
void tn__avx2_pack_vertical(tn__weights *weights)
{
    const ptrdiff_t n = (ptrdiff_t)weights->n * weights->taps;
    uint32_t *const pair = (uint32_t *)weights->weight;
    for (ptrdiff_t i = 0; i < n; i += 2) {
        const uint32_t even = pair[i], odd = pair[i + 1];
        pair[i] = (even & 0xFFFFu) | odd << 16;
        pair[i + 1] = (even + 0x8000u) >> 16 | ((odd + 0x8000u) & 0xFFFF0000u);
    }
}

static __m256i load_bytes(const uint8_t *src)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)src);
}

static inline void add_rows(struct sums *sums, __m256i upper, __m256i lower,
                            const int32_t weight[2])
{
    const __m256i zero = _mm256_setzero_si256();
    const __m256i left = _mm256_unpacklo_epi8(upper, lower);
    const __m256i right = _mm256_unpackhi_epi8(upper, lower);
    const quad pixels = {_mm256_unpacklo_epi8(left, zero), _mm256_unpackhi_epi8(left, zero),
                         _mm256_unpacklo_epi8(right, zero), _mm256_unpackhi_epi8(right, zero)};
    add_products(&sums->low, &pixels, _mm256_set1_epi32(weight[0]));
    add_products(&sums->high, &pixels, _mm256_set1_epi32(weight[1]));
}

/* 32 results of one row. The partner of an odd last row has weight zero: the row itself will do. */
static inline __m256i vertical_block(const int32_t *weight, int32_t count, const uint8_t *src,
                                     ptrdiff_t stride)
{
    struct sums sums = no_sums();
    for (int32_t left = count; left > 0; left -= 2, weight += 2, src += 2 * stride)
        add_rows(&sums, load_bytes(src), load_bytes(left > 1 ? src + stride : src), weight);
    return finish_sums(&sums);
}

void tn__avx2_vertical(const int32_t *weight, int32_t taps, int32_t count, const uint8_t *src,
                       ptrdiff_t stride, uint8_t *dst, int32_t n)
{
    (void)taps;
    int32_t x = 0;
    for (; x + 32 <= n; x += 32)
        _mm256_storeu_si256((__m256i *)(void *)(dst + x),
                            vertical_block(weight, count, src + x, stride));
    if (x < n) {
        uint8_t rest[32];
        _mm256_storeu_si256((__m256i *)(void *)rest,
                            vertical_block(weight, count, src + x, stride));
        memcpy(dst + x, rest, (size_t)(n - x));
    }
}
