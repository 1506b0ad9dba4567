/* SPDX-License-Identifier: MIT */
/* Orders: they give each index once, the frozen one gives known answers, and it looks random. */
#include <check.h>
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
    tn__order_make(&order, TN__FEISTEL_1, n, 42, _i);
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
        tn__order_make(&order, TN__FEISTEL_1, cases[c].n, cases[c].seed, cases[c].epoch);
        ck_assert_int_eq(tn__order_at(&order, cases[c].position), cases[c].value);
    }
}
END_TEST

START_TEST(sequential_is_the_identity)
{
    tn__order order;
    tn__order_make(&order, TN__SEQUENTIAL, 10, 1, 2);
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
        tn__order_make(&order, TN__FEISTEL_1, 4, 7, epoch);
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
    tn__order_make(&order, TN__FEISTEL_1, N, _i, 3);
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
    tn__order_make(&order, TN__FEISTEL_1, n, -1, 9);
    for (int64_t position = n - 1000; position < n; position++) {
        const int64_t value = tn__order_at(&order, position);
        ck_assert(value >= 0 && value < n);
    }
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
    tcase_add_test(tcase, names_are_known);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
