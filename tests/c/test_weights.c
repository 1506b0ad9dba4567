/* SPDX-License-Identifier: MIT */
/* Checks weights: they follow their definition, are equal at every level, and are cached for sizes
 * that recur. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/level.h"
#include "cpu/resample_rows.h"
#include "cpu/weight_cache.h"
#include "px/image.h"
#include "px/resample.h"
#include "suite.h"

static uint32_t state;

static int32_t draw(int32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (int32_t)(((uint64_t)state * (uint32_t)below) >> 32);
}

static int32_t draw_length(void)
{
    switch (draw(4)) {
    case 0: return 1 + draw(4);
    case 1: return 1 + draw(3000);
    default: return 1 + draw(400);
    }
}

static tn__axis draw_axis(void)
{
    tn__axis axis = {
        .filter = 1 + draw(7), .source = draw_length(), .result = draw_length(), .across = draw(2)};
    axis.n = 1 + draw(axis.result);
    axis.from = draw(axis.result - axis.n + 1);
    return axis;
}

/* Weights with their memory. */
struct made {
    tn__weights weights;
    void *memory;
};

static struct made make(const tn__axis *axis)
{
    struct made made = {.memory = aligned_alloc(TN_PX_ALIGN, tn__weights_bytes(axis))};
    void *const scratch = aligned_alloc(TN_PX_ALIGN, tn__weights_scratch(axis));
    tn__resample_weights(axis, made.memory, scratch, &made.weights);
    free(scratch);
    return made;
}

/* Returns the weight of a tap, also if it is stored in halves. */
static int32_t weight_of(const tn__weights *weights, int32_t result, int32_t tap, int32_t level)
{
    const int32_t *const group = weights->weight + tn__weights_at(weights, result);
    if (level == TN__CPU_SCALAR)
        return group[tap * TN__WEIGHT_LANES];
    const int32_t *const pair = group + (ptrdiff_t)(tap / 2 * 2) * TN__WEIGHT_LANES;
    const int32_t shift = tap % 2 * 16;
    const int32_t low = (int16_t)((uint32_t)pair[0] >> shift);
    const int32_t high = (int16_t)((uint32_t)pair[TN__WEIGHT_LANES] >> shift);
    return high * 65536 + low;
}

/* Checks the weights of each result against Pillow's rule. */
static void check_definition(const tn__axis *axis, const tn__weights *weights, int32_t level,
                             int32_t i)
{
    const tn_px_axis whole = tn_px_axis_make(axis->filter, axis->source, axis->result);
    const int32_t result = axis->from + i, first = tn_px_axis_first(&whole, result);
    const int32_t count = tn_px_axis_end(&whole, result) - first;
    double value[3008], sum = 0.0;
    ck_assert_int_eq(weights->origin + weights->first[i], first);
    ck_assert_int_eq(weights->count[i], count);
    for (int32_t tap = 0; tap < count; tap++) {
        const double at = (double)first + tap - tn_px_axis_centre(&whole, result) + 0.5;
        value[tap] = tn_px_filter(axis->filter, at * whole.inverse);
        sum += value[tap];
    }
    int32_t wrong = 0;
    for (int32_t tap = 0; tap < weights->taps; tap++) {
        const int32_t wanted =
            tap < count ? tn_px_weight(value[tap] / (sum == 0.0 ? 1.0 : sum)) : 0;
        wrong += weight_of(weights, i, tap, level) != wanted;
    }
    ck_assert_int_eq(wrong, 0);
}

enum { LOOPS = 20, CASES = 5 };

START_TEST(by_definition_at_every_level)
{
    state = 31u + (uint32_t)_i;
    for (int32_t k = 0; k < CASES; k++) {
        const tn__axis axis = draw_axis();
        for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
            const int32_t used = tn__cpu_lower(level);
            const struct made made = make(&axis);
            ck_assert_int_eq(made.weights.n, axis.n);
            for (int32_t i = 0; i < axis.n; i++)
                check_definition(&axis, &made.weights, used, i);
            free(made.memory);
        }
    }
}
END_TEST

static const tn__weights *get(tn__weight_cache *cache, const tn__axis *axis)
{
    void *const scratch = aligned_alloc(TN_PX_ALIGN, tn__weights_scratch(axis));
    const tn__weights *const weights = tn__weight_cache_get(cache, axis, scratch);
    free(scratch);
    return weights;
}

static void check_same(const tn__weights *a, const tn__weights *b)
{
    ck_assert(a->n == b->n && a->taps == b->taps && a->width == b->width);
    ck_assert_int_eq(a->origin, b->origin);
    ck_assert_mem_eq(a->first, b->first, (size_t)a->n * sizeof *a->first);
    const int32_t groups = (a->n + TN__WEIGHT_LANES - 1) / TN__WEIGHT_LANES;
    const size_t numbers = (size_t)groups * TN__WEIGHT_LANES * (size_t)a->taps;
    ck_assert_mem_eq(a->weight, b->weight, numbers * sizeof *a->weight);
}

/* Asks for many axes in any order. Each answer must belong to the axis and level that were asked
 * for. */
START_TEST(cached_weights_are_the_weights)
{
    tn__weight_cache cache = {0};
    tn__axis axes[60];
    state = 5;
    for (int32_t i = 0; i < 60; i++)
        axes[i] = draw_axis();
    for (int32_t k = 0; k < 300; k++) {
        tn__cpu_lower(draw(TN__CPU_LEVELS));
        const tn__axis *const one = &axes[draw(60)], *const two = &axes[draw(60)];
        const tn__weights *const first = get(&cache, one), *const second = get(&cache, two);
        const struct made made[2] = {make(one), make(two)};
        ck_assert(first || tn__weights_bytes(one) > tn__weight_cache_bytes() / TN__WEIGHT_SLOTS);
        if (second)
            check_same(second, &made[1].weights);
        if (first && one->across != two->across)
            check_same(first, &made[0].weights);
        free(made[0].memory);
        free(made[1].memory);
    }
    tn__weight_cache_free(&cache);
}
END_TEST

/* Checks that all sizes that recur are soon cached, even among sizes that occur once. */
START_TEST(repeated_sizes_are_kept)
{
    tn__weight_cache cache = {0};
    for (int32_t k = 0; k < 2000; k++) {
        const int32_t source = k % 2 ? 320 + k / 2 : 300 + k % 12;
        const tn__axis axis = {
            .filter = TN_FILTER_BICUBIC, .source = source, .result = 224, .n = 224};
        ck_assert_ptr_nonnull(get(&cache, &axis));
    }
    const uint64_t misses = cache.misses;
    for (int32_t k = 0; k < 12; k += 2) {
        const tn__axis axis = {
            .filter = TN_FILTER_BICUBIC, .source = 300 + k, .result = 224, .n = 224};
        get(&cache, &axis);
    }
    ck_assert_uint_eq(cache.misses, misses);
    ck_assert_uint_lt(misses, 1000 + 100);
    tn__weight_cache_free(&cache);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("weights");
    TCase *const tcase = tcase_create("weights");
    tcase_set_timeout(tcase, 120); /* sanitizers are slow */
    tcase_add_loop_test(tcase, by_definition_at_every_level, 0, LOOPS);
    tcase_add_test(tcase, cached_weights_are_the_weights);
    tcase_add_test(tcase, repeated_sizes_are_kept);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
