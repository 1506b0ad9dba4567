/* SPDX-License-Identifier: MIT */
/* Every variant of the output, from real files: the fake device gives the CPU's bytes. The same
 * holds for mixed batches with a file that cannot be read. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dev/fake.h"
#include "make_jpeg.h"
#include "suite.h"
#include "tree.h"

enum { N_FILES = 13, BATCH = 4 }; /* the last batch has one sample */
static const char bad_file[] = "tench/06.jpg";

/* Ops before the last write. Some give sides that are multiples of 8. Some mirror in the last
 * write, some before it. */
static const char *const sizes[] = {
    "random_resized_crop size=32x48; hflip",
    "random_resized_crop size=21x33; hflip",
    "resize size=40; center_crop size=24; hflip; color_jitter",
};
static const char *const erasing[] = {
    "", "random_erasing p=0.7; ", "random_erasing p=0.7 count=1,9; ",
    "random_erasing p=0.7 mode=rand count=1,3; ", "random_erasing p=0.7 mode=pixel num_splits=3; "};
static const char *const normalizing[] = {"", "normalize; ", "normalize mean=0.5 std=0.3; "};
static const char *const converting[] = {
    "convert dtype=u8",
    "convert dtype=f32",
    "convert dtype=f16",
    "convert dtype=bf16",
    "convert dtype=u8 layout=nhwc",
    "convert dtype=f32 layout=nhwc",
    "convert dtype=f16 layout=nhwc",
    "convert dtype=bf16 layout=nhwc",
    "convert dtype=f32 compat=timm",
    "convert dtype=f16 compat=timm",
    "convert dtype=bf16 compat=timm layout=nhwc",
};
static const char *const mixing[] = {
    "; mixup",
    "; mixup mixup_alpha=0.2 cutmix_alpha=1 mode=elem num_classes=5",
    "; mixup mixup_alpha=0 cutmix_minmax=0.2,0.8 mode=pair",
    "; mixup mixup_alpha=0.8 cutmix_alpha=1 mode=elem place=float",
    "; mixup mixup_alpha=0.8 cutmix_alpha=1 mode=half",
};
enum { N_CONVERTING = sizeof converting / sizeof *converting };

static tree here;

static void set_up(void)
{
    here = tree_make();
    for (int f = 0; f < N_FILES; f++) {
        const jpeg_recipe recipe = {
            .w = 50 + f * 7, .h = 90 - f * 3, .channels = 3, .space = JCS_YCbCr};
        const jpeg_file file = make_jpeg(&recipe);
        char path[40];
        snprintf(path, sizeof path, "%s/%02d.jpg", f % 2 ? "carp" : "tench", f);
        tree_write(&here, path, file.bytes, file.size);
        free(file.bytes);
    }
}

static void tear_down(void)
{
    tree_remove(&here);
}

static tn_loader *started(const char *ops, tn_loader_options options, int32_t mode)
{
    const tn_dataset_options where = {
        .size = (int32_t)sizeof where, .root = here.root, .mode = mode};
    options.size = (int32_t)sizeof options;
    options.batch_size = BATCH;
    options.order = "feistel-1";
    tn_dataset *const dataset = tn_dataset_create(&where);
    tn_transform *const transform = tn_transform_create(ops);
    ck_assert_msg(transform != NULL, "%s: %s", ops, tn_error());
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s: %s", ops, tn_error());
    ck_assert_msg(tn_loader_start(loader, 1) == TN_OK, "%s: %s", ops, tn_error());
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return loader;
}

static void hash_epoch(const char *ops, const char *device, int32_t mode, char out[33])
{
    tn_loader *const loader =
        started(ops, (tn_loader_options){.threads = 2, .device = device}, mode);
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status;
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
        ck_assert_int_eq(tn_hash_batch(hash, &batch), TN_OK);
    ck_assert_msg(status == TN_END, "%s: %s", ops, tn_error());
    tn_hash_text(hash, out);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
}

static void check(const char *ops, int32_t mode)
{
    char expected[33], hash[33];
    hash_epoch(ops, "cpu", mode, expected);
    hash_epoch(ops, "fake", mode, hash);
    ck_assert_msg(strcmp(hash, expected) == 0, "%s: %s, not %s", ops, hash, expected);
}

START_TEST(the_devices_bytes_are_the_cpus)
{
    tn__fake_knobs_now = (tn__fake_knobs){.delay = _i % 3, .seed = (uint32_t)_i};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t e = 0; e < sizeof erasing / sizeof *erasing; e++)
            for (size_t n = 0; n < sizeof normalizing / sizeof *normalizing; n++) {
                char ops[300];
                snprintf(ops, sizeof ops, "%s; %s%s%s", sizes[s], erasing[e], normalizing[n],
                         converting[_i]);
                check(ops, TN_RGB);
                if (n != 1 && s < 2) /* the mean of "imagenet" has three numbers */
                    check(ops, TN_GREY);
            }
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

/* Four channels, with the ops that take them. */
START_TEST(alpha_crosses_to_the_device)
{
    static const char *const four[] = {
        "random_resized_crop size=32x48; hflip",
        "center_crop_or_pad size=21x33 fill=1,2,3,4; vflip; hflip",
    };
    static const char *const means[] = {"", "normalize mean=0.1,0.2,0.3,0.4 std=0.3; "};
    for (size_t s = 0; s < 2; s++)
        for (size_t n = 0; n < 2; n++) {
            char ops[300];
            snprintf(ops, sizeof ops, "%s; %s%s", four[s], means[n], converting[_i]);
            check(ops, TN_RGBA);
        }
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

/* All tensors, with the soft targets. */
START_TEST(mixed_batches_are_the_cpus)
{
    tn__fake_knobs_now = (tn__fake_knobs){.delay = _i % 3, .seed = (uint32_t)_i};
    const bool bytes = strstr(converting[_i], "u8");
    for (size_t e = 0; e < sizeof erasing / sizeof *erasing; e += 2)
        for (size_t m = 0; m < sizeof mixing / sizeof *mixing; m++) {
            char ops[300];
            snprintf(ops, sizeof ops, "%s; normalize mean=0.5 std=0.3; %s%s%s", sizes[1],
                     erasing[e], converting[_i], mixing[m]);
            if (!(bytes && strstr(mixing[m], "float")))
                check(ops, m % 2 ? TN_RGB : TN_GREY);
        }
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

static const char *const mixed_ops[] = {
    "random_resized_crop size=21x33; hflip; normalize; convert dtype=f32; mixup",
    "random_resized_crop size=21x33; hflip; random_erasing p=0.7 mode=pixel; normalize; "
    "convert dtype=f16; mixup mixup_alpha=0.8 cutmix_alpha=1 mode=pair place=float",
    "random_resized_crop size=24x32; random_erasing p=0.7; convert dtype=u8 layout=nhwc; "
    "mixup mixup_alpha=0.2 cutmix_alpha=1 mode=elem",
};
enum { N_MIXED = sizeof mixed_ops / sizeof *mixed_ops };

/* The number after `name` in a row's explanation, as text. */
static void told(const tn_batch *batch, int32_t row, const char *name, char out[40])
{
    const char *const text = tn_batch_explain(batch, row);
    const char *const at = text ? strstr(text, name) : NULL;
    ck_assert_msg(at != NULL, "%s: %s", name, text);
    ck_assert_int_eq(sscanf(at + strlen(name), "%39[^,}]", out), 1);
}

/* A replayed row has the same bytes: the batch names its own sample and its partner's correctly. */
static void check_replay(const tn_batch *batch, int32_t row)
{
    const tn_tensor *const images = batch->tensors[0];
    const size_t n_bytes = (size_t)images->strides[0] * (images->dtype == TN_F32  ? 4
                                                         : images->dtype == TN_U8 ? 1
                                                                                  : 2);
    char *const bytes = malloc(n_bytes);
    tn_image *const replayed = tn_batch_replay(batch, row);
    ck_assert_msg(replayed != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_image_copy(replayed, bytes, (int64_t)n_bytes), TN_OK);
    ck_assert_int_eq(memcmp(bytes, (const char *)images->data + (size_t)row * n_bytes, n_bytes), 0);
    tn_image_destroy(replayed);
    free(bytes);
}

/* The row of a file that cannot be read reports the fault and its substitute. It is mixed as usual,
 * and so is its partner. */
static void check_substitute(const tn_batch *batch, int32_t row, bool is_mirrored)
{
    char partner[40], own[40], other[40];
    const tn_row *const r = batch->rows[row];
    const char *const text = tn_batch_explain(batch, row);
    ck_assert_int_eq(r->attempt, 1);
    ck_assert_ptr_nonnull(strstr(text, "\"fault\":\""));
    ck_assert_ptr_nonnull(strstr(text, r->name));
    ck_assert_str_ne(r->name, bad_file);
    told(batch, row, "\"partner\":", partner);
    const int32_t across = atoi(partner);
    ck_assert(across == row || across == batch->n_rows - 1 - row);
    told(batch, row, "\"drawn\":", own);
    told(batch, across, "\"drawn\":", other);
    ck_assert(!is_mirrored || strcmp(own, other) == 0);
    check_replay(batch, row);
    check_replay(batch, across);
}

/* When a substitute is a partner without a row of its own, the row that it is mixed into reports
 * it. */
START_TEST(partners_report_faults)
{
    tree_write(&here, bad_file, "this is no image", 16);
    tn_loader *const loader =
        started("random_resized_crop size=24; convert; mixup mode=half",
                (tn_loader_options){.threads = 2, .on_fault = TN_FAULT_SKIP}, TN_RGB);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int32_t status, n_faults = 0;
    for (int64_t epoch = 0; epoch < 6; epoch++) {
        ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
        while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
            for (int32_t row = 0; row < batch.n_rows; row++)
                n_faults += strstr(tn_batch_explain(&batch, row), "\"fault\":\"") != NULL;
        ck_assert_int_eq(status, TN_END);
        ck_assert_int_eq(n_faults, epoch + 1);
    }
    tn_loader_destroy(loader);
}
END_TEST

static void hash_faulty(int32_t recipe, const char *device, int32_t threads, char out[33])
{
    tn_loader *const loader = started(
        mixed_ops[recipe],
        (tn_loader_options){.threads = threads, .device = device, .on_fault = TN_FAULT_SKIP},
        TN_RGB);
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int32_t n_faults = 0, status;
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK) {
        ck_assert_int_eq(tn_hash_batch(hash, &batch), TN_OK);
        for (int32_t row = 0; row < batch.n_rows; row++)
            if (batch.rows[row]->fault) {
                check_substitute(&batch, row, recipe < 2); /* modes whose rows share draws */
                n_faults++;
            }
    }
    ck_assert_int_eq(status, TN_END);
    ck_assert_int_eq(n_faults, 1);
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_loader_fault(loader, 0, &fault), TN_OK);
    ck_assert_str_eq(fault.name, bad_file);
    tn_hash_text(hash, out);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
}

START_TEST(mixed_batches_with_a_fault)
{
    static const char *const devices[] = {"cpu", "fake"};
    char expected[33], hash[33];
    tree_write(&here, bad_file, "this is no image", 16);
    for (int32_t threads = 1; threads < 6; threads += 2)
        for (int32_t d = 0; d < 2; d++) {
            hash_faulty(_i, devices[d], threads, threads + d == 1 ? expected : hash);
            ck_assert(threads + d == 1 || strcmp(hash, expected) == 0);
        }
    for (int32_t d = 0; d < 2; d++) {
        tn_loader *const loader =
            started(mixed_ops[_i], (tn_loader_options){.threads = 2, .device = devices[d]}, TN_RGB);
        tn_batch batch = {.size = (int32_t)sizeof batch};
        tn_error_info info = {.size = (int32_t)sizeof info};
        int32_t status;
        while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
            continue;
        tn_error_details(&info);
        ck_assert_int_eq(status, TN_EDECODE);
        ck_assert_str_eq(info.name, bad_file);
        ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ECLOSED);
        tn_loader_destroy(loader);
    }
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

int main(void)
{
    TCase *const tests = tcase_create("variants");
    tcase_set_timeout(tests, 300);
    tcase_add_unchecked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, the_devices_bytes_are_the_cpus, 0, N_CONVERTING);
    tcase_add_loop_test(tests, alpha_crosses_to_the_device, 0, N_CONVERTING);
    tcase_add_loop_test(tests, mixed_batches_are_the_cpus, 0, N_CONVERTING);
    tcase_add_loop_test(tests, mixed_batches_with_a_fault, 0, N_MIXED);
    tcase_add_test(tests, partners_report_faults);
    Suite *const suite = suite_create("variants");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
