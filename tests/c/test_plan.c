/* SPDX-License-Identifier: MIT */
/* Plans: which part of a source they need, where points of the source go, and that only a sample's
 * address decides what happens to the sample. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "make/planning.h"
#include "op/transform.h"
#include "plan/plan.h"
#include "suite.h"

static const tn__info PHOTO = {
    .w = 500, .h = 375, .channels = 3, .bits = 8, .orientation = 6, .format = "jpeg"};

static tn_transform *parse(const char *text)
{
    tn_transform *const transform = tn_transform_create(text);
    ck_assert_msg(transform != NULL, "%s: %s", text, tn_error());
    return transform;
}

static void make(const tn_transform *transform, int orient, int64_t position, tn__plan *plan)
{
    const tn__place place = {.seed = 7, .epoch = 3, .position = position, .sample = 1};
    ck_assert_int_eq(tn__plan_make(transform, &PHOTO, TN_RGB, orient, &place, plan), TN_OK);
}

static void check_rect(tn_px_rect rect, int x, int y, int w, int h)
{
    ck_assert_int_eq(rect.x, x);
    ck_assert_int_eq(rect.y, y);
    ck_assert_int_eq(rect.w, w);
    ck_assert_int_eq(rect.h, h);
}

START_TEST(a_centre_crop_needs_the_centre)
{
    tn_transform *const transform = parse("center_crop size=100x200; hflip p=1");
    tn__plan plan;
    make(transform, 0, 0, &plan);
    check_rect(plan.need, 150, 138, 200, 100); /* (375 - 100) / 2 is 137.5, half to even */
    ck_assert_int_eq(plan.n_steps, 2);
    tn_transform_destroy(transform);
}
END_TEST

START_TEST(a_centre_crop_of_a_turned_image_needs_the_turned_centre)
{
    tn_transform *const transform = parse("center_crop size=100x200");
    tn__plan plan;
    make(transform, 1, 0, &plan); /* orientation 6: the viewer sees 375 x 500 */
    check_rect(plan.steps[0].in, 88, 200, 200, 100);
    check_rect(plan.need, 200, 375 - 88 - 200, 100, 200);
    tn_transform_destroy(transform);
}
END_TEST

/* The plan keeps all rows of a wide image, and drops the columns that only cropped pixels need. */
START_TEST(evaluation_leaves_out_columns)
{
    tn_transform *const transform = parse("resize size=256 interpolation=bicubic; "
                                          "center_crop size=224");
    tn__plan plan;
    make(transform, 0, 0, &plan);
    /* The image is 341 x 256 after the resize, at a scale of 500/341. Columns 58 to 281 are
     * visible: their weights reach from trunc(58.5·scale - 2·scale + .5) = 83 to trunc(281.5·scale
     * + 2·scale + .5) = 416. */
    ck_assert_int_eq(plan.steps[0].w, 341);
    ck_assert_int_eq(plan.need.x, 83);
    ck_assert_int_eq(plan.need.w, 416 - 83);
    tn_transform_destroy(transform);
}
END_TEST

START_TEST(an_op_over_the_whole_image_needs_all_of_it)
{
    tn_transform *const transform = parse("color_jitter; center_crop size=10");
    tn__plan plan;
    make(transform, 0, 0, &plan);
    check_rect(plan.need, 0, 0, 500, 375);
    tn_transform_destroy(transform);
}
END_TEST

/* The corners of the crop land on the corners of the output, mirrored by the flip. */
START_TEST(points_follow_crop_resize_and_flip)
{
    tn_transform *const transform = parse("crop box=100,50,200,100; resize size=50x400 mode=exact; "
                                          "hflip p=1");
    tn__plan plan;
    make(transform, 0, 0, &plan);
    const double *const a = plan.affine;
    ck_assert_double_eq_tol(a[0] * 100 + a[1] * 50 + a[2], 400, 1e-9);
    ck_assert_double_eq_tol(a[3] * 100 + a[4] * 50 + a[5], 0, 1e-9);
    ck_assert_double_eq_tol(a[0] * 300 + a[1] * 150 + a[2], 0, 1e-9);
    ck_assert_double_eq_tol(a[3] * 300 + a[4] * 150 + a[5], 50, 1e-9);
    tn_transform_destroy(transform);
}
END_TEST

static char *explained(const tn_transform *transform, int64_t position)
{
    tn__plan plan;
    tn__text text = {0};
    make(transform, 0, position, &plan);
    tn__plan_explain(transform, &plan, &text);
    return text.chars;
}

/* An op added in front does not change the draws of the others: their address stays the same. */
START_TEST(draws_do_not_depend_on_other_ops)
{
    tn_transform *const one = parse("random_crop_or_pad size=100; convert dtype=u8");
    tn_transform *const two = parse("vflip p=1; random_crop_or_pad size=100; convert dtype=u8");
    for (int64_t position = 0; position < 20; position++) {
        char *const a = explained(one, position), *const b = explained(two, position);
        ck_assert_str_eq(strstr(a, "{\"op\":\"random_crop"), strstr(b, "{\"op\":\"random_crop"));
        free(a);
        free(b);
    }
    tn_transform_destroy(one);
    tn_transform_destroy(two);
}
END_TEST

START_TEST(two_ops_of_a_kind_draw_differently)
{
    tn_transform *const transform = parse("random_crop_or_pad size=300x400; "
                                          "random_crop_or_pad size=225x300");
    int equal = 0;
    for (int64_t position = 0; position < 20; position++) {
        tn__plan plan;
        make(transform, 0, position, &plan);
        equal +=
            plan.steps[0].q[0] == plan.steps[1].q[0] && plan.steps[0].q[1] == plan.steps[1].q[1];
    }
    ck_assert_int_lt(equal, 3);
    tn_transform_destroy(transform);
}
END_TEST

START_TEST(u8_output_does_not_claim_to_be_normalised)
{
    tn_transform *const transform = parse("center_crop size=8; normalize; convert dtype=u8");
    char *const text = explained(transform, 0);
    ck_assert_str_eq(text, "[{\"op\":\"center_crop\",\"box\":[246,184,8,8]},"
                           "{\"op\":\"convert\",\"dtype\":\"u8\",\"layout\":\"nchw\"}]");
    free(text);
    tn_transform_destroy(transform);
}
END_TEST

START_TEST(a_plan_that_is_full_says_so)
{
    tn__plan plan = {.w = 4, .h = 4};
    for (int i = 0; i < TN__MAX_STEPS; i++)
        ck_assert_ptr_nonnull(tn__plan_append(&plan, 4, 4));
    ck_assert_ptr_null(tn__plan_append(&plan, 4, 4));
    ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
}
END_TEST

/* Between steps a side may be longer than the limit for an output. */
START_TEST(long_sides_end_before_the_output)
{
    static const tn__info strip = {.w = 500, .h = 1, .channels = 3, .bits = 8, .orientation = 1};
    static const struct {
        const char *text;
        int code;
    } cases[] = {{"resize size=224", TN_ELIMIT}, {"resize size=224; center_crop size=224", TN_OK}};
    const tn__place place = {.seed = 7};
    for (int i = 0; i < 2; i++) {
        tn__plan plan;
        tn_transform *const transform = parse(cases[i].text);
        ck_assert_int_eq(tn__plan_make(transform, &strip, TN_RGB, 0, &place, &plan), cases[i].code);
        tn_transform_destroy(transform);
    }
    ck_assert_str_eq(tn_error(),
                     "the output would be 112000 x 224, but a side may have 65500 pixels "
                     "at most");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("plan");
    TCase *const tcase = tcase_create("plan");
    tcase_add_test(tcase, a_centre_crop_needs_the_centre);
    tcase_add_test(tcase, a_centre_crop_of_a_turned_image_needs_the_turned_centre);
    tcase_add_test(tcase, evaluation_leaves_out_columns);
    tcase_add_test(tcase, an_op_over_the_whole_image_needs_all_of_it);
    tcase_add_test(tcase, points_follow_crop_resize_and_flip);
    tcase_add_test(tcase, draws_do_not_depend_on_other_ops);
    tcase_add_test(tcase, two_ops_of_a_kind_draw_differently);
    tcase_add_test(tcase, u8_output_does_not_claim_to_be_normalised);
    tcase_add_test(tcase, a_plan_that_is_full_says_so);
    tcase_add_test(tcase, long_sides_end_before_the_output);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
