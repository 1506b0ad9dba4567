/* SPDX-License-Identifier: MIT */
/* Transforms: the output and the batches that they announce, and the constants of the last write.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "op/transform.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

static tn_transform *make(const char *text)
{
    tn_transform *const transform = tn_transform_create(text);
    ck_assert_msg(transform != NULL, "%s: %s", text, tn_error());
    return transform;
}

static const struct {
    const char *text;
    int32_t channels, dtype;
    int64_t shape[3], strides[3];
} outputs[] = {
    {"random_resized_crop size=224", 3, TN_U8, {3, 224, 224}, {50176, 224, 1}},
    {"random_resized_crop size=8x9; hflip; convert", 1, TN_F32, {1, 8, 9}, {72, 9, 1}},
    {"resize size=256; center_crop size=224; normalize; convert dtype=f16 layout=nhwc",
     3,
     TN_F16,
     {224, 224, 3},
     {672, 3, 1}},
    {"resize size=30x40 mode=exact; trim_border border=2", 3, TN_U8, {3, 26, 36}, {936, 36, 1}},
    {"resize size=3 mode=exact; trim_border border=5", 3, TN_U8, {3, 1, 1}, {1, 1, 1}},
    {"center_crop size=30x40; resize size=15", 3, TN_U8, {3, 15, 20}, {300, 20, 1}},
    {"center_crop size=30x40; resize_keep_ratio size=10x15", 3, TN_U8, {3, 11, 15}, {165, 15, 1}},
    {"crop box=0,0,5,4; convert dtype=bf16", 3, TN_BF16, {3, 4, 5}, {20, 5, 1}},
};

START_TEST(output_is_known)
{
    tn_transform *const transform = make(outputs[_i].text);
    tn_tensor out = {.size = (int32_t)sizeof out};
    ck_assert_int_eq(tn_transform_output(transform, outputs[_i].channels, &out), TN_OK);
    ck_assert_int_eq(out.dtype, outputs[_i].dtype);
    ck_assert_int_eq(out.ndim, 3);
    ck_assert_mem_eq(out.shape, outputs[_i].shape, sizeof outputs[_i].shape);
    ck_assert_mem_eq(out.strides, outputs[_i].strides, sizeof outputs[_i].strides);
    ck_assert_ptr_null(out.data);
    tn_transform_destroy(transform);
}
END_TEST

static const char *const unknown_outputs[] = {
    "",
    "hflip",
    "resize size=256",
    "trim_border border=4",
    "resize_keep_ratio size=8",
    "center_crop size=30; resize_keep_ratio size=8 random_scale_prob=0.1",
};

START_TEST(output_depends_on_the_image)
{
    tn_transform *const transform = make(unknown_outputs[_i]);
    tn_tensor out = {.size = (int32_t)sizeof out};
    ck_assert_int_eq(tn_transform_output(transform, 3, &out), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "depends on the image"));
    tn_transform_destroy(transform);
}
END_TEST

static int apply(const tn_transform *transform, int32_t channels)
{
    static const uint8_t pixels[3 * 9 * 9];
    tn_image *const image = tn_image_create(pixels, 9, 9, channels);
    tn_image *const made = tn_transform_apply(transform, image, NULL);
    const int status = made ? TN_OK : tn__error_last()->code;
    tn_image_destroy(made);
    tn_image_destroy(image);
    return status;
}

/* One number, or equal numbers, fit any count of channels. Other lists must have that count. */
START_TEST(statistics_fit_the_channels)
{
    static const struct {
        const char *text;
        int grey, colour;
    } cases[] = {
        {"center_crop size=8; convert", TN_OK, TN_OK},
        {"center_crop size=8; normalize", TN_EINVAL, TN_OK},
        {"center_crop size=8; normalize mean=0.5 std=0.25", TN_OK, TN_OK},
        {"center_crop size=8; normalize mean=inception std=inception", TN_OK, TN_OK},
        {"center_crop size=8; normalize mean=0.5,0.5,0.5 std=0.1,0.2,0.3", TN_EINVAL, TN_OK},
        {"center_crop size=8; normalize mean=0.5,0.6 std=1", TN_EINVAL, TN_EINVAL},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        tn_transform *const transform = make(cases[i].text);
        tn_tensor out = {.size = (int32_t)sizeof out};
        ck_assert_int_eq(tn_transform_output(transform, 1, &out), cases[i].grey);
        ck_assert_int_eq(tn_transform_output(transform, 3, &out), cases[i].colour);
        ck_assert_int_eq(tn_transform_output(transform, 2, &out), TN_EINVAL);
        ck_assert_int_eq(apply(transform, 1), cases[i].grey);
        ck_assert_int_eq(apply(transform, 3), cases[i].colour);
        tn_transform_destroy(transform);
    }
}
END_TEST

START_TEST(finishing_constants)
{
    tn_transform *const transform = make("normalize mean=dpn std=clip; convert layout=nhwc");
    const tn__finish *const finish = tn__transform_finish(transform, 3);
    ck_assert_int_eq(finish->px.channels, 3);
    ck_assert_int_eq(finish->px.dtype, TN_F32);
    ck_assert_int_eq(finish->px.layout, TN_NHWC);
    ck_assert(finish->px.scale[1] == (float)(1 / (255 * 0.26130258)));
    ck_assert(finish->px.bias[2] == (float)(-(104 / 255.0) / 0.27577711));
    tn_transform_destroy(transform);
}
END_TEST

START_TEST(objects_are_counted)
{
    tn_transform *const transform = make("hflip p=0.50; normalize");
    ck_assert_str_eq(tn_transform_text(transform), "hflip; normalize");
    tn__transform_keep(transform);
    tn_transform_destroy(transform);
    ck_assert_str_eq(tn_transform_text(transform), "hflip; normalize");
    tn_transform_destroy(transform);
    tn_transform_destroy(NULL);
    ck_assert_ptr_null(tn_transform_create(NULL));
    ck_assert_ptr_null(tn_transform_create("hflip q=1"));
    ck_assert_str_eq(tn_error(), "hflip: no parameter \"q\" (parameters: p)");
    ck_assert_int_eq(tn_transform_output(NULL, 3, NULL), TN_EINVAL);
}
END_TEST

START_TEST(sizes_are_bounded_when_they_are_known)
{
    static const struct {
        const char *ops, *message;
    } refused[] = {
        {"random_resized_crop size=65500",
         "random_resized_crop: a result of 65500 x 65500 is over the limit of 268435456 pixels"},
        {"resize size=16385 mode=exact",
         "resize: a result of 16385 x 16385 is over the limit of 268435456 pixels"},
        {"center_crop_or_pad size=20000; center_crop size=224",
         "center_crop_or_pad: a result of 20000 x 20000 is over the limit of 268435456 pixels"},
        {"crop box=0,0,16000000,17",
         "crop: a result of 16000000 x 17 is over the limit of 268435456 pixels"},
    };
    for (int i = 0; i < COUNT(refused); i++) {
        ck_assert_ptr_null(tn_transform_create(refused[i].ops));
        ck_assert_str_eq(tn_error(), refused[i].message);
        ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
    }
    tn_transform_destroy(make("resize size=16384 mode=exact; convert dtype=f32"));
}
END_TEST

START_TEST(images_are_bounded)
{
    static const uint8_t pixel[3] = {0}; /* refused before more is read */
    ck_assert_ptr_null(tn_image_create(pixel, 65500, 4099, 3));
    ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
    ck_assert_str_eq(tn_error(), "tn_image_create: an image of 65500 x 4099 is over the limit of "
                                 "268435456 pixels");
    ck_assert_ptr_null(tn_image_create(pixel, 65501, 1, 3));
    ck_assert_int_eq(tn__error_last()->code, TN_EINVAL);
    ck_assert_int_eq(tn__limits_image("op", "a result", 1 << 14, 1 << 14, 17), TN_ELIMIT);
    ck_assert_str_eq(tn_error(), "op: a result of 16384 x 16384 is over the limit of 4096 MiB");
}
END_TEST

/* Makes a wide image from a tall one. With the older order of passes, the image between the passes
 * is both wide and tall. */
START_TEST(images_between_passes_are_bounded)
{
    static const uint8_t pixels[65500];
    tn_image *const image = tn_image_create(pixels, 1, 65500, 1);
    tn_transform *const across = make("resize size=1x65500 mode=exact pillow=11"),
                        *const down = make("resize size=1x65500 mode=exact");
    ck_assert_ptr_null(tn_transform_apply(across, image, NULL));
    ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
    ck_assert_str_eq(tn__error_last()->message,
                     "resize: the image between two passes of 65500 x 65500 is over the limit of "
                     "268435456 pixels");
    tn_image *const made = tn_transform_apply(down, image, NULL);
    ck_assert_msg(made != NULL, "%s", tn_error());
    tn_image_destroy(made);
    tn_transform_destroy(across);
    tn_transform_destroy(down);
    tn_image_destroy(image);
}
END_TEST

START_TEST(results_are_bounded_when_the_image_is_known)
{
    const uint8_t pixels[3 * 4] = {0};
    tn_image *const image = tn_image_create(pixels, 1, 4, 3);
    tn_transform *const transform = make("resize size=16000");
    ck_assert_ptr_null(tn_transform_apply(transform, image, NULL)); /* 16000 x 64000 */
    ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
    tn_transform_destroy(transform);
    tn_image_destroy(image);
}
END_TEST

/* A transform knows the tensors of a batch before there is a loader. */
START_TEST(batches_are_known)
{
    static const struct {
        const char *ops;
        int32_t rows, n_tensors;
        int64_t classes;
    } cases[] = {
        {"", 7, 2, 0},
        {"; mixup", 7, 3, 5},
        {"; mixup mode=half num_classes=9", 4, 3, 9},
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        char text[120];
        snprintf(text, sizeof text, "center_crop size=20x30; convert dtype=f16 layout=nhwc%s",
                 cases[c].ops);
        tn_transform *const transform = make(text);
        tn_tensor tensor[4] = {{0}};
        for (int t = 0; t < 4; t++)
            tensor[t].size = (int32_t)sizeof *tensor;
        ck_assert_int_eq(tn_transform_rows(transform, 7), cases[c].rows);
        for (int32_t t = 0; t < cases[c].n_tensors; t++)
            ck_assert_int_eq(tn_transform_tensor(transform, t, 7, 3, 5, &tensor[t]), TN_OK);
        ck_assert_int_eq(tn_transform_tensor(transform, cases[c].n_tensors, 7, 3, 5, &tensor[3]),
                         TN_END);
        ck_assert_str_eq(tensor[0].name, "image");
        ck_assert_int_eq(tensor[0].dtype, TN_F16);
        ck_assert_int_eq(tensor[0].ndim, 4);
        ck_assert_int_eq(tensor[0].shape[0], cases[c].rows);
        ck_assert_int_eq(tensor[0].shape[1], 20);
        ck_assert_int_eq(tensor[0].shape[3], 3);
        ck_assert_int_eq(tensor[0].strides[0], 20 * 30 * 3);
        ck_assert_int_eq(tensor[1].shape[0], cases[c].rows);
        if (cases[c].n_tensors == 3) {
            ck_assert_int_eq(tensor[2].shape[0], cases[c].rows);
            ck_assert_int_eq(tensor[2].shape[1], cases[c].classes);
        }
        tn_transform_destroy(transform);
    }
}
END_TEST

START_TEST(batches_that_cannot_be_made)
{
    tn_transform *const small = make("center_crop size=8; convert; mixup num_classes=2");
    tn_tensor tensor = {.size = (int32_t)sizeof tensor};
    ck_assert_int_eq(tn_transform_tensor(small, 0, 7, 3, 5, &tensor), TN_EINVAL);
    ck_assert_int_eq(tn_transform_tensor(small, 0, 0, 3, 2, &tensor), TN_EINVAL);
    ck_assert_int_eq(tn_transform_tensor(small, 0, 7, 3, -1, &tensor), TN_EINVAL);
    ck_assert_int_eq(tn_transform_tensor(small, -1, 7, 3, 2, &tensor), TN_EINVAL);
    ck_assert_int_eq(tn_transform_tensor(small, 0, 7, 2, 2, &tensor), TN_EINVAL);
    ck_assert_int_eq(tn_transform_tensor(small, 0, 7, 3, 2, &tensor), TN_OK);
    ck_assert_int_eq(tn_transform_rows(small, -1), TN_EINVAL);
    tn_transform_destroy(small);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("transform");
    TCase *const tcase = tcase_create("transform");
    tcase_add_loop_test(tcase, output_is_known, 0, COUNT(outputs));
    tcase_add_loop_test(tcase, output_depends_on_the_image, 0, COUNT(unknown_outputs));
    tcase_add_test(tcase, batches_are_known);
    tcase_add_test(tcase, batches_that_cannot_be_made);
    tcase_add_test(tcase, statistics_fit_the_channels);
    tcase_add_test(tcase, finishing_constants);
    tcase_add_test(tcase, objects_are_counted);
    suite_add_tcase(suite, tcase);
    TCase *const limits = tcase_create("one budget, and it holds");
    tcase_add_test(limits, sizes_are_bounded_when_they_are_known);
    tcase_add_test(limits, images_are_bounded);
    tcase_add_test(limits, images_between_passes_are_bounded);
    tcase_add_test(limits, results_are_bounded_when_the_image_is_known);
    suite_add_tcase(suite, limits);
    return suite_run(suite);
}
