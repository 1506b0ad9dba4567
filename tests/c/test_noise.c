/* SPDX-License-Identifier: MIT */
/* Checks the noise of random erasing: its functions for all inputs, its distribution, and a hash of
 * its bits that every compiler and machine must reproduce. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "px/erase.h"
#include "suite.h"

enum { INPUTS = 1 << 24, BLOCKS = 1 << 20, LANES = 4 };

static const double TURN = 6.283185307179586477;

START_TEST(logarithm_is_near)
{
    double worst = 0;
    for (uint32_t k = 1; k < INPUTS; k++) {
        const float u = (float)k / INPUTS;
        const double wanted = log((double)u);
        const double error = fabs((double)tn_px_log(u) / wanted - 1);
        worst = error > worst ? error : worst;
    }
    ck_assert_msg(worst < 8.3e-8, "relative error %g", worst);
    ck_assert(tn_px_log(1) == 0.0f);
}
END_TEST

START_TEST(sine_and_cosine_are_near)
{
    double worst = 0;
    for (uint32_t angle = 0; angle < INPUTS; angle++) {
        const tn_px_pair turn = tn_px_turn(angle);
        const double x = TURN * angle / INPUTS;
        worst = fmax(worst, fabs((double)turn.first - sin(x)));
        worst = fmax(worst, fabs((double)turn.second - cos(x)));
    }
    ck_assert_msg(worst < 8.5e-8, "absolute error %g", worst);
}
END_TEST

static double normal_below(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov's distance. By chance it exceeds 1.95/sqrt(n) once in a thousand times. */
START_TEST(numbers_are_normal)
{
    const size_t n = (size_t)BLOCKS * LANES;
    float *const numbers = malloc(n * sizeof *numbers);
    ck_assert_ptr_nonnull(numbers);
    for (uint32_t b = 0; b < BLOCKS; b++) {
        const tn_px_words block = tn_px_philox(b, 0, 0, TN_PX_NOISE_PIXEL, 7, 9);
        for (uint32_t lane = 0; lane < LANES; lane++)
            numbers[(size_t)b * LANES + lane] = tn_px_normal(&block, lane);
    }
    qsort(numbers, n, sizeof *numbers, compare_floats);
    double distance = 0;
    for (size_t i = 0; i < n; i++)
        distance = fmax(distance, fabs(normal_below((double)numbers[i]) - (double)i / (double)n));
    ck_assert_msg(distance * sqrt((double)n) < 1.95, "distance %g", distance);
    free(numbers);
}
END_TEST

/* FNV-1a over 32-bit words. gcc -O0 and -O3 and clang gave this number, with and without
 * -march=native. */
START_TEST(bits_are_the_same_everywhere)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (uint32_t b = 0; b < BLOCKS; b++) {
        const tn_px_words block = tn_px_philox(b, b >> 3, 2, TN_PX_NOISE_PIXEL, 0x1234, 0x5678);
        for (uint32_t lane = 0; lane < LANES; lane++)
            hash = (hash ^ tn_px_float_bits(tn_px_normal(&block, lane))) * 0x100000001B3u;
    }
    ck_assert_uint_eq(hash, 9676338900276159227u);
}
END_TEST

START_TEST(noise_depends_on_its_place)
{
    tn_px_record record = {.erase = TN_PX_ERASE_PIXEL, .key = {3, 4}};
    const float first = tn_px_noise(&record, 0, 0, 5, 9);
    ck_assert(tn_px_noise(&record, 1, 0, 5, 9) == first);
    ck_assert(tn_px_noise(&record, 0, 1, 5, 9) != first);
    ck_assert(tn_px_noise(&record, 0, 0, 6, 9) != first);
    ck_assert(tn_px_noise(&record, 0, 0, 5, 10) != first);
    record.erase = TN_PX_ERASE_RAND;
    const float colour = tn_px_noise(&record, 0, 0, 5, 9);
    ck_assert(tn_px_noise(&record, 0, 0, 50, 90) == colour && colour != first);
    ck_assert(tn_px_noise(&record, 0, 1, 5, 9) != colour);
    ck_assert(tn_px_noise(&record, 1, 0, 5, 9) != colour);
    record.key[1]++;
    ck_assert(tn_px_noise(&record, 0, 0, 5, 9) != colour);
}
END_TEST

int main(void)
{
    TCase *const tests = tcase_create("noise");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, logarithm_is_near);
    tcase_add_test(tests, sine_and_cosine_are_near);
    tcase_add_test(tests, numbers_are_normal);
    tcase_add_test(tests, bits_are_the_same_everywhere);
    tcase_add_test(tests, noise_depends_on_its_place);
    Suite *const suite = suite_create("noise");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
