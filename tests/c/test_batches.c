/* SPDX-License-Identifier: MIT */
/* Batches of real JPEG files: everything from a folder to tensors. */
#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "make_jpeg.h"
#include "suite.h"
#include "tree.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { COUNTS_ALLOCATIONS = 0 };
static atomic_long n_allocations;
#else
enum { COUNTS_ALLOCATIONS = 1 };
static atomic_long n_allocations;

/* These replace the C library's functions and count the calls, libjpeg's too. */
/* NOLINTBEGIN: the names are the C library's */
#pragma GCC visibility push(default)
void *__libc_malloc(size_t n_bytes);
void *__libc_calloc(size_t n, size_t n_bytes);
void *__libc_realloc(void *bytes, size_t n_bytes);
void *__libc_memalign(size_t alignment, size_t n_bytes);

void *malloc(size_t n_bytes)
{
    n_allocations++;
    return __libc_malloc(n_bytes);
}

void *calloc(size_t n, size_t n_bytes)
{
    n_allocations++;
    return __libc_calloc(n, n_bytes);
}

void *realloc(void *bytes, size_t n_bytes)
{
    n_allocations++;
    return __libc_realloc(bytes, n_bytes);
}

void *aligned_alloc(size_t alignment, size_t n_bytes)
{
    n_allocations++;
    return __libc_memalign(alignment, n_bytes);
}
#pragma GCC visibility pop
/* NOLINTEND */
#endif

enum { N_FILES = 30 };

static const char train_ops[] = "random_resized_crop size=48 interpolation=random; hflip; "
                                "color_jitter; normalize; convert dtype=f32; random_erasing";

static tree here;

/* Makes thirty files of different sizes in three classes, one of them grey, one progressive. */
static void set_up(void)
{
    static const char *const classes[] = {"carp", "perch", "tench"};
    here = tree_make();
    for (int f = 0; f < N_FILES; f++) {
        const bool grey = f == 7;
        const jpeg_recipe recipe = {.w = 60 + f * 7,
                                    .h = 150 - f * 3,
                                    .channels = grey ? 1 : 3,
                                    .space = grey ? JCS_GRAYSCALE : JCS_YCbCr,
                                    .progressive = f == 11};
        const jpeg_file file = make_jpeg(&recipe);
        char path[40];
        snprintf(path, sizeof path, "%s/%02d.jpg", classes[f % 3], f);
        tree_write(&here, path, file.bytes, file.size);
        free(file.bytes);
    }
}

static void tear_down(void)
{
    tree_remove(&here);
}

static tn_loader *make_loader(const char *ops, tn_loader_options options)
{
    options.size = (int32_t)sizeof options;
    options.order = "feistel-1";
    tn_dataset *const dataset = tree_open(&here);
    tn_transform *const transform = tn_transform_create(ops);
    ck_assert_msg(transform != NULL, "%s", tn_error());
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
    tn_transform_destroy(transform);
    return loader;
}

static tn_batch empty_batch(void)
{
    return (tn_batch){.size = (int32_t)sizeof(tn_batch)};
}

static void hash_epoch(tn_loader *loader, int64_t epoch, char out[33])
{
    tn_batch batch = empty_batch();
    tn_hash *const hash = tn_hash_create();
    ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
    int status;
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
        tn_hash_batch(hash, &batch);
    ck_assert_msg(status == TN_END, "%s", tn_error());
    tn_hash_text(hash, out);
    tn_hash_destroy(hash);
}

START_TEST(any_number_of_threads_gives_the_same_bytes)
{
    static const int32_t threads[] = {1, 2, 3, 8, 0};
    char expected[33], hash[33];
    for (int t = 0; t < 5; t++) {
        tn_loader *const loader =
            make_loader(train_ops, (tn_loader_options){.batch_size = 7, .threads = threads[t]});
        hash_epoch(loader, 2, t == 0 ? expected : hash);
        ck_assert(t == 0 || strcmp(hash, expected) == 0);
        tn_loader_destroy(loader);
    }
}
END_TEST

/* A replay gives the row's bytes, and so does the transform of one image at the row's place. */
static void check_row(const tn_batch *batch, int32_t row, const tn_dataset *dataset,
                      const tn_transform *transform)
{
    const tn_tensor *const images = batch->tensors[0];
    const size_t n_bytes = (size_t)images->strides[0] * sizeof(float);
    const char *const expected = (const char *)images->data + (size_t)row * n_bytes;
    char *const bytes = malloc(n_bytes);
    tn_image *const replayed = tn_batch_replay(batch, row);
    ck_assert_msg(replayed != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_image_copy(replayed, bytes, (int64_t)n_bytes), TN_OK);
    ck_assert_int_eq(memcmp(bytes, expected, n_bytes), 0);
    const tn_row *const r = batch->rows[row];
    const tn_draw_key key = {.seed = 9, .epoch = batch->epoch, .position = r->position};
    tn_image *const image = tn_dataset_image(dataset, r->sample);
    tn_image *const transformed = tn_transform_apply(transform, image, &key);
    ck_assert_msg(transformed != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_image_copy(transformed, bytes, (int64_t)n_bytes), TN_OK);
    ck_assert_int_eq(memcmp(bytes, expected, n_bytes), 0);
    const char *const told = tn_batch_explain(batch, row);
    ck_assert_msg(told && strstr(told, tn_image_explain(transformed)), "%s", told);
    ck_assert_ptr_nonnull(strstr(told, "\"ops\":[{\"op\":\"random_resized_crop\",\"box\":["));
    tn_image_destroy(replayed);
    tn_image_destroy(transformed);
    tn_image_destroy(image);
    free(bytes);
}

START_TEST(rows_can_be_made_again)
{
    tn_dataset *const dataset = tree_open(&here);
    tn_transform *const transform = tn_transform_create(train_ops);
    tn_loader *const loader =
        make_loader(train_ops, (tn_loader_options){.batch_size = 7, .seed = 9});
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_start(loader, 4), TN_OK);
    int32_t rows = 0;
    for (; tn_loader_next(loader, &batch, -1) == TN_OK; rows += batch.n_rows)
        for (int32_t row = 0; row < batch.n_rows; row++)
            check_row(&batch, row, dataset, transform);
    ck_assert_int_eq(rows, N_FILES);
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
}
END_TEST

/* A file that is not an image raises an error with its name, or another row replaces it. */
START_TEST(a_broken_file_is_named)
{
    tree_write(&here, "perch/98.jpg", "this is no image", 16);
    tn_loader_options options = {.batch_size = 7};
    tn_loader *const raising = make_loader(train_ops, options);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_start(raising, 0), TN_OK);
    int status;
    while ((status = tn_loader_next(raising, &batch, -1)) == TN_OK)
        continue;
    tn_error_info info = {.size = (int32_t)sizeof info};
    tn_error_details(&info);
    ck_assert_int_eq(status, TN_EDECODE);
    ck_assert_str_eq(info.name, "perch/98.jpg");
    ck_assert_str_eq(info.stage, "decode");
    tn_loader_destroy(raising);
    options.on_fault = TN_FAULT_SKIP;
    tn_loader *const skipping = make_loader(train_ops, options);
    char hash[33];
    hash_epoch(skipping, 0, hash);
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_loader_faults(skipping), 1);
    ck_assert_int_eq(tn_loader_fault(skipping, 0, &fault), TN_OK);
    ck_assert_str_eq(fault.name, "perch/98.jpg");
    ck_assert_int_eq(fault.position, info.position);
    tn_loader_destroy(skipping);
}
END_TEST

/* Allocations while an epoch is loaded. Check's macros allocate memory too, so none may stand
 * between the two counts. */
static long allocations_of_epoch(tn_loader *loader)
{
    tn_batch batch = empty_batch();
    const long before = n_allocations;
    int status = tn_loader_start(loader, 1);
    while (status == TN_OK)
        status = tn_loader_next(loader, &batch, -1);
    const long made = n_allocations - before;
    ck_assert_int_eq(status, TN_END);
    return made;
}

/* With baseline files, and once every size was seen, neither a sample nor a batch allocates
 * memory. A busy machine can make a loader start its thread that reads ahead, once. */
START_TEST(steady_state_does_not_allocate)
{
    ck_assert_int_eq(unlink(tree_path(&here, "tench/11.jpg")), 0);
    tn_loader *const loader =
        make_loader(train_ops, (tn_loader_options){.batch_size = 7, .threads = 1});
    char hash[33];
    hash_epoch(loader, 0, hash);
    hash_epoch(loader, 1, hash);
    long made = allocations_of_epoch(loader);
    if (made > 0)
        made = allocations_of_epoch(loader);
    ck_assert_msg(made == 0, "%ld allocations", made);
    tn_loader_destroy(loader);
}
END_TEST

START_TEST(a_ring_beyond_all_memory_is_refused)
{
    tn_dataset *const dataset = tree_open(&here);
    tn_transform *const transform =
        tn_transform_create("center_crop size=16384; convert dtype=f32");
    const tn_loader_options options = {
        .size = (int32_t)sizeof options, .batch_size = 1 << 20, .depth = 4096};
    ck_assert_ptr_null(tn_loader_create(dataset, transform, &options));
    ck_assert_ptr_nonnull(strstr(tn_error(), "4096 slots"));
    tn_dataset_destroy(dataset);
    tn_transform_destroy(transform);
}
END_TEST

/* Makes a batch of one file on a loader without memory for large images. */
static int make_alone(int w, int h, const char *ops)
{
    const jpeg_recipe recipe = {.w = w, .h = h, .channels = 1, .space = JCS_GRAYSCALE};
    const jpeg_file file = make_jpeg(&recipe);
    tree_remove(&here);
    here = tree_make();
    tree_write(&here, "carp/0.jpg", file.bytes, file.size);
    free(file.bytes);
    tn_loader *const loader =
        make_loader(ops, (tn_loader_options){.batch_size = 1, .threads = 1, .large_bytes = 1});
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    const int status = tn_loader_next(loader, &batch, -1);
    tn_loader_destroy(loader);
    return status;
}

/* The budget promises that images of up to 16 MP need no more than a worker's scratch memory. */
START_TEST(images_above_the_scratch_are_large)
{
    ck_assert_int_eq(make_alone(4096, 4096, "resize size=64; center_crop size=64"), TN_OK);
    ck_assert_int_eq(make_alone(4608, 4608, "resize size=64; center_crop size=64"), TN_ELIMIT);
    /* The plane between the passes has 8000 x 12000 values. */
    ck_assert_int_eq(make_alone(16, 12000, "resize size=8x8000 mode=exact pillow=11"), TN_ELIMIT);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("batches");
    TCase *const tcase = tcase_create("batches");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, any_number_of_threads_gives_the_same_bytes);
    tcase_add_test(tcase, rows_can_be_made_again);
    tcase_add_test(tcase, a_broken_file_is_named);
    tcase_add_test(tcase, a_ring_beyond_all_memory_is_refused);
    tcase_add_test(tcase, images_above_the_scratch_are_large);
    if (COUNTS_ALLOCATIONS)
        tcase_add_test(tcase, steady_state_does_not_allocate);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
