/* SPDX-License-Identifier: MIT */
/* Reading a sample's file: its bytes, the zeros after them, every way to fail, and reading ahead.
 */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/stamp.h"
#include "base/thread.h"
#include "data/dataset.h"
#include "suite.h"
#include "tree.h"

static tree here;

static void set_up(void)
{
    here = tree_make();
}

static void tear_down(void)
{
    tree_remove(&here);
}

static void expect_bytes(const tn__buffer *buffer, const uint8_t *bytes, size_t n_bytes)
{
    const uint8_t zeros[TN__READ_PADDING] = {0};
    ck_assert_uint_eq(buffer->size, n_bytes);
    ck_assert_int_eq(memcmp(buffer->bytes, bytes, n_bytes), 0);
    ck_assert_int_eq(memcmp(buffer->bytes + n_bytes, zeros, sizeof zeros), 0);
}

static void expect_failure(int64_t sample, int code, const char *name, const char *message)
{
    const tn__error *const error = tn__error_last();
    ck_assert_int_eq(error->code, code);
    ck_assert_int_eq(error->sample, sample);
    ck_assert_msg(strcmp(error->stage, "read") == 0, "%s", error->stage);
    ck_assert_msg(strcmp(error->name, name) == 0, "%s", error->name);
    ck_assert_msg(strcmp(error->message, message) == 0, "%s", error->message);
    char told[128];
    snprintf(told, sizeof told, "%s: %s", name, message);
    ck_assert_msg(strcmp(tn_error(), told) == 0, "%s", tn_error());
}

START_TEST(zeros_follow_a_file_that_is_read)
{
    static uint8_t bytes[200000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + 7) | 1;
    static const size_t sizes[] = {0, 1, 65536 - 64, 65536, 200000, 5};
    char path[32];
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "a/%d.jpg", i);
        tree_write(&here, path, bytes, sizes[i]);
    }
    tn_dataset *const dataset = tree_open(&here);
    tn__buffer buffer = {0};
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(tn__dataset_read(dataset, i, &buffer), TN_OK);
        expect_bytes(&buffer, bytes, sizes[i]);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(what_cannot_be_read_is_named)
{
    tree_write(&here, "a/1.jpg", "12345", 5);
    tree_write(&here, "a/2.jpg", "123456", 6);
    tree_touch(&here, "a/3.jpg");
    tree_touch(&here, "a/4.jpg");
    ck_assert_int_eq(mkfifo(tree_path(&here, "a/5.jpg"), 0666), 0);
    tree_link(&here, "/dev/null", "a/6.jpg");
    tn_dataset_options options = tree_options(&here);
    options.max_file_bytes = 5;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_int_eq(unlink(tree_path(&here, "a/3.jpg")), 0);
    ck_assert_int_eq(unlink(tree_path(&here, "a/4.jpg")), 0);
    tree_folder(&here, "a/4.jpg/");
    static const struct {
        int code;
        const char *name, *message;
    } expected[] = {{TN_ELIMIT, "a/2.jpg", "6 bytes; the limit is 5"},
                    {TN_EIO, "a/3.jpg", "No such file or directory"},
                    {TN_EIO, "a/4.jpg", "is a folder, not a file"},
                    {TN_EIO, "a/5.jpg", "is a pipe, not a file"},
                    {TN_EIO, "a/6.jpg", "is a device, not a file"}};
    tn__buffer buffer = {0};
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_OK);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(tn__dataset_read(dataset, i + 1, &buffer), expected[i].code);
        expect_failure(i + 1, expected[i].code, expected[i].name, expected[i].message);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Relative roots stay valid when the host changes its working directory. */
START_TEST(the_root_may_be_relative)
{
    tree_write(&here, "a/1.jpg", "x", 1);
    ck_assert_int_eq(chdir(here.root), 0);
    tn_dataset_options options = tree_options(&here);
    options.root = ".";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_int_eq(chdir("/"), 0);
    tn__buffer buffer = {0};
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_OK);
    ck_assert_str_eq(tn_dataset_root(dataset), ".");
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

static int read_part(const tn__source *source, int64_t offset, int64_t part_length,
                     int64_t max_bytes, tn__buffer *buffer)
{
    const tn__part part = {.offset = offset, .length = part_length};
    const tn__extent extent = {offset, part_length, max_bytes, SIZE_MAX, 0};
    int64_t length;
    return source->ops->read(source, &part, extent, buffer, &length);
}

/* A part that claims more bytes than the file has: the index is older than the file. */
START_TEST(a_part_must_lie_in_its_file)
{
    tree_write(&here, "a/1.jpg", "0123456789", 10);
    tn_dataset *const dataset = tree_open(&here);
    const tn__source *const source = dataset->source;
    tn__buffer buffer = {0};
    ck_assert_int_eq(read_part(source, 4, 3, 100, &buffer), TN_OK);
    ck_assert_uint_eq(buffer.size, 3);
    ck_assert_mem_eq(buffer.bytes, "456\0", 4);
    ck_assert_int_eq(read_part(source, 10, -1, 100, &buffer), TN_OK);
    ck_assert_uint_eq(buffer.size, 0);
    ck_assert_int_eq(read_part(source, 8, 3, 100, &buffer), TN_EIO);
    ck_assert_int_eq(read_part(source, 11, -1, 100, &buffer), TN_EIO);
    ck_assert_int_eq(read_part(source, 0, 10, 9, &buffer), TN_ELIMIT);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Files of sysfs claim 4096 bytes and end earlier, like a file that shrinks while it is read. */
START_TEST(a_file_that_ends_early_is_a_failure)
{
    static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    struct stat facts;
    if (stat(path, &facts) != 0 || facts.st_size != 4096) {
        printf("skipped: %s is not there\n", path);
        return;
    }
    tree_link(&here, path, "a/1.jpg");
    tn_dataset *const dataset = tree_open(&here);
    tn__buffer buffer = {0};
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_EIO);
    ck_assert_msg(strstr(tn_error(), "a/1.jpg: shrank to ") == tn_error(), "%s", tn_error());
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* A file time that does not fit in 64 bits of nanoseconds counts as none; it never becomes another
 * time. */
START_TEST(a_time_out_of_range_is_none)
{
    static const struct {
        struct timespec time;
        int64_t stamp;
    } cases[] = {
        {{0, 0}, 0},
        {{1, 2}, 1000000002},
        {{-1, 999999999}, -1},
        {{9223372036, 854775807}, INT64_MAX},
        {{9223372036, 854775808}, 0},
        {{9223372037, 0}, 0},
        {{INT64_MAX, 999999999}, 0},
        {{INT64_MIN, 0}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_int_eq(tn__stamp(&cases[i].time), cases[i].stamp);
    tree_write(&here, "a/1.jpg", "x", 1);
    const struct timespec times[] = {{0, UTIME_OMIT}, {10413792000, 7}}; /* the year 2300 */
    struct stat facts;
    ck_assert_int_eq(utimensat(AT_FDCWD, tree_path(&here, "a/1.jpg"), times, 0), 0);
    ck_assert_int_eq(stat(tree_path(&here, "a/1.jpg"), &facts), 0);
    if (facts.st_mtim.tv_sec != times[1].tv_sec) {
        printf("skipped: this file system does not keep the time of the year 2300\n");
        return;
    }
    tn_dataset *const dataset = tree_open(&here);
    tn__buffer buffer = {0};
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_OK);
    ck_assert_int_eq(buffer.state.stamp, 0);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(huge_buffers_are_refused)
{
    tn__buffer buffer = {0};
    ck_assert_int_eq(tn__buffer_reserve(&buffer, SIZE_MAX - 10), TN_ENOMEM);
    ck_assert_int_eq(tn__buffer_reserve(&buffer, 10), TN_OK);
    tn__buffer_free(&buffer);
}
END_TEST

enum { N_SHARED = 40, N_READERS = 4 };

static void *read_all(void *argument)
{
    tn_dataset *const dataset = tn__dataset_keep(argument);
    tn__buffer buffer = {0};
    size_t n_bytes = 0;
    for (int i = 0; i < N_SHARED; i++)
        if (tn__dataset_read(dataset, i, &buffer) == TN_OK)
            n_bytes += buffer.size;
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    return (void *)(uintptr_t)n_bytes; // NOLINT(performance-no-int-to-ptr)
}

START_TEST(threads_share_a_data_set)
{
    char path[32], text[N_SHARED];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < N_SHARED; i++) {
        snprintf(path, sizeof path, "%zu/%zu.jpg", i % 3, i);
        tree_write(&here, path, text, i);
    }
    tn_dataset *const dataset = tree_open(&here);
    pthread_t threads[N_READERS];
    for (int t = 0; t < N_READERS; t++)
        ck_assert_int_eq(pthread_create(&threads[t], NULL, read_all, dataset), 0);
    for (int t = 0; t < N_READERS; t++) {
        void *n_bytes;
        pthread_join(threads[t], &n_bytes);
        ck_assert_uint_eq((uintptr_t)n_bytes, N_SHARED * (N_SHARED - 1) / 2);
    }
    tn_dataset_destroy(dataset);
}
END_TEST

enum { WANTED = 300000 };

/* A file of `size` bytes that is not in memory. Returns its descriptor; -1: it stays in memory. */
static int cold_file(const char *path, size_t size)
{
    char *const bytes = calloc(1, size);
    tree_write(&here, path, bytes, size);
    free(bytes);
    const int file = open(tree_path(&here, path), O_RDWR);
    if (tree_evict(file))
        return file;
    close(file);
    return -1;
}

static bool comes_into_memory(int file, size_t offset, size_t n_bytes)
{
    for (int wait = 0; wait < 10000 && !tree_is_in_memory(file, offset, n_bytes); wait++)
        usleep(1000);
    return tree_is_in_memory(file, offset, n_bytes);
}

START_TEST(wanted_files_come_into_memory)
{
    const int first = cold_file("a/1.jpg", WANTED), second = cold_file("a/3.jpg", WANTED);
    if (first < 0 || second < 0)
        return;
    ck_assert_int_eq(mkfifo(tree_path(&here, "a/2.jpg"), 0600), 0);
    tn_dataset *const dataset = tree_open(&here);
    const tn__source *const source = dataset->source;
    ck_assert_int_eq(source->n_samples, 3);
    const tn__part parts[] = {source->ops->part(source, 0), source->ops->part(source, 1),
                              source->ops->part(source, 2)};
    source->ops->want(source, parts, 1);
    ck_assert(comes_into_memory(first, 0, WANTED));
    ck_assert(!tree_is_in_memory(second, 0, WANTED));
    source->ops->want(source, parts + 1, 2);
    ck_assert(comes_into_memory(second, 0, WANTED));
    ck_assert_int_eq(unlink(tree_path(&here, "a/1.jpg")), 0);
    source->ops->want(source, parts, 1); /* reading finds what is wrong */
    close(first);
    close(second);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(no_more_than_the_head_of_a_long_stretch_is_wanted)
{
    const int file = cold_file("long", 4 * TN__WANTED_BYTES);
    if (file < 0)
        return;
    tn__want_extent(file, TN__WANTED_BYTES, -1);
    ck_assert(comes_into_memory(file, TN__WANTED_BYTES, TN__WANTED_BYTES));
    ck_assert(!tree_is_in_memory(file, 0, 1));
    ck_assert(!tree_is_in_memory(file, 4 * TN__WANTED_BYTES - 1, 1));
    tn__want_extent(file, 5 * TN__WANTED_BYTES, -1); /* the file ends before it */
    close(file);
}
END_TEST

/* Whether the thread's count of waits grows while it reads the first page `n` times. */
static bool counts_a_wait(int file, int n)
{
    uint8_t bytes[4096];
    const int64_t waits = tn__thread_waits();
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(pread(file, bytes, sizeof bytes, 0), (ssize_t)sizeof bytes);
    return tn__thread_waits() != waits;
}

/* A fast disk can answer before the thread goes to sleep: that is not a wait, so try again. */
START_TEST(a_thread_that_waits_counts_it)
{
    enum { TRIES = 200 };
    const int file = cold_file("cold", WANTED);
    if (file < 0)
        return;
    bool cold = false, warm = true;
    for (int t = 0; t < TRIES && !cold; t++)
        cold = tree_evict(file) && counts_a_wait(file, 1);
    for (int t = 0; t < TRIES && warm; t++)
        warm = counts_a_wait(file, 100);
    ck_assert(cold);
    ck_assert(!warm);
    close(file);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("read");
    TCase *const cases = tcase_create("read");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, zeros_follow_a_file_that_is_read);
    tcase_add_test(cases, what_cannot_be_read_is_named);
    tcase_add_test(cases, the_root_may_be_relative);
    tcase_add_test(cases, a_part_must_lie_in_its_file);
    tcase_add_test(cases, a_file_that_ends_early_is_a_failure);
    tcase_add_test(cases, a_time_out_of_range_is_none);
    tcase_add_test(cases, huge_buffers_are_refused);
    tcase_add_test(cases, threads_share_a_data_set);
    tcase_add_test(cases, wanted_files_come_into_memory);
    tcase_add_test(cases, no_more_than_the_head_of_a_long_stretch_is_wanted);
    tcase_add_test(cases, a_thread_that_waits_counts_it);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
