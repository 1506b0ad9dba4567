/* SPDX-License-Identifier: MIT */
/* The memory budget holds: files larger than a worker's buffer are read one at a time, and they
 * count with their real size, whatever their headers say. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "data/dataset.h"
#include "make_jpeg.h"
#include "suite.h"
#include "tasks.h"
#include "tree.h"

enum { N_FILES = 8, N_THREADS = 4, TAIL_BYTES = 48 << 20, LARGE_MS = 4 };

/* The linker sends the library's calls here (--wrap). */
static atomic_int n_opened, n_reads, n_large, n_large_now, most_large;

int real_openat(int folder, const char *path, int flags, mode_t mode) __asm__("__real_openat");
int wrap_openat(int folder, const char *path, int flags, mode_t mode) __asm__("__wrap_openat");
int wrap_openat(int folder, const char *path, int flags, mode_t mode)
{
    n_opened += strstr(path, ".jpg") != NULL;
    return real_openat(folder, path, flags, mode);
}

ssize_t real_pread(int file, void *out, size_t n_bytes, off_t offset) __asm__("__real_pread");
ssize_t wrap_pread(int file, void *out, size_t n_bytes, off_t offset) __asm__("__wrap_pread");
ssize_t wrap_pread(int file, void *out, size_t n_bytes, off_t offset)
{
    n_reads++;
    if (n_bytes <= TN__FILE_ROOM)
        return real_pread(file, out, n_bytes, offset);
    n_large++;
    const int now = ++n_large_now;
    if (now > most_large)
        most_large = now;
    usleep(LARGE_MS * 1000);
    const ssize_t n = real_pread(file, out, n_bytes, offset);
    n_large_now--;
    return n;
}

static tree images;

/* Makes files of 20 × 20 pixels, and the same with a sparse tail. */
static void make_images(void)
{
    static const jpeg_recipe recipe = {YCC(20, 20, 11, 11, 11)};
    jpeg_file file = make_jpeg(&recipe);
    char name[32];
    images = tree_make();
    for (int i = 0; i < 2 * N_FILES; i++) {
        snprintf(name, sizeof name, "%s/%d.jpg", i < N_FILES ? "long/a" : "short/a", i);
        tree_write(&images, name, file.bytes, file.size);
        if (i < N_FILES)
            ck_assert_int_eq(
                truncate(tree_path(&images, name), (off_t)file.size + TAIL_BYTES + i * 4096), 0);
    }
    free(file.bytes);
    n_opened = n_reads = n_large = n_large_now = most_large = 0;
}

static void remove_images(void)
{
    tree_remove(&images);
}

static tn_dataset *open_folder(const char *name)
{
    static char root[TREE_PATH + 16];
    tn_dataset_options options = tree_options(&images);
    snprintf(root, sizeof root, "%s/%s", images.root, name);
    options.root = root;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

static tn_loader *open_loader(const char *name, int64_t large_bytes)
{
    tn_dataset *const dataset = open_folder(name);
    tn_transform *const transform = tn_transform_create("resize size=8 mode=exact");
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = N_FILES,
                                       .threads = N_THREADS,
                                       .large_bytes = large_bytes};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return loader;
}

static uint64_t pixels_hash(tn_loader *loader)
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    uint64_t sum = 0;
    const uint8_t *const bytes = batch.tensors[0]->data;
    for (int i = 0; i < N_FILES * 3 * 8 * 8; i++)
        sum = sum * 31 + bytes[i];
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_END);
    return sum;
}

static int64_t peak_bytes(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return (int64_t)usage.ru_maxrss << 10;
}

START_TEST(long_files_take_turns)
{
    tn_loader *const loader = open_loader("long", 0), *const other = open_loader("short", 0);
    const uint64_t wanted = pixels_hash(other);
    tn_loader_destroy(other);
    const int64_t before = peak_bytes();
    ck_assert_uint_eq(pixels_hash(loader), wanted);
    const int64_t taken = peak_bytes() - before;
    tn_loader_destroy(loader);
    ck_assert_int_eq(n_large, N_FILES);
    ck_assert_int_eq(most_large, 1);
    if (!HAS_SANITIZER)
        ck_assert_msg(taken < 2 * (int64_t)TAIL_BYTES, "%lld bytes", (long long)taken);
}
END_TEST

START_TEST(long_files_count_as_large)
{
    tn_loader *const loader = open_loader("long", TAIL_BYTES);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ELIMIT);
    ck_assert_msg(strstr(tn_error(), "more than large_bytes = 50331648") != NULL, "%s", tn_error());
    tn_loader_destroy(loader);
    ck_assert_int_eq(n_large, 0); /* refused before it is read */
}
END_TEST

START_TEST(a_header_is_checked_before_its_file_is_read)
{
    tn_dataset_options options = tree_options(&images);
    char root[TREE_PATH + 16];
    snprintf(root, sizeof root, "%s/long", images.root);
    options.root = root;
    options.max_pixels = 399;
    tn_dataset *const dataset = tn_dataset_create(&options);
    tn_transform *const transform = tn_transform_create("resize size=8 mode=exact");
    const tn_loader_options loading = {.size = (int32_t)sizeof loading, .batch_size = 1};
    tn_loader *const loader = tn_loader_create(dataset, transform, &loading);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ELIMIT);
    ck_assert_ptr_nonnull(strstr(tn_error(), "more than the limit of 399"));
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(n_large, 0);
}
END_TEST

START_TEST(an_ordinary_file_costs_one_open_and_one_read)
{
    tn_loader *const loader = open_loader("short", 0);
    n_opened = n_reads = 0;
    pixels_hash(loader);
    tn_loader_destroy(loader);
    ck_assert_int_eq(n_opened, N_FILES);
    ck_assert_int_eq(n_reads, N_FILES);
}
END_TEST

START_TEST(verification_takes_turns_too)
{
    tn_dataset *const dataset = open_folder("long");
    tn_task *const verifier = start_verify(dataset, N_THREADS);
    ck_assert_int_eq(tn_task_wait(verifier, -1), TN_OK);
    tn_verify_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_verify_facts_of(verifier, &facts), TN_OK);
    ck_assert_int_eq(facts.damaged, 0);
    tn_task_destroy(verifier);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(n_large, N_FILES);
    ck_assert_int_eq(most_large, 1);
}
END_TEST

/* The files' headers have no end, so a survey must read all of each file. */
START_TEST(a_survey_takes_turns_too)
{
    static const uint8_t start[] = {0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF};
    char name[32];
    for (int i = 0; i < N_FILES; i++) {
        snprintf(name, sizeof name, "long/a/%d.jpg", i);
        tree_write(&images, name, start, sizeof start);
        ck_assert_int_eq(truncate(tree_path(&images, name), TAIL_BYTES), 0);
    }
    tn_dataset *const dataset = open_folder("long");
    tn_task *const survey = start_survey(dataset, N_THREADS);
    tn_survey_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_task_wait(survey, -1), TN_OK);
    ck_assert_int_eq(tn_survey_facts_of(survey, &facts), TN_OK);
    ck_assert_int_eq(facts.faults, N_FILES);
    tn_task_destroy(survey);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(n_large, N_FILES);
    ck_assert_int_eq(most_large, 1);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("budget");
    TCase *const tcase = tcase_create("one budget, and it holds");
    tcase_add_checked_fixture(tcase, make_images, remove_images);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, long_files_take_turns);
    tcase_add_test(tcase, long_files_count_as_large);
    tcase_add_test(tcase, a_header_is_checked_before_its_file_is_read);
    tcase_add_test(tcase, an_ordinary_file_costs_one_open_and_one_read);
    tcase_add_test(tcase, verification_takes_turns_too);
    tcase_add_test(tcase, a_survey_takes_turns_too);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
