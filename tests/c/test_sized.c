/* SPDX-License-Identifier: MIT */
/* Structs of headers that are older or newer than the library. */
#include <check.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "suite.h"
#include "tree.h"

/* The struct that a library knows, and the longer one of a newer header. */
typedef struct known {
    int32_t size, a;
    int64_t b;
} known;
typedef struct newer {
    known known;
    int64_t c;
} newer;

START_TEST(what_a_shorter_struct_lacks_is_zero)
{
    const known given = {.size = offsetof(known, b), .a = 5, .b = 6};
    known ours = {.b = 7};
    ck_assert_int_eq(tn__sized_read("call", &given, &ours, sizeof ours), TN_OK);
    ck_assert_int_eq(ours.a, 5);
    ck_assert_int_eq(ours.b, 0);
}
END_TEST

START_TEST(what_is_not_known_must_be_zero)
{
    newer given = {.known = {.size = (int32_t)sizeof given, .a = 5, .b = 6}};
    known ours;
    ck_assert_int_eq(tn__sized_read("call", &given, &ours, sizeof ours), TN_OK);
    ck_assert_int_eq(ours.b, 6);
    given.c = (int64_t)1 << 40;
    ck_assert_int_eq(tn__sized_read("call", &given, &ours, sizeof ours), TN_EINVAL);
    ck_assert_str_eq(tn_error(), "call: the options have 24 bytes, but this library knows only 16: "
                                 "it is older than the header");
}
END_TEST

START_TEST(sizes_of_no_struct_are_refused)
{
    static const int32_t sizes[] = {0, -8, 4, 7, 12, 17, 1 << 20, INT32_MAX};
    const known given = {.size = sizes[_i]};
    known ours;
    ck_assert_int_eq(tn__sized_read("call", &given, &ours, sizeof ours), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "set it to the struct's 16 bytes"));
    ck_assert_int_eq(tn__sized_read("call", NULL, &ours, sizeof ours), TN_EINVAL);
    ck_assert_str_eq(tn_error(), "call: options is NULL");
}
END_TEST

START_TEST(a_struct_is_filled_as_far_as_it_goes)
{
    const known ours = {.a = 5, .b = 6};
    known shorter = {.size = offsetof(known, b), .a = 1, .b = 2};
    newer longer = {.known = {.size = (int32_t)sizeof longer}, .c = 3};
    tn__sized_write(&shorter, &ours, sizeof ours);
    ck_assert_int_eq(shorter.size, offsetof(known, b));
    ck_assert_int_eq(shorter.a, 5);
    ck_assert_int_eq(shorter.b, 2);
    tn__sized_write(&longer, &ours, sizeof ours);
    ck_assert_int_eq(longer.known.size, sizeof longer);
    ck_assert_int_eq(longer.known.b, 6);
    ck_assert_int_eq(longer.c, 3);
}
END_TEST

/* Old structs: a data set's options up to its root, an index's size alone, the first facts. */
START_TEST(calls_take_structs_of_another_age)
{
    const tree here = tree_make();
    tree_touch(&here, "a/1.jpg");
    tn_dataset_options data = tree_options(&here);
    data.size = offsetof(tn_dataset_options, split);
    data.mode = 0;
    data.split = "no such split, and beyond the end";
    tn_dataset *const dataset = tn_dataset_create(&data);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    const tn_index_options options = {.size = 8, .threads = 1, .entries = 99};
    tn_task *const indexer = tn_index_start(dataset, &options);
    ck_assert_msg(indexer != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(indexer, -1), TN_OK);
    tn_index_facts facts = {.size = offsetof(tn_index_facts, done), .done = -7};
    ck_assert_int_eq(tn_index_facts_of(indexer, &facts), TN_OK);
    ck_assert_int_eq(facts.samples, 1);
    ck_assert_int_eq(facts.done, -7);
    const tn_pack_options pack = {.size = offsetof(tn_pack_options, path), .path = "beyond"};
    ck_assert_ptr_null(tn_pack_start(dataset, &pack));
    ck_assert_ptr_nonnull(strstr(tn_error(), "path is missing"));
    tn_error_info info = {.size = offsetof(tn_error_info, name)};
    ck_assert_int_eq(tn_error_details(&info), TN_OK);
    ck_assert_int_eq(info.code, TN_EINVAL);
    ck_assert_ptr_null(info.name);
    tn_task_destroy(indexer);
    tn_dataset_destroy(dataset);
    tree_remove(&here);
}
END_TEST

/* The struct of a newer header, given to a call. */
START_TEST(calls_refuse_what_they_do_not_know)
{
    struct {
        tn_dataset_options known;
        const char *more;
    } given = {.known = {.size = (int32_t)sizeof given, .root = "/nowhere at all"}};
    ck_assert_ptr_null(tn_dataset_create(&given.known));
    ck_assert_ptr_nonnull(strstr(tn_error(), "/nowhere at all"));
    given.more = "wanted";
    ck_assert_ptr_null(tn_dataset_create(&given.known));
    ck_assert_ptr_nonnull(strstr(tn_error(), "older than the header"));
}
END_TEST

/* A tensor of an older header ends before its shape; one of a newer header has more. */
START_TEST(tensors_are_filled_as_far_as_they_go)
{
    tn_transform *const transform = tn_transform_create("center_crop size=20x30; convert");
    struct {
        tn_tensor known;
        int64_t more;
    } longer = {.known = {.size = (int32_t)sizeof longer}, .more = 3};
    tn_tensor shorter = {.size = offsetof(tn_tensor, shape), .shape = {-7}}, unset = {0};
    ck_assert_int_eq(tn_transform_output(transform, 3, &longer.known), TN_OK);
    ck_assert_int_eq(longer.known.size, sizeof longer);
    ck_assert_int_eq(longer.known.shape[1], 20);
    ck_assert_int_eq(longer.more, 3);
    ck_assert_int_eq(tn_transform_tensor(transform, 0, 7, 3, 5, &shorter), TN_OK);
    ck_assert_int_eq(shorter.size, offsetof(tn_tensor, shape));
    ck_assert_int_eq(shorter.ndim, 4);
    ck_assert_int_eq(shorter.shape[0], -7);
    ck_assert_int_eq(tn_transform_output(transform, 3, &unset), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "set it to the struct's"));
    const uint8_t pixels[3] = {1, 2, 3};
    tn_image *const image = tn_image_create(pixels, 1, 1, 3);
    ck_assert_int_eq(tn_image_tensor(image, &unset), TN_EINVAL);
    ck_assert_int_eq(tn_image_tensor(image, &shorter), TN_OK);
    ck_assert_int_eq(shorter.dtype, TN_U8);
    ck_assert_int_eq(shorter.shape[0], -7);
    tn_image_destroy(image);
    tn_transform_destroy(transform);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("sized");
    TCase *const cases = tcase_create("sized");
    tcase_add_test(cases, what_a_shorter_struct_lacks_is_zero);
    tcase_add_test(cases, what_is_not_known_must_be_zero);
    tcase_add_loop_test(cases, sizes_of_no_struct_are_refused, 0, 8);
    tcase_add_test(cases, a_struct_is_filled_as_far_as_it_goes);
    tcase_add_test(cases, calls_take_structs_of_another_age);
    tcase_add_test(cases, calls_refuse_what_they_do_not_know);
    tcase_add_test(cases, tensors_are_filled_as_far_as_they_go);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
