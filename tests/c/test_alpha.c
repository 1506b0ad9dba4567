/* SPDX-License-Identifier: MIT */
/* Resizes RGBA, and compares with Pillow: alpha weighs the colours. */
#include <check.h>
#include <stdio.h>

#include "cpu/level.h"
#include "px/alpha.h"
#include "suite.h"
#include "tench.h"

static const struct golden {
    const char *ops;
    int32_t w, h, made_w, made_h;
    uint64_t hash;
} golden[] = {
#include "../golden/alpha.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof golden[0], MOST = 90 * 61 * 4 };

/* As in make_alpha.py. */
static tn_image *make(int32_t w, int32_t h)
{
    static uint8_t pixels[MOST];
    uint8_t *to = pixels;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++)
            for (int32_t c = 0; c < 4; c++) {
                const int32_t value =
                    (x * 37 + y * 101 + c * 59 + x * y * 7) ^ (x * x * 3 + y * (c + 1) * 11);
                const int32_t third = c == 3 ? (x / 5 + y / 4) % 3 : 2;
                *to++ = (uint8_t)(third == 0 ? 0 : third == 1 ? 255 : value);
            }
    return tn_image_create(pixels, w, h, 4);
}

static uint64_t hash_bytes(const uint8_t *bytes, int64_t n)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int64_t i = 0; i < n; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static void check_case(const struct golden *expected)
{
    static uint8_t pixels[MOST];
    char ops[160];
    snprintf(ops, sizeof ops, "%s; convert dtype=u8 layout=nhwc", expected->ops);
    tn_transform *const transform = tn_transform_create(ops);
    tn_image *const image = make(expected->w, expected->h);
    tn_image *const made = tn_transform_apply(transform, image, NULL);
    ck_assert_msg(made != NULL, "%s", tn_error());
    const int64_t n = (int64_t)expected->made_w * expected->made_h * 4;
    ck_assert_int_eq(tn_image_copy(made, pixels, n), TN_OK);
    ck_assert_msg(hash_bytes(pixels, n) == expected->hash, "%s of %dx%d", expected->ops,
                  expected->w, expected->h);
    tn_image_destroy(made);
    tn_image_destroy(image);
    tn_transform_destroy(transform);
}

START_TEST(resizes_equal_pillow)
{
    tn__cpu_lower(_i);
    for (int g = 0; g < N_GOLDEN; g++)
        check_case(&golden[g]);
    tn__cpu_lower(TN__CPU_LEVELS);
}
END_TEST

START_TEST(quotients_are_exact)
{
    int32_t wrong = 0;
    for (int32_t value = 0; value < 256; value++)
        for (int32_t alpha = 0; alpha < 256; alpha++) {
            const int32_t quotient = alpha ? 255 * value / alpha : value;
            const int32_t expected = quotient > 255 ? 255 : quotient;
            wrong += tn_px_over_alpha((uint8_t)value, (uint8_t)alpha) != expected;
        }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("alpha");
    TCase *const resizes = tcase_create("resizes");
    tcase_add_loop_test(resizes, resizes_equal_pillow, 0, TN__CPU_LEVELS);
    tcase_add_test(resizes, quotients_are_exact);
    suite_add_tcase(suite, resizes);
    return suite_run(suite);
}
