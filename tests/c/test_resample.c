/* SPDX-License-Identifier: MIT */
/* The resize against what Pillow 13 gave, and its parts against the whole. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/resample.h"

enum { ROW = 8 };
static const uint8_t row[ROW] = {0, 10, 40, 90, 160, 250, 30, 5};

static tn_px_image make_image(int32_t w, int32_t h, int32_t channels)
{
    tn_px_image image = {
        .stride = tn_px_stride(w), .w = w, .h = h, .channels = channels, .bits = 8};
    for (int32_t c = 0; c < channels; c++) {
        image.plane[c] = aligned_alloc(TN_PX_ALIGN, tn_px_plane_bytes(w, h));
        memset(image.plane[c], 0xA5, tn_px_plane_bytes(w, h));
    }
    return image;
}

static void free_image(tn_px_image *image)
{
    for (int32_t c = 0; c < image->channels; c++)
        free(image->plane[c]);
}

static void run(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst)
{
    const size_t bytes = tn__resize_scratch(resize, src->channels);
    void *const scratch = aligned_alloc(TN_PX_ALIGN, bytes);
    tn__resize_run(resize, src, dst, scratch);
    free(scratch);
}

static const struct {
    uint8_t five[5], eleven[11];
} rows[] = {
    {{0, 40, 160, 250, 5}, {0, 10, 10, 40, 90, 160, 160, 250, 30, 30, 5}},
    {{5, 40, 125, 250, 18}, {0, 10, 10, 40, 90, 160, 160, 250, 30, 30, 5}},
    {{4, 41, 127, 176, 15}, {0, 6, 20, 42, 79, 125, 180, 246, 100, 20, 5}},
    {{3, 38, 125, 202, 14}, {0, 7, 14, 40, 87, 125, 165, 250, 62, 23, 5}},
    {{2, 36, 133, 186, 8}, {0, 4, 17, 42, 77, 123, 185, 252, 96, 5, 4}},
    {{1, 31, 138, 189, 2}, {0, 4, 17, 42, 78, 114, 194, 254, 105, 0, 8}},
    {{0, 28, 142, 196, 2}, {0, 2, 15, 39, 74, 120, 198, 255, 97, 0, 0}},
    {{3, 33, 134, 191, 6}, {0, 3, 17, 42, 78, 118, 188, 253, 97, 0, 6}},
};

static void check_row(int32_t filter, int32_t n, const uint8_t *expected, int32_t down)
{
    const int32_t w = down ? 1 : n, h = down ? n : 1;
    const tn__resize resize = {filter, 13, down ? 1 : ROW, down ? ROW : 1, w, h, {0, 0, w, h}};
    tn_px_image src = make_image(resize.source_w, resize.source_h, 1), dst = make_image(w, h, 1);
    for (int32_t i = 0; i < ROW; i++)
        src.plane[0][down ? i * src.stride : i] = row[i];
    run(&resize, &src, &dst);
    for (int32_t i = 0; i < n; i++)
        ck_assert_uint_eq(dst.plane[0][down ? i * dst.stride : i], expected[i]);
    free_image(&src);
    free_image(&dst);
}

START_TEST(rows_as_in_pillow)
{
    for (int32_t down = 0; down < 2; down++) {
        check_row(_i, 5, rows[_i].five, down);
        check_row(_i, 11, rows[_i].eleven, down);
    }
}
END_TEST

/* A small image whose bytes show which pass came first. */
START_TEST(order_of_passes)
{
    static const uint8_t expected[20] = {119, 44,  57,  112, 158, 173, 182, 109, 49,  73,
                                         77,  132, 185, 183, 106, 98,  51,  99,  150, 199};
    static const int32_t differing[3] = {3, 11, 17};
    static const uint8_t horizontal_first[3] = {113, 131, 100};
    tn__resize resize = {TN_FILTER_BICUBIC, 13, 6, 9, 5, 4, {0, 0, 5, 4}};
    tn_px_image src = make_image(6, 9, 1), dst = make_image(5, 4, 1);
    for (int32_t i = 0; i < 54; i++)
        src.plane[0][i / 6 * src.stride + i % 6] = (uint8_t)(37 * i);
    run(&resize, &src, &dst);
    for (int32_t i = 0; i < 20; i++)
        ck_assert_uint_eq(dst.plane[0][i / 5 * dst.stride + i % 5], expected[i]);
    resize.pillow = 11;
    run(&resize, &src, &dst);
    for (int32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(dst.plane[0][differing[i] / 5 * dst.stride + differing[i] % 5],
                          horizontal_first[i]);
    free_image(&src);
    free_image(&dst);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("resample");
    TCase *const cases = tcase_create("resample");
    tcase_add_loop_test(cases, rows_as_in_pillow, 0, 8);
    tcase_add_test(cases, order_of_passes);
    suite_add_tcase(suite, cases);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
