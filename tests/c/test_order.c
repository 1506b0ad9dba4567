/* SPDX-License-Identifier: MIT */
/* Orders: they give each index once, the frozen one gives known answers, and it looks random. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/order.h"
#include "suite.h"

static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 1000, 1024, 1025, 1281167};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

START_TEST(every_value_once)
{
    const int64_t n = sizes[_i];
    uint8_t *const seen = calloc((size_t)n, 1);
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, NULL, n, 42, _i);
    for (int64_t position = 0; position < n; position++) {
        const int64_t value = tn__order_at(&order, position);
        if (value < 0 || value >= n || seen[value]++)
            ck_abort_msg("n %lld: %lld at %lld", (long long)n, (long long)value,
                         (long long)position);
    }
    free(seen);
}
END_TEST

/* tests/golden/order.py computed these from the definition in order.h. */
START_TEST(known_answers)
{
    static const struct {
        int64_t n, seed, epoch, position, value;
    } cases[] = {
#include "../golden/order.inc"
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        tn__order order;
        tn__order_make(&order, TN__FEISTEL_1, NULL, cases[c].n, cases[c].seed, cases[c].epoch);
        ck_assert_int_eq(tn__order_at(&order, cases[c].position), cases[c].value);
    }
}
END_TEST

START_TEST(sequential_is_the_identity)
{
    tn__order order;
    tn__order_make(&order, TN__SEQUENTIAL, NULL, 10, 1, 2);
    for (int64_t position = 0; position < 10; position++)
        ck_assert_int_eq(tn__order_at(&order, position), position);
}
END_TEST

/* 24000 epochs give all 24 permutations of 4 things. Chi-square with 23 degrees of freedom
 * exceeds 58.6 once in 15000 cases; the keys are fixed, so the result is always the same. */
START_TEST(small_permutations_are_even)
{
    enum { EPOCHS = 24000, KINDS = 24 };
    int count[256] = {0};
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        tn__order order;
        tn__order_make(&order, TN__FEISTEL_1, NULL, 4, 7, epoch);
        int number = 0;
        for (int64_t position = 0; position < 4; position++)
            number = number * 4 + (int)tn__order_at(&order, position);
        count[number]++;
    }
    double chi = 0;
    int kinds = 0;
    for (int number = 0; number < 256; number++) {
        const double expected = (double)EPOCHS / KINDS;
        if (count[number] > 0) {
            chi += (count[number] - expected) * (count[number] - expected) / expected;
            kinds++;
        }
    }
    ck_assert_int_eq(kinds, KINDS);
    ck_assert_msg(chi < 58.6, "chi-square is %g", chi);
}
END_TEST

/* Counts positions and their indices on a grid of 32 × 32 cells. It has 1023 degrees of freedom
 * less 62 for the margins, so the statistic's mean is 961 and its deviation 44. */
START_TEST(positions_spread_evenly)
{
    enum { GRID = 32, N = 100003 };
    static int cell[GRID][GRID];
    memset(cell, 0, sizeof cell);
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, NULL, N, _i, 3);
    for (int64_t position = 0; position < N; position++)
        cell[position * GRID / N][tn__order_at(&order, position) * GRID / N]++;
    double chi = 0;
    const double expected = (double)N / (GRID * GRID);
    for (int row = 0; row < GRID; row++)
        for (int column = 0; column < GRID; column++) {
            const double off = cell[row][column] - expected;
            chi += off * off / expected;
        }
    ck_assert_msg(chi > 961 - 5 * 44 && chi < 961 + 5 * 44, "chi-square is %g", chi);
}
END_TEST

START_TEST(large_orders_stay_inside)
{
    const int64_t n = ((int64_t)1 << 48) - 12345;
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, NULL, n, -1, 9);
    for (int64_t position = n - 1000; position < n; position++) {
        const int64_t value = tn__order_at(&order, position);
        ck_assert(value >= 0 && value < n);
    }
}
END_TEST

enum { COMBS = 6, MOST_TEETH = 1000 };

/* The combs of tests/golden/order.py. */
static tn__comb make_comb(int which)
{
    static const float two[] = {0.0f, 3.0f, 0.0f, 1.0f}, far[] = {1e-45f, 3e38f, 0.5f, 0.0f};
    static const int64_t n[COMBS] = {1, 5, 4, 4, 1000, 300};
    float *const weights = malloc((size_t)n[which] * sizeof *weights);
    for (int64_t i = 0; i < n[which]; i++)
        weights[i] = which == 2   ? two[i]
                     : which == 3 ? far[i]
                     : which == 4 ? (float)(i % 17)
                     : which == 5 ? (float)(1.0 / (double)(i + 1))
                                  : 1.0f;
    tn__comb comb;
    ck_assert_int_eq(tn__comb_make(weights, n[which], &comb), TN_OK);
    return comb;
}

START_TEST(weighted_answers_are_known)
{
    static const struct {
        int comb;
        int64_t n, seed, epoch, position, sample;
    } cases[] = {
#include "../golden/weighted.inc"
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        tn__comb comb = make_comb(cases[c].comb);
        tn__order order;
        tn__order_make(&order, TN__WEIGHTED_1, &comb, cases[c].n, cases[c].seed, cases[c].epoch);
        ck_assert_int_eq(tn__order_at(&order, cases[c].position), cases[c].sample);
        tn__comb_free(&comb);
    }
}
END_TEST

/* In each epoch a sample comes M·q / W times, rounded down or up; over many epochs as often as its
 * weight says. */
START_TEST(weights_are_shares)
{
    enum { EPOCHS = 60 };
    static const int64_t sizes_of_epochs[] = {1, 10, 997};
    tn__comb comb = make_comb(_i);
    for (size_t s = 0; s < sizeof sizes_of_epochs / sizeof *sizes_of_epochs; s++) {
        const int64_t m = sizes_of_epochs[s];
        int64_t all[MOST_TEETH] = {0};
        for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
            int64_t count[MOST_TEETH] = {0};
            tn__order order;
            tn__order_make(&order, TN__WEIGHTED_1, &comb, m, 3, epoch);
            for (int64_t position = 0; position < m; position++)
                count[tn__order_at(&order, position)]++;
            for (int64_t i = 0; i < comb.n; i++) {
                const double exact =
                    (double)m * (double)tn__comb_length(&comb, i) / (double)comb.length;
                ck_assert_msg((double)count[i] > exact - 1.0 && (double)count[i] < exact + 1.0,
                              "sample %lld: %lld, not %g", (long long)i, (long long)count[i],
                              exact);
                all[i] += count[i];
            }
        }
        for (int64_t i = 0; i < comb.n; i++) {
            const double share = (double)tn__comb_length(&comb, i) / (double)comb.length;
            ck_assert(fabs((double)all[i] / EPOCHS - (double)m * share) < 0.35);
        }
    }
    tn__comb_free(&comb);
}
END_TEST

START_TEST(places_and_samples_agree)
{
    tn__comb comb = make_comb(_i);
    uint64_t start = 0;
    for (int64_t i = 0; i < comb.n; i++) {
        const uint64_t length = tn__comb_length(&comb, i);
        ck_assert_uint_eq(tn__comb_start(&comb, i), start);
        ck_assert_int_eq(length > 0, comb.weights[i] > 0.0f);
        if (length > 0) {
            ck_assert_int_eq(tn__comb_at(&comb, start), i);
            ck_assert_int_eq(tn__comb_at(&comb, start + length - 1), i);
        }
        start += length;
    }
    ck_assert_uint_eq(comb.length, start);
    ck_assert_uint_lt(start, (uint64_t)1 << 62);
    tn__comb_free(&comb);
}
END_TEST

START_TEST(a_comb_has_a_length)
{
    tn__comb comb;
    ck_assert_int_eq(tn__comb_make(calloc(3, sizeof(float)), 3, &comb), TN_EINVAL);
    ck_assert_str_eq(tn_error(), "all weights are 0");
}
END_TEST

START_TEST(names_are_known)
{
    ck_assert_int_eq(tn__order_kind(NULL), TN__SEQUENTIAL);
    ck_assert_int_eq(tn__order_kind("sequential"), TN__SEQUENTIAL);
    ck_assert_int_eq(tn__order_kind("feistel-1"), TN__FEISTEL_1);
    ck_assert_int_eq(tn__order_kind("shuffle"), 0);
    ck_assert_ptr_nonnull(strstr(tn_error(), "\"shuffle\""));
    ck_assert_str_eq(tn__order_name(TN__FEISTEL_1), "feistel-1");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("order");
    TCase *const tcase = tcase_create("order");
    tcase_add_loop_test(tcase, every_value_once, 0, N_SIZES);
    tcase_add_test(tcase, known_answers);
    tcase_add_test(tcase, sequential_is_the_identity);
    tcase_add_test(tcase, small_permutations_are_even);
    tcase_add_loop_test(tcase, positions_spread_evenly, 0, 4);
    tcase_add_test(tcase, large_orders_stay_inside);
    tcase_add_test(tcase, weighted_answers_are_known);
    tcase_add_loop_test(tcase, weights_are_shares, 0, COMBS);
    tcase_add_loop_test(tcase, places_and_samples_agree, 0, COMBS);
    tcase_add_test(tcase, a_comb_has_a_length);
    tcase_add_test(tcase, names_are_known);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
