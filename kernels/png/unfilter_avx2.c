/* SPDX-License-Identifier: MIT */
/* Undoes the filters of PNG rows in vectors of 128 bits. AVX-512 is no faster: each pixel waits for
 * its left neighbour, so the time is that of the chain of instructions from one to the next.
 *
 * A wave undoes four rows together. Each row has one 32-bit lane of the vector, and follows the row
 * above it at a distance of one pixel. So the results of the last step, moved by one lane, are the
 * pixels above those of this step. The results of the step before that are the pixels above on the
 * left. One vector computes four pixels in the time that a row alone needs for one. */
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#include "png/unfilter.h"

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

ALWAYS_INLINE __m128i load16(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

ALWAYS_INLINE __m128i load8(const uint8_t *from)
{
    return _mm_loadl_epi64((const __m128i *)(const void *)from);
}

ALWAYS_INLINE void store16(uint8_t *to, __m128i bytes)
{
    _mm_storeu_si128((__m128i *)(void *)to, bytes);
}

/* `in` and the Paeth predictor. Among left and above, let `low` be the smaller one and `high` the
 * larger one. A corner near `low` predicts `high`, one near `high` predicts `low`, and one between
 * them predicts itself; "near" means that the one distance is at most half of the other. This
 * equals the definition, ties included. The sums with `in` are ready before the choice is. */
ALWAYS_INLINE __m128i add_paeth(__m128i in, __m128i left, __m128i above, __m128i corner)
{
    const __m128i low = _mm_min_epu8(left, above), high = _mm_max_epu8(left, above);
    const __m128i from_low = _mm_subs_epu8(corner, low), to_high = _mm_subs_epu8(high, corner);
    const __m128i past_low = _mm_subs_epu8(_mm_adds_epu8(from_low, from_low), to_high);
    const __m128i past_high = _mm_subs_epu8(_mm_adds_epu8(to_high, to_high), from_low);
    const __m128i none = _mm_setzero_si128();
    const __m128i near_low = _mm_cmpeq_epi8(past_low, none);
    const __m128i near_high = _mm_cmpeq_epi8(past_high, none);
    const __m128i sum = _mm_blendv_epi8(_mm_add_epi8(in, corner), _mm_add_epi8(in, low), near_high);
    return _mm_blendv_epi8(sum, _mm_add_epi8(in, high), near_low);
}

/* Rounds down: the instruction rounds up, so it gets the complements. */
ALWAYS_INLINE __m128i average(__m128i a, __m128i b)
{
    const __m128i ones = _mm_set1_epi8(-1);
    const __m128i up = _mm_avg_epu8(_mm_xor_si128(a, ones), _mm_xor_si128(b, ones));
    return _mm_xor_si128(up, ones);
}

/* One bit mask for each filter: which rows have it. */
typedef struct filter_masks {
    __m128i sub, up, average, paeth;
} filter_masks;

static filter_masks masks_of(const tn__png_rows *rows)
{
    int32_t filter[4];
    for (int32_t r = 0; r < 4; r++)
        filter[r] = rows->filtered[r * rows->filtered_stride];
    const __m128i filters = load16((const uint8_t *)filter);
    return (filter_masks){
        .sub = _mm_cmpeq_epi32(filters, _mm_set1_epi32(TN__PNG_SUB)),
        .up = _mm_cmpeq_epi32(filters, _mm_set1_epi32(TN__PNG_UP)),
        .average = _mm_cmpeq_epi32(filters, _mm_set1_epi32(TN__PNG_AVERAGE)),
        .paeth = _mm_cmpeq_epi32(filters, _mm_set1_epi32(TN__PNG_PAETH)),
    };
}

typedef struct front {
    __m128i left, above; /* of the pixel that comes next; `above` becomes its corner */
} front;

/* Advances by one pixel. `in`: the filtered pixel of each row. `top`: in its last lane, the pixel
 * above that of the first row. */
ALWAYS_INLINE __m128i advance(front *wave, __m128i in, __m128i top, const filter_masks *masks,
                              bool mixed)
{
    const __m128i left = wave->left, corner = wave->above;
    const __m128i above = _mm_alignr_epi8(left, top, 12);
    __m128i out = add_paeth(in, left, above, corner);
    if (mixed) {
        const __m128i plain = _mm_or_si128(
            _mm_or_si128(_mm_and_si128(left, masks->sub), _mm_and_si128(above, masks->up)),
            _mm_and_si128(average(left, above), masks->average));
        out = _mm_blendv_epi8(_mm_add_epi8(in, plain), out, masks->paeth);
    }
    wave->left = out;
    wave->above = above;
    return out;
}

/* Loads four pixels, one to a lane. */
ALWAYS_INLINE __m128i load_pixels(const uint8_t *from, int32_t pixel)
{
    int32_t four;
    switch (pixel) {
    case 1: memcpy(&four, from, sizeof four); return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
    case 2: return _mm_cvtepu16_epi32(load8(from));
    case 3:
        return _mm_shuffle_epi8(
            load16(from), _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
    default: return load16(from);
    }
}

/* Stores them again, and for 3 bytes a pixel another four bytes. */
ALWAYS_INLINE void store_pixels(uint8_t *to, __m128i lanes, int32_t pixel)
{
    const __m128i one = _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m128i two = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m128i three = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    switch (pixel) {
    case 1: {
        const int32_t four = _mm_cvtsi128_si32(_mm_shuffle_epi8(lanes, one));
        memcpy(to, &four, sizeof four);
        break;
    }
    case 2: _mm_storel_epi64((__m128i *)(void *)to, _mm_shuffle_epi8(lanes, two)); break;
    case 3: store16(to, _mm_shuffle_epi8(lanes, three)); break;
    default: store16(to, lanes); break;
    }
}

ALWAYS_INLINE void transpose(__m128i lanes[4])
{
    const __m128i low01 = _mm_unpacklo_epi32(lanes[0], lanes[1]);
    const __m128i low23 = _mm_unpacklo_epi32(lanes[2], lanes[3]);
    const __m128i high01 = _mm_unpackhi_epi32(lanes[0], lanes[1]);
    const __m128i high23 = _mm_unpackhi_epi32(lanes[2], lanes[3]);
    lanes[0] = _mm_unpacklo_epi64(low01, low23);
    lanes[1] = _mm_unpackhi_epi64(low01, low23);
    lanes[2] = _mm_unpacklo_epi64(high01, high23);
    lanes[3] = _mm_unpackhi_epi64(high01, high23);
}

/* Advances by four pixels. `at`: the byte of the first row's first pixel. In the first block, rows
 * that have not begun yet stay zero. */
ALWAYS_INLINE void advance_block(front *wave, const tn__png_rows *rows, ptrdiff_t at,
                                 const filter_masks *masks, bool mixed, bool first, int32_t pixel)
{
    __m128i block[4];
    for (int32_t r = 0; r < 4; r++)
        block[r] = load_pixels(
            rows->filtered + 1 + r * rows->filtered_stride + at - (ptrdiff_t)r * pixel, pixel);
    transpose(block);
    const __m128i top = load_pixels(rows->above + at, pixel);
    const __m128i tops[4] = {_mm_shuffle_epi32(top, 0x00), _mm_shuffle_epi32(top, 0x55),
                             _mm_shuffle_epi32(top, 0xAA), top};
    for (int32_t k = 0; k < 4; k++) {
        block[k] = advance(wave, block[k], tops[k], masks, mixed);
        if (first) {
            const __m128i begun =
                _mm_cmpgt_epi32(_mm_set1_epi32(k + 1), _mm_setr_epi32(0, 1, 2, 3));
            wave->left = _mm_and_si128(wave->left, begun);
        }
    }
    transpose(block);
    for (int32_t r = 0; r < 4; r++)
        store_pixels(rows->out + r * rows->out_stride + at - (ptrdiff_t)r * pixel, block[r], pixel);
}

ALWAYS_INLINE void run_wave(const tn__png_rows *rows, bool mixed, int32_t pixel)
{
    const filter_masks masks = masks_of(rows);
    front wave = {_mm_setzero_si128(), _mm_setzero_si128()};
    const ptrdiff_t end = rows->n_bytes + (ptrdiff_t)3 * pixel; /* the last row is 3 pixels late */
    advance_block(&wave, rows, 0, &masks, mixed, true, pixel);
    for (ptrdiff_t at = (ptrdiff_t)4 * pixel; at < end; at += (ptrdiff_t)4 * pixel)
        advance_block(&wave, rows, at, &masks, mixed, false, pixel);
}

static void undo_four(const tn__png_rows *rows, bool mixed)
{
    switch (rows->pixel) {
    case 1: mixed ? run_wave(rows, true, 1) : run_wave(rows, false, 1); break;
    case 2: mixed ? run_wave(rows, true, 2) : run_wave(rows, false, 2); break;
    case 3: mixed ? run_wave(rows, true, 3) : run_wave(rows, false, 3); break;
    default: mixed ? run_wave(rows, true, 4) : run_wave(rows, false, 4); break;
    }
}

/* One row alone. */
typedef struct one_row {
    const uint8_t *in, *above;
    uint8_t *out;
    ptrdiff_t n_bytes, pixel;
} one_row;

static void undo_up(const one_row *line)
{
    for (ptrdiff_t i = 0; i < line->n_bytes; i += 16)
        store16(line->out + i, _mm_add_epi8(load16(line->in + i), load16(line->above + i)));
}

/* Moves bytes up by n places, and zeros in. */
ALWAYS_INLINE __m128i move_up(__m128i bytes, int32_t n)
{
    const __m128i place = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm_shuffle_epi8(bytes, _mm_sub_epi8(place, _mm_set1_epi8((int8_t)n)));
}

/* The last whole pixel of a vector, repeated. */
ALWAYS_INLINE __m128i repeat_last(__m128i bytes, int32_t pixel)
{
    const int32_t last = 16 / pixel * pixel - pixel;
    uint8_t place[16];
    for (int32_t i = 0; i < 16; i++)
        place[i] = (uint8_t)(last + i % pixel);
    return _mm_shuffle_epi8(bytes, load16(place));
}

/* Sums up the pixels of a vector in log steps, then adds the last sum of the vector before. */
ALWAYS_INLINE void run_sub(const one_row *line, int32_t pixel)
{
    __m128i left = _mm_setzero_si128();
    for (ptrdiff_t i = 0; i < line->n_bytes; i += 16 / pixel * pixel) {
        __m128i sum = load16(line->in + i);
        for (int32_t step = pixel; step < 16; step *= 2)
            sum = _mm_add_epi8(sum, move_up(sum, step));
        sum = _mm_add_epi8(sum, left);
        store16(line->out + i, sum);
        left = repeat_last(sum, pixel);
    }
}

static void undo_sub(const one_row *line)
{
    switch (line->pixel) {
    case 1: run_sub(line, 1); break;
    case 2: run_sub(line, 2); break;
    case 3: run_sub(line, 3); break;
    case 4: run_sub(line, 4); break;
    case 6: run_sub(line, 6); break;
    default: run_sub(line, 8); break;
    }
}

ALWAYS_INLINE void store8(uint8_t *to, __m128i bytes)
{
    _mm_storel_epi64((__m128i *)(void *)to, bytes);
}

static void undo_average(const one_row *line)
{
    __m128i left = _mm_setzero_si128();
    for (ptrdiff_t i = 0; i < line->n_bytes; i += line->pixel) {
        left = _mm_add_epi8(load8(line->in + i), average(left, load8(line->above + i)));
        store8(line->out + i, left);
    }
}

static void undo_paeth(const one_row *line)
{
    __m128i left = _mm_setzero_si128(), corner = left;
    for (ptrdiff_t i = 0; i < line->n_bytes; i += line->pixel) {
        const __m128i above = load8(line->above + i);
        left = add_paeth(load8(line->in + i), left, above, corner);
        store8(line->out + i, left);
        corner = above;
    }
}

static void undo_one(const tn__png_rows *rows)
{
    const one_row line = {.in = rows->filtered + 1,
                          .above = rows->above,
                          .out = rows->out,
                          .n_bytes = rows->n_bytes,
                          .pixel = rows->pixel};
    switch (rows->filtered[0]) {
    case TN__PNG_SUB: undo_sub(&line); break;
    case TN__PNG_UP: undo_up(&line); break;
    case TN__PNG_AVERAGE: undo_average(&line); break;
    case TN__PNG_PAETH: undo_paeth(&line); break;
    default: memcpy(line.out, line.in, (size_t)line.n_bytes); break;
    }
}

/* True if a wave is faster than one row after the other. The numbers are times for a pixel in
 * hundredths of a nanosecond, as measured on Zen 4: of a row alone by its filter, and of a wave. */
static bool is_worth_a_wave(const tn__png_rows *rows)
{
    enum { WAVE = 400 };
    static const int32_t alone[TN__PNG_FILTERS] = {7, 17, 10, 135, 290};
    int32_t time = 0;
    for (int32_t r = 0; r < 4; r++)
        time += alone[rows->filtered[r * rows->filtered_stride]];
    return time > WAVE;
}

static bool all_are_paeth(const tn__png_rows *rows)
{
    bool all = true;
    for (int32_t r = 0; r < 4; r++)
        all = all && rows->filtered[r * rows->filtered_stride] == TN__PNG_PAETH;
    return all;
}

static void undo_rows(const tn__png_rows *all)
{
    tn__png_rows rest = *all;
    while (rest.n_rows > 0) {
        const bool four = rest.n_rows >= 4 && rest.pixel <= 4 && is_worth_a_wave(&rest);
        const int32_t n = four ? 4 : 1;
        if (four)
            undo_four(&rest, !all_are_paeth(&rest));
        else
            undo_one(&rest);
        rest.above = rest.out + (n - 1) * rest.out_stride;
        rest.filtered += n * rest.filtered_stride;
        rest.out += n * rest.out_stride;
        rest.n_rows -= n;
    }
}

const tn__unfilter tn__unfilter_avx2 = {.rows = undo_rows};
