/* SPDX-License-Identifier: MIT */
/* A loader's options: values inside and outside their ranges, the budget that follows from them,
 * and calls that make no sense. */
#include <check.h>
#include <stddef.h>
#include <string.h>

#include "fake.h"
#include "load/slot.h"
#include "suite.h"

START_TEST(budget_is_known_before_the_start)
{
    static const struct {
        int32_t threads, batch_size, depth, n_slots;
    } cases[] = {{2, 64, 0, 3}, {8, 4, 0, 6}, {3, 4, 0, 4}, {1, 1, 0, 4}, {2, 64, 7, 7}};
    tn_loader_options options = {
        .batch_size = cases[_i].batch_size, .threads = cases[_i].threads, .depth = cases[_i].depth};
    tn_loader *const loader = fake_loader(10, options);
    tn_budget budget = {.size = (int32_t)sizeof budget};
    ck_assert_int_eq(tn_loader_budget(loader, &budget), TN_OK);
    ck_assert_int_eq(budget.n_slots, cases[_i].n_slots);
    ck_assert_int_eq(budget.n_threads, cases[_i].threads);
    ck_assert_int_ge(budget.slot_bytes, cases[_i].batch_size * (FAKE_ROW_BYTES + 8));
    ck_assert_int_eq(budget.total_bytes,
                     budget.n_slots * budget.slot_bytes + budget.n_threads * budget.scratch_bytes);
    ck_assert_int_eq(budget.large_bytes, (int64_t)4 << 30);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(wrong_options_are_named)
{
    static const int64_t outside[] = {0, 10};
    const struct {
        tn_loader_options options;
        int32_t code;
        const char *name;
    } cases[] = {
        {{.batch_size = 0}, TN_EINVAL, "batch_size is 0; it must be 1 to 1048576"},
        {{.batch_size = 1 << 21}, TN_EINVAL, "batch_size is 2097152"},
        {{.batch_size = 1, .repeats = -1}, TN_EINVAL, "repeats"},
        {{.batch_size = 1, .rank = -1}, TN_EINVAL, "rank"},
        {{.batch_size = 1, .world_size = -1}, TN_EINVAL, "world_size"},
        {{.batch_size = 1, .order = "random"}, TN_EINVAL, "\"random\""},
        {{.batch_size = 1, .order = "feistel"}, TN_EINVAL, "did you mean \"feistel-1\"?"},
        {{.batch_size = 1, .order = ""}, TN_EINVAL, "order is \"\""},
        {{.batch_size = 1, .depth = 1},
         TN_EINVAL,
         "depth is 1; it must be 0 (the default) or 2 to 4096"},
        {{.batch_size = 1, .threads = -1}, TN_EINVAL, "threads"},
        {{.batch_size = 1, .on_fault = 3},
         TN_EINVAL,
         "on_fault is 3; it must be 0 (the default) or 1 to 2 (raise skip)"},
        {{.batch_size = 1, .drop_last = 7}, TN_EINVAL, "drop_last"},
        {{.batch_size = 1, .fault_budget = -2}, TN_EINVAL, "fault_budget"},
        {{.batch_size = 1, .device = "cuda"}, TN_EDEVICE, "cuda:0"},
        {{.batch_size = 1, .device = "tpu"},
         TN_EDEVICE,
         "device \"tpu\" is unknown; did you mean \"cpu\"? (known: cpu, auto, cuda, fake)"},
        {{.batch_size = 1, .subset = outside, .n_subset = 2}, TN_EINVAL, "subset[1] is 10"},
        {{.batch_size = 1, .n_subset = 2}, TN_EINVAL, "subset is NULL"},
        {{.batch_size = 1, .world_size = 2, .rank = 2}, TN_EINVAL, "rank"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        ck_assert_ptr_null(fake_loader(10, cases[c].options));
        tn_error_info info = {.size = (int32_t)sizeof info};
        tn_error_details(&info);
        ck_assert_int_eq(info.code, cases[c].code);
        ck_assert_msg(strstr(tn_error(), cases[c].name), "%s: %s", cases[c].name, tn_error());
    }
    ck_assert(fake_all_gone());
}
END_TEST

/* A record addresses its boxes with 32 bits, so large targets must not push them too far. */
START_TEST(records_can_address_their_boxes)
{
    enum { ROWS = 1 << 20, CLASSES = 10000000, BOXES = 64, SIDE = 8 };
    const tn_tensor tensors[TN__TENSORS] = {
        {.dtype = TN_U8, .ndim = 4, .shape = {ROWS, 3, SIDE, SIDE}},
        {.dtype = TN_I64, .ndim = 1, .shape = {ROWS}},
        {.dtype = TN_F32, .ndim = 2, .shape = {ROWS, CLASSES}},
    };
    tn__layout layout;
    ck_assert_int_eq(tn__layout_make(&layout, tensors, TN__TENSORS, ROWS), TN_OK);
    const int status = _i ? tn__layout_ship(&layout, BOXES) : tn__layout_stage(&layout, BOXES);
    ck_assert_int_eq(status, TN_OK);
    const uint64_t last = tn__layout_row_output(&layout, NULL, ROWS - 1).boxes_at;
    ck_assert_uint_eq(last % 8, 0);
    ck_assert_uint_le(last / 8, UINT32_MAX);
}
END_TEST

/* A struct of an older header: the fields that it lacks have their defaults. */
START_TEST(shorter_options_are_taken)
{
    tn_loader_options options = {
        .size = offsetof(tn_loader_options, seed), .batch_size = 4, .depth = 1};
    tn_dataset *const dataset = fake_dataset(10);
    tn_transform *const transform = fake_transform();
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_budget budget = {.size = offsetof(tn_budget, slot_bytes), .slot_bytes = -1};
    ck_assert_int_eq(tn_loader_budget(loader, &budget), TN_OK);
    ck_assert_int_gt(budget.n_slots, 1);
    ck_assert_int_eq(budget.slot_bytes, -1);
    tn_loader_destroy(loader);
    options.size = 6;
    ck_assert_ptr_null(tn_loader_create(dataset, transform, &options));
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(misuse_is_refused)
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    tn_loader *const loader = fake_loader(10, (tn_loader_options){.batch_size = 8});
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ECLOSED);
    ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
    ck_assert_int_eq(tn_loader_start(loader, -1), TN_EINVAL);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -2), TN_EINVAL);
    batch.size = (int32_t)sizeof batch - 8;
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_EINVAL);
    ck_assert_int_eq(tn_loader_next(NULL, &batch, -1), TN_EINVAL);
    tn_loader_destroy(NULL);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("options");
    TCase *const tcase = tcase_create("options");
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_loop_test(tcase, budget_is_known_before_the_start, 0, 5);
    tcase_add_test(tcase, wrong_options_are_named);
    tcase_add_loop_test(tcase, records_can_address_their_boxes, 0, 2);
    tcase_add_test(tcase, shorter_options_are_taken);
    tcase_add_test(tcase, misuse_is_refused);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
