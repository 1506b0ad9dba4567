/* SPDX-License-Identifier: MIT */
/* The two passes of a resize: one text for vectors of 256 and of 512 bits.
 *
 * A 22-bit weight w is stored as two 16-bit halves, w = high * 65536 + low with low signed, so that
 * one multiply-add handles two taps. The sum of the high products, shifted up by 16, plus the sum
 * of the low products is the exact sum modulo 2^32, however the parts overflow. The exact sum fits
 * 32 bits (px/resample.h), so any number of taps and any filter work.
 *
 * The horizontal pass makes a group of neighbouring results at once, one in each 32 bits of a
 * vector. It loads a window of source pixels around them and picks two taps of every result into
 * place. The same positions plus two pick the next two taps. Where the pixels of a group are too
 * far apart for one window, parts of the group have their own. Where these do not suffice either
 * (at scales above 8), the pass goes along the taps of one result instead. Four rows share each set
 * of weights.
 *
 * The including file defines before: vec and its functions vec_…, which resample_rows_avx2.c and
 * resample_rows_avx512.c describe; GROUP, the results of a vector; FEW and MANY, the numbers of
 * windows that a group may have; and WINDOW, their pixels. */
#include <assert.h>
#include <string.h>

#include "base/least.h"
#include "cpu/weights_tmpl.h"
#include "px/resample.h"

enum { ROWS = 4, TAPS = 2 * GROUP };

/* Stands before the positions of the results' first pixels in their windows; or before the weights
 * of each result in runs of TAPS, first the low halves, then the high halves. */
typedef struct packed_head {
    int32_t windows;          /* windows of a group: FEW or MANY; 0: the pass goes along the taps */
    int32_t pairs_per_window; /* pairs of taps that one load covers */
    int32_t padding[14];
} packed_head;

/* Returns the largest distance between the first taps of `together` neighbouring results. */
static int32_t widest_span(const tn__weights *weights, int32_t together)
{
    int32_t widest = 0;
    for (int32_t x = 0; x < weights->n; x += together) {
        const int32_t span = weights->first[x + together - 1] - weights->first[x];
        widest = span > widest ? span : widest;
    }
    return widest;
}

/* Writes the weights of one result as runs. */
static void pack_runs(const tn__weights *weights, int32_t x, int32_t *runs)
{
    const int32_t *const half = weights->weight + tn__weights_at(weights, x);
    const ptrdiff_t n_pairs = weights->taps / 2;
    for (ptrdiff_t p = 0; p < (n_pairs + GROUP - 1) / GROUP * GROUP; p++) {
        int32_t *const run = runs + p / GROUP * (2 * GROUP) + p % GROUP;
        run[0] = p < n_pairs ? half[2 * p * LANES] : 0;
        run[GROUP] = p < n_pairs ? half[(2 * p + 1) * LANES] : 0;
    }
}

static ptrdiff_t run_numbers(const tn__weights *weights)
{
    return (ptrdiff_t)(weights->taps + TAPS - 1) / TAPS * TAPS;
}

/* Writes the place of each result's first pixel in its window. */
static void pack_positions(const tn__weights *weights, int32_t windows, int32_t *positions)
{
    const int32_t together = GROUP / windows;
    for (int32_t x = 0; x < tn__weights_padded(weights->n); x += together)
        for (int32_t k = 0; k < together; k++)
            positions[x + k] =
                vec_position(weights->first[x + k] - weights->first[x], x / together % windows);
}

static void pack_weights(tn__weights *weights)
{
    packed_head *const head = weights->packed;
    int32_t *const numbers = (int32_t *)(void *)(head + 1);
    for (head->windows = FEW; head->windows <= MANY; head->windows += FEW) {
        const int32_t span = widest_span(weights, GROUP / head->windows);
        head->pairs_per_window = (WINDOW - span) / 2;
        if (head->pairs_per_window > 0) {
            pack_positions(weights, head->windows, numbers);
            return;
        }
    }
    head->windows = 0;
    for (int32_t x = 0; x < weights->n; x++)
        pack_runs(weights, x, numbers + x * run_numbers(weights));
}

/* Four vectors with names: compilers keep these in registers, but put arrays into memory. */
typedef struct quad {
    vec a, b, c, d;
} quad;

/* Sums of the products with the low halves and with the high halves. */
struct sums {
    quad low, high;
};

VEC_INLINE struct sums no_sums(void)
{
    const vec half = vec_set32(TN_PX_WEIGHT_HALF), zero = vec_set32(0);
    return (struct sums){{half, half, half, half}, {zero, zero, zero, zero}};
}

VEC_INLINE void add_products(quad *sum, const quad *pixels, vec halves)
{
    sum->a = vec_add_products(sum->a, pixels->a, halves);
    sum->b = vec_add_products(sum->b, pixels->b, halves);
    sum->c = vec_add_products(sum->c, pixels->c, halves);
    sum->d = vec_add_products(sum->d, pixels->d, halves);
}

VEC_INLINE vec whole_sum(vec low, vec high)
{
    return vec_add32(low, vec_up32(high, 16));
}

/* Returns pixels before they are clipped to 0…255. */
VEC_INLINE vec shift_down(vec low, vec high)
{
    return vec_down32(whole_sum(low, high), TN_PX_WEIGHT_BITS);
}

/* Returns bytes: each 128-bit lane has four of a, of b, of c and of d. */
VEC_INLINE vec finish_sums(const struct sums *sums)
{
    const vec ab =
        vec_narrow32(shift_down(sums->low.a, sums->high.a), shift_down(sums->low.b, sums->high.b));
    const vec cd =
        vec_narrow32(shift_down(sums->low.c, sums->high.c), shift_down(sums->low.d, sums->high.d));
    return vec_narrow16(ab, cd);
}

/* Rows that share one set of weights. At the end of a plane the last row stands in for missing
 * ones. */
typedef struct row_set {
    const uint8_t *src[ROWS];
    uint8_t *dst[ROWS];
} row_set;

static row_set take_rows(const tn__pass *pass, int32_t y)
{
    row_set rows;
    for (int32_t r = 0; r < ROWS; r++) {
        const ptrdiff_t row = tn__least(y + r, pass->n_rows - 1);
        rows.src[r] = pass->src + row * pass->src_stride;
        rows.dst[r] = pass->dst + row * pass->dst_stride;
    }
    return rows;
}

/* Returns the place of a window: `tap` pixels after the first pixel of its first result. Past the
 * end there are no taps, but the load must stay inside the row. */
VEC_INLINE int32_t window_start(const tn__weights *weights, int32_t x, int32_t tap)
{
    return tn__least(weights->first[x] + tap, weights->width - 1);
}

/* The windows of a group in four rows. */
typedef struct view {
    vec_window a, b, c, d;
} view;

VEC_INLINE view load_view(const tn__weights *weights, int32_t x, int32_t tap, int32_t windows,
                          const row_set *rows)
{
    int32_t start[MANY];
    for (int32_t w = 0; w < windows; w++)
        start[w] = window_start(weights, x + w * (GROUP / windows), tap);
    return (view){vec_load_window(rows->src[0], start, windows),
                  vec_load_window(rows->src[1], start, windows),
                  vec_load_window(rows->src[2], start, windows),
                  vec_load_window(rows->src[3], start, windows)};
}

VEC_INLINE void add_pair(struct sums *sums, const view *seen, vec at, int32_t windows,
                         const int32_t *half)
{
    const quad pixels = {vec_pick(seen->a, at, windows), vec_pick(seen->b, at, windows),
                         vec_pick(seen->c, at, windows), vec_pick(seen->d, at, windows)};
    add_products(&sums->low, &pixels, vec_load32(half));
    add_products(&sums->high, &pixels, vec_load32(half + LANES));
}

/* Makes all groups of four rows. Each result has `pairs` pairs of taps; one load covers per_window
 * of them. */
VEC_INLINE void run_groups(const tn__weights *weights, int32_t windows, int32_t pairs,
                           int32_t per_window, const row_set *rows)
{
    const packed_head *const head = weights->packed;
    const int32_t *const positions = (const int32_t *)(const void *)(head + 1);
    for (int32_t x = 0; x < weights->n; x += GROUP) {
        const int32_t *half = weights->weight + tn__weights_at(weights, x);
        struct sums sums = no_sums();
        for (int32_t p = 0; p < pairs; p += per_window) {
            const view seen = load_view(weights, x, 2 * p, windows, rows);
            vec at = vec_load32(positions + x);
            for (int32_t k = p; k < tn__least(p + per_window, pairs); k++) {
                add_pair(&sums, &seen, at, windows, half);
                at = vec_add8(at, vec_set8(2));
                half += 2 * LANES;
            }
        }
        vec_store_rows(rows->dst, x, weights->n - x, finish_sums(&sums));
    }
}

/* Most resizes have few taps and need one load: those loops are unrolled. */
static void run_windows(const tn__weights *weights, const row_set *rows)
{
    const packed_head *const head = weights->packed;
    const int32_t pairs = weights->taps / 2, per_window = head->pairs_per_window;
    if (head->windows == MANY) {
        run_groups(weights, MANY, pairs, per_window, rows);
        return;
    }
    switch (pairs <= per_window ? pairs : 0) {
    case 1: run_groups(weights, FEW, 1, 1, rows); break;
    case 2: run_groups(weights, FEW, 2, 2, rows); break;
    case 3: run_groups(weights, FEW, 3, 3, rows); break;
    case 4: run_groups(weights, FEW, 4, 4, rows); break;
    case 5: run_groups(weights, FEW, 5, 5, rows); break;
    default: run_groups(weights, FEW, pairs, per_window, rows); break;
    }
}

/* Makes one result in each of four rows, TAPS taps at a time. */
static void run_wide(const tn__weights *weights, int32_t x, const row_set *rows)
{
    const packed_head *const head = weights->packed;
    const int32_t *const runs =
        (const int32_t *)(const void *)(head + 1) + x * run_numbers(weights);
    vec sum[ROWS];
    for (int32_t r = 0; r < ROWS; r++) {
        const uint8_t *const src = rows->src[r] + weights->first[x];
        vec low = vec_set32(0), high = low;
        for (ptrdiff_t tap = 0; tap < weights->count[x]; tap += TAPS) {
            const vec pixels = vec_widen(src + tap);
            low = vec_add_products(low, pixels, vec_load32(runs + tap));
            high = vec_add_products(high, pixels, vec_load32(runs + tap + GROUP));
        }
        sum[r] = whole_sum(low, high);
    }
    int32_t total[ROWS];
    vec_sum_each(sum, total);
    for (int32_t r = 0; r < ROWS; r++)
        rows->dst[r][x] = tn_px_weighted(total[r] + TN_PX_WEIGHT_HALF);
}

static void run_horizontal(const tn__pass *pass)
{
    const tn__weights *const weights = pass->weights;
    const packed_head *const head = weights->packed;
    for (int32_t y = 0; y < pass->n_rows; y += ROWS) {
        const row_set rows = take_rows(pass, y);
        if (head->windows > 0)
            run_windows(weights, &rows);
        else
            for (int32_t x = 0; x < weights->n; x++)
                run_wide(weights, x, &rows);
    }
}

VEC_INLINE void add_rows(struct sums *sums, vec upper, vec lower, const int32_t *half)
{
    const vec zero = vec_set32(0);
    const vec left = vec_low8(upper, lower), right = vec_high8(upper, lower);
    const quad pixels = {vec_low8(left, zero), vec_high8(left, zero), vec_low8(right, zero),
                         vec_high8(right, zero)};
    add_products(&sums->low, &pixels, vec_set32(half[0]));
    add_products(&sums->high, &pixels, vec_set32(half[LANES]));
}

/* Makes a vector of results of one row. With an odd number of rows the last one is paired with
 * itself: its weight is zero there. */
VEC_INLINE vec vertical_block(const int32_t *half, int32_t count, const uint8_t *src,
                              ptrdiff_t stride)
{
    struct sums sums = no_sums();
    for (int32_t left = count; left > 0; left -= 2, half += 2 * LANES, src += 2 * stride)
        add_rows(&sums, vec_load8(src), vec_load8(left > 1 ? src + stride : src), half);
    return finish_sums(&sums);
}

static void run_vertical(const tn__weights *weights, int32_t y, const uint8_t *src,
                         ptrdiff_t stride, uint8_t *dst, int32_t n)
{
    const int32_t *const half = weights->weight + tn__weights_at(weights, y);
    const int32_t count = weights->count[y];
    src += weights->first[y] * stride;
    for (int32_t x = 0; x < n; x += (int32_t)sizeof(vec))
        vec_store_first(dst + x, n - x, vertical_block(half, count, src + x, stride));
}
