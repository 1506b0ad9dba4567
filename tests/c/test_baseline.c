/* SPDX-License-Identifier: MIT */
/* Compares our JPEG decoder with libjpeg at every level: whole images and regions. The files cover
 * samplings, sizes, tables and restart intervals, and have coefficients that no picture has. Files
 * of other kinds must go to libjpeg. */
#include <check.h>

#include "baseline_recipes.h"
#include "draw_region.h"
#include "jpeg_compare.h"
#include "make_coefficients.h"
#include "make_jpeg.h"
#include "suite.h"

enum { REGIONS = 24, MAX_SIDE = 40, N_FACTORS = 4, MAX_PLACES = 10 };

static tn__arena arenas[2];

static void set_up(void)
{
    for (int k = 0; k < 2; k++)
        tn__arena_init(&arenas[k], 1 << 22, 0);
}

static void tear_down(void)
{
    for (int k = 0; k < 2; k++)
        tn__arena_free(&arenas[k]);
}

/* True if our decoder decodes the file itself. */
static bool is_taken(tn__bytes bytes, const tn__want *want)
{
    const tn__codec *const first = tn__codec_find(bytes);
    ck_assert_ptr_nonnull(first);
    const jpeg_answer answer = jpeg_decode_alone(first, bytes, want, &arenas[1]);
    return first != &tn__codec_libjpeg && answer.status != TN__NOT_MINE;
}

/* Compares the whole image in both modes, then regions. True: our decoder took the file. */
static bool check_file(tn__bytes bytes, const char *name, int n_regions)
{
    tn__draws draws;
    tn__info info;
    jpeg_difference difference;
    tn__draws_begin(&draws, tn__key_make(11, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    ck_assert_msg(jpeg_check_info(bytes, &info, &difference), "%s: %s", name, difference.text);
    tn__want want = {{0, 0, info.w, info.h}, TN_RGB};
    const bool taken = is_taken(bytes, &want);
    for (int turn = -2; turn < n_regions; turn++) {
        want.mode = turn & 1 ? TN_GREY : TN_RGB;
        if (turn >= 0)
            want.need = draw_region(&draws, info.w, info.h);
        /* Random steps of DC can be too large for the encoder, which then writes damaged files. */
        const bool same = taken || turn < 0 ? jpeg_check_want(bytes, &want, arenas, &difference)
                                            : jpeg_check_damaged(bytes, &want, arenas, &difference);
        ck_assert_msg(same, "%s, %dx%d: %s", name, info.w, info.h, difference.text);
        ck_assert_msg(!taken || is_taken(bytes, &want),
                      "%s: its decoder leaves a region to libjpeg", name);
    }
    return taken;
}

static bool check_recipe(const jpeg_recipe *recipe, int n_regions)
{
    const jpeg_file file = make_jpeg(recipe);
    const bool taken = check_file((tn__bytes){file.bytes, file.size}, recipe->name, n_regions);
    free(file.bytes);
    return taken;
}

static const int factors[N_FACTORS] = {11, 21, 12, 22};

static int blocks_of(const int sampling[3])
{
    int n = 0;
    for (int c = 0; c < 3; c++)
        n += sampling[c] / 10 * (sampling[c] % 10);
    return n;
}

/* Tests all combinations of factors for three components, and every width and every height up to
 * 40. */
START_TEST(samplings_equal_libjpeg)
{
    jpeg_recipe recipe = {.channels = 3, .space = JCS_YCbCr};
    for (int c = 0, rest = _i; c < 3; c++, rest /= N_FACTORS)
        recipe.sampling[c] = factors[rest % N_FACTORS];
    if (blocks_of(recipe.sampling) > MAX_PLACES)
        return; /* the MCU is too large: ITU T.81, B.2.3 */
    char name[40];
    snprintf(name, sizeof name, "sampling %d,%d,%d", recipe.sampling[0], recipe.sampling[1],
             recipe.sampling[2]);
    recipe.name = name;
    for (recipe.w = 1; recipe.w <= MAX_SIDE; recipe.w++) {
        recipe.h = recipe.w * 17 % 41;
        recipe.noise = recipe.w & 1;
        ck_assert_msg(check_recipe(&recipe, 4), "%s is not taken", name);
    }
}
END_TEST

/* Tests common samplings with each size from 1×1 to 40×40. */
START_TEST(sizes_equal_libjpeg)
{
    static const jpeg_recipe usual[] = {
        {.name = "4:4:4", .channels = 3, .space = JCS_YCbCr, .sampling = {11, 11, 11}},
        {.name = "4:2:2", .channels = 3, .space = JCS_YCbCr, .sampling = {21, 11, 11}},
        {.name = "4:2:0", .channels = 3, .space = JCS_YCbCr, .sampling = {22, 11, 11}},
        {.name = "4:4:0", .channels = 3, .space = JCS_YCbCr, .sampling = {12, 11, 11}},
        {.name = "grey", .channels = 1, .space = JCS_GRAYSCALE},
    };
    jpeg_recipe recipe = usual[_i % 5];
    recipe.w = 1 + _i / 5;
    for (recipe.h = 1; recipe.h <= MAX_SIDE; recipe.h++)
        ck_assert_msg(check_recipe(&recipe, 2), "%s is not taken", recipe.name);
}
END_TEST

START_TEST(baseline_files_equal_libjpeg)
{
    ck_assert_msg(check_recipe(&baseline_recipes[_i], REGIONS), "%s is not taken",
                  baseline_recipes[_i].name);
}
END_TEST

/* Files that our decoder leaves to libjpeg. */
static const jpeg_recipe passed_on[] = {
    {.name = "progressive", YCC(77, 75, 22, 11, 11), .progressive = TRUE},
    {.name = "progressive grey",
     .w = 77,
     .h = 75,
     .channels = 1,
     .space = JCS_GRAYSCALE,
     .progressive = TRUE},
    {.name = "arithmetic", YCC(77, 75, 22, 11, 11), .arithmetic = TRUE},
    {.name = "separate scans", YCC(77, 75, 22, 11, 11), .separate = TRUE},
    {.name = "4:1:1", YCC(99, 75, 41, 11, 11)},
    {.name = "3x1", YCC(99, 75, 31, 11, 11)},
    {.name = "1x4", YCC(45, 99, 14, 11, 11)},
    {.name = "CMYK", .w = 77, .h = 45, .channels = 4, .space = JCS_CMYK},
    {.name = "YCCK", .w = 77, .h = 45, .channels = 4, .space = JCS_YCCK},
};
enum { N_PASSED_ON = sizeof passed_on / sizeof passed_on[0] };

START_TEST(other_files_go_to_libjpeg)
{
    ck_assert_msg(!check_recipe(&passed_on[_i], 4), "%s is taken", passed_on[_i].name);
}
END_TEST

/* Tests every run and size of coefficients. Up to 6 bits, with these quantisers, no sum overflows.
 */
START_TEST(drawn_coefficients_equal_libjpeg)
{
    jpeg_recipe recipe = {.name = "drawn coefficients", YCC(75, 61, 11, 11, 11), .quality = 100};
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(12, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    recipe.optimize = _i & 1;
    recipe.long_codes = !recipe.optimize && _i % 3 == 0;
    recipe.restart = _i % 5;
    recipe.sampling[0] = factors[_i % N_FACTORS];
    const jpeg_file file = make_coefficients(&recipe, &draws, 6, DC_SMALL);
    ck_assert(check_file((tn__bytes){file.bytes, file.size}, recipe.name, 6));
    free(file.bytes);
}
END_TEST

#if defined(__x86_64__)
/* The same with overflowing sums. libjpeg-turbo's C and SIMD code differ there; the SIMD code of
 * x86 counts as right. Our decoder may leave such files to libjpeg. */
START_TEST(absurd_coefficients_equal_libjpeg)
{
    jpeg_recipe recipe = {.name = "absurd coefficients", YCC(75, 61, 11, 11, 11)};
    static const int qualities[] = {100, 50, 1};
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(13, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    recipe.quality = qualities[_i % 3];
    recipe.wide_quantisers = _i & 1;
    recipe.sampling[0] = factors[_i % N_FACTORS];
    const jpeg_file file = make_coefficients(&recipe, &draws, 6 + _i % 5, (dc_kind)(_i / 3 % 3));
    check_file((tn__bytes){file.bytes, file.size}, recipe.name, 6);
    free(file.bytes);
}
END_TEST
#endif

int main(void)
{
    Suite *const suite = suite_create("baseline");
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 300);
    tcase_add_loop_test(all, samplings_equal_libjpeg, 0, N_FACTORS * N_FACTORS * N_FACTORS);
    tcase_add_loop_test(all, sizes_equal_libjpeg, 0, 5 * MAX_SIDE);
    tcase_add_loop_test(all, baseline_files_equal_libjpeg, 0, N_BASELINE);
    tcase_add_loop_test(all, other_files_go_to_libjpeg, 0, N_PASSED_ON);
    tcase_add_loop_test(all, drawn_coefficients_equal_libjpeg, 0, 24);
#if defined(__x86_64__)
    tcase_add_loop_test(all, absurd_coefficients_equal_libjpeg, 0, 60);
#endif
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
