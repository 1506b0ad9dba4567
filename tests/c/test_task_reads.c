/* SPDX-License-Identifier: MIT */
/* Tasks read ahead: which samples they want while their reads wait, and that these come into
 * memory. The source is a real one, but the test decides whether its reads wait. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "data/dataset.h"
#include "make/ahead.h"
#include "suite.h"
#include "tasks.h"
#include "tree.h"

enum { FILES = 300, WAIT_US = 50, MOST = 8 * FILES };

static tree images, outputs;

/* What happened to the source, in order. */
static struct log {
    pthread_mutex_t lock;
    int64_t read[MOST], wanted[MOST], longest;
    int n_read, n_wanted;
    bool is_whole; /* some wanted part goes to the end of its file */
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_bool reads_wait;
static const tn__source_ops *real;

static void forget(void)
{
    seen.n_read = seen.n_wanted = 0;
    seen.longest = 0;
    seen.is_whole = false;
}

static void set_up(void)
{
    /* The bytes decide on the format, not the name. */
    static const char image[] = "P5 1 1 255\n\x80";
    char path[32];
    images = tree_make();
    outputs = tree_make();
    for (int file = 0; file < FILES; file++) {
        snprintf(path, sizeof path, "a/%03d.png", file);
        tree_write(&images, path, image, sizeof image - 1);
    }
    reads_wait = true;
    forget();
}

static void tear_down(void)
{
    tree_remove(&images);
    tree_remove(&outputs);
}

/* A sample that is read twice in a row counts once. */
static void note_read(int64_t sample)
{
    pthread_mutex_lock(&seen.lock);
    if (seen.n_read < MOST && (seen.n_read == 0 || seen.read[seen.n_read - 1] != sample))
        seen.read[seen.n_read++] = sample;
    pthread_mutex_unlock(&seen.lock);
}

static int read_slowly(const tn__source *source, const tn__part *part, tn__extent extent,
                       tn__buffer *buffer, int64_t *length)
{
    note_read(part->sample);
    if (reads_wait)
        usleep(WAIT_US);
    return real->read(source, part, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    pthread_mutex_lock(&seen.lock);
    for (int32_t p = 0; p < n && seen.n_wanted < MOST; p++) {
        seen.wanted[seen.n_wanted++] = parts[p].sample;
        seen.is_whole |= parts[p].length < 0;
        if (parts[p].length > seen.longest)
            seen.longest = parts[p].length;
    }
    pthread_mutex_unlock(&seen.lock);
    real->want(source, parts, n);
}

/* Puts the test between the data set and its source. */
static void intercept(tn_dataset *dataset, int (*read)(const tn__source *, const tn__part *,
                                                       tn__extent, tn__buffer *, int64_t *))
{
    static tn__source_ops ops;
    real = dataset->source->ops;
    ops = *real;
    ops.read = read;
    ops.want = want;
    dataset->source->ops = &ops;
}

/* Runs a task to its end. */
static void finish(tn_dataset *dataset, tn_task *task)
{
    ck_assert_msg(task && tn_task_wait(task, -1) == TN_OK, "%s", tn_error());
    tn_task_destroy(task);
    tn_dataset_destroy(dataset);
}

static tn_dataset *open_images(void)
{
    tn_dataset *const dataset = tree_open(&images);
    intercept(dataset, read_slowly);
    return dataset;
}

/* Wanted are, in the order of the reads, all samples from one soon after the second watched read
 * to one close to the end, except those that are left out. */
static void check_wanted(void)
{
    int at = 0, w = 0;
    ck_assert_int_ge(seen.n_read, FILES);
    ck_assert_int_gt(seen.n_wanted, 0);
    while (at < FILES && seen.read[at] != seen.wanted[0])
        at++;
    ck_assert_int_gt(at, TN__AHEAD_WATCHED);
    ck_assert_int_le(at, 2 * TN__AHEAD_WATCHED);
    for (; at < FILES && w < seen.n_wanted; at++)
        if (at % TN__AHEAD_LEFT_OUT != 0)
            ck_assert_int_eq(seen.wanted[w++], seen.read[at]);
    ck_assert_int_eq(w, seen.n_wanted);
    ck_assert_int_gt(at, FILES - TN__AHEAD_STEP - 1);
}

START_TEST(a_survey_wants_heads)
{
    tn_dataset *const dataset = open_images();
    finish(dataset, start_survey(dataset, 1));
    check_wanted();
    ck_assert(!seen.is_whole);
    ck_assert_int_eq(seen.longest, TN__HEAD_BYTES);
}
END_TEST

START_TEST(a_verification_wants_files)
{
    tn_dataset *const dataset = open_images();
    finish(dataset, start_verify(dataset, 1));
    check_wanted();
    ck_assert(seen.is_whole);
}
END_TEST

START_TEST(an_index_wants_files)
{
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 1};
    tn_dataset *const dataset = open_images();
    finish(dataset, tn_index_start(dataset, &options));
    check_wanted();
    ck_assert(seen.is_whole);
}
END_TEST

static void pack(const char *path)
{
    const tn_pack_options options = {.size = (int32_t)sizeof options, .threads = 1, .path = path};
    tn_dataset *const dataset = open_images();
    finish(dataset, tn_pack_start(dataset, &options));
}

START_TEST(packing_and_unpacking_want_samples_in_their_own_order)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&outputs, "pack"));
    pack(path);
    check_wanted();
    ck_assert(seen.is_whole);
    tn_dataset_options options = tree_options(&outputs);
    options.root = path;
    tn_dataset *const packed = tn_dataset_create(&options);
    ck_assert_msg(packed != NULL, "%s", tn_error());
    forget();
    intercept(packed, read_slowly);
    finish(packed, start_unpack(packed, tree_path(&outputs, "files"), 1));
    check_wanted();
}
END_TEST

START_TEST(threads_want_no_sample_twice)
{
    bool wanted[FILES] = {false};
    tn_dataset *const dataset = open_images();
    finish(dataset, start_verify(dataset, 4));
    ck_assert_int_gt(seen.n_wanted, 0);
    for (int w = 0; w < seen.n_wanted; w++) {
        ck_assert(!wanted[seen.wanted[w]]);
        wanted[seen.wanted[w]] = true;
    }
}
END_TEST

/* On a busy machine a thread can wait for memory while it reads, so one of several tasks has to
 * show it. */
START_TEST(files_in_memory_are_not_wanted)
{
    enum { TRIES = 5 };
    reads_wait = false;
    for (int t = 0; t < TRIES && (t == 0 || seen.n_wanted > 0); t++) {
        forget();
        tn_dataset *const dataset = open_images();
        finish(dataset, start_verify(dataset, 1));
    }
    ck_assert_int_eq(seen.n_wanted, 0);
}
END_TEST

/* There is a file that is not in memory until the task wants it: COLD. The task is held at the read
 * of the sample GATE until the file is in memory. */
enum { GATE = 20, COLD = 30, SIDE = 600, COLD_BYTES = SIDE * SIDE };

static atomic_bool came, end_came; /* its first expected_bytes, its last one */
static size_t expected_bytes;
static int cold_file;

static int read_at_gate(const tn__source *source, const tn__part *part, tn__extent extent,
                        tn__buffer *buffer, int64_t *length)
{
    if (part->sample == GATE)
        for (int wait = 0; wait < 10000 && !came; wait++) {
            usleep(1000);
            came = tree_is_in_memory(cold_file, 0, expected_bytes);
            end_came = tree_is_in_memory(cold_file, COLD_BYTES - 1, 1);
        }
    return read_slowly(source, part, extent, buffer, length);
}

/* False: the file system keeps files in memory. */
static bool make_cold(void)
{
    static char image[COLD_BYTES];
    const int head = snprintf(image, sizeof image, "P5 %d %d 255\n", SIDE, SIDE - 1);
    ck_assert_int_lt(head, SIDE);
    tree_write(&images, "a/030.png", image, sizeof image);
    cold_file = open(tree_path(&images, "a/030.png"), O_RDONLY);
    came = end_came = false;
    return tree_evict(cold_file);
}

static void check_memory(tn_task *(*start)(tn_dataset *, int32_t), size_t n_bytes)
{
    if (make_cold()) {
        tn_dataset *const dataset = tree_open(&images);
        expected_bytes = n_bytes;
        intercept(dataset, read_at_gate);
        finish(dataset, start(dataset, 1));
        ck_assert(came);
    }
}

START_TEST(wanted_files_come_into_memory)
{
    check_memory(start_verify, COLD_BYTES);
    close(cold_file);
}
END_TEST

START_TEST(only_their_heads_come_into_memory_for_a_survey)
{
    check_memory(start_survey, TN__HEAD_BYTES);
    ck_assert(!end_came);
    close(cold_file);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("task_reads");
    TCase *const cases = tcase_create("task_reads");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_survey_wants_heads);
    tcase_add_test(cases, a_verification_wants_files);
    tcase_add_test(cases, an_index_wants_files);
    tcase_add_test(cases, packing_and_unpacking_want_samples_in_their_own_order);
    tcase_add_test(cases, threads_want_no_sample_twice);
    tcase_add_test(cases, files_in_memory_are_not_wanted);
    tcase_add_test(cases, wanted_files_come_into_memory);
    tcase_add_test(cases, only_their_heads_come_into_memory_for_a_survey);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
