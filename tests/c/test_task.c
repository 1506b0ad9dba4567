/* SPDX-License-Identifier: MIT */
/* Checks the contract of tasks of all kinds: wait, stop, progress, and facts of their own kind
 * only. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "make_jpeg.h"
#include "suite.h"
#include "tasks.h"
#include "tree.h"

enum { FILES = 9 };

static tree images, outputs;

static void write_image(int file)
{
    char name[32];
    const jpeg_file made = make_jpeg(
        &(jpeg_recipe){.w = 30 + file, .h = 20, .channels = 3, .space = JCS_YCbCr, .quality = 90});
    snprintf(name, sizeof name, "%c/%d.jpg", 'a' + file % 2, file);
    tree_write(&images, name, made.bytes, made.size);
    free(made.bytes);
}

static tn_task *start_pack(tn_dataset *dataset, const char *path)
{
    const tn_pack_options options = {.size = (int32_t)sizeof options, .threads = 2, .path = path};
    return tn_pack_start(dataset, &options);
}

static void make_pack(void)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&outputs, "pack"));
    tn_dataset *const dataset = tree_open(&images);
    tn_task *const task = start_pack(dataset, path);
    ck_assert_msg(task && tn_task_wait(task, -1) == TN_OK, "%s", tn_error());
    tn_task_destroy(task);
    tn_dataset_destroy(dataset);
}

static tn_dataset *open_pack(void)
{
    tn_dataset_options options = tree_options(&outputs);
    options.root = tree_path(&outputs, "pack");
    return tn_dataset_create(&options);
}

static void set_up(void)
{
    images = tree_make();
    outputs = tree_make();
    for (int file = 0; file < FILES; file++)
        write_image(file);
    make_pack();
}

static void tear_down(void)
{
    tree_remove(&images);
    tree_remove(&outputs);
}

/* Starts a task of a kind, TN_TASK_SURVEY …; its output, if any, goes below `outputs`. */
static tn_task *start(int kind)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&outputs, "made"));
    tn_dataset *const dataset = kind == TN_TASK_UNPACK ? open_pack() : tree_open(&images);
    const tn_index_options index = {.size = (int32_t)sizeof index, .threads = 2};
    tn_task *task = NULL;
    switch (kind) {
    case TN_TASK_SURVEY: task = start_survey(dataset, 2); break;
    case TN_TASK_INDEX: task = tn_index_start(dataset, &index); break;
    case TN_TASK_VERIFY: task = start_verify(dataset, 2); break;
    case TN_TASK_PACK: task = start_pack(dataset, path); break;
    default: task = start_unpack(dataset, path, 2); break;
    }
    ck_assert_msg(task != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset); /* the task keeps its own reference */
    return task;
}

static tn_progress progress_of(tn_task *task)
{
    tn_progress progress = {.size = (int32_t)sizeof progress};
    ck_assert_int_eq(tn_task_progress(task, &progress), TN_OK);
    return progress;
}

/* Calls the facts function of a kind. */
static int32_t read_facts(tn_task *task, int kind)
{
    tn_survey_facts survey = {.size = (int32_t)sizeof survey};
    tn_index_facts index = {.size = (int32_t)sizeof index};
    tn_verify_facts verify = {.size = (int32_t)sizeof verify};
    tn_pack_facts pack = {.size = (int32_t)sizeof pack};
    switch (kind) {
    case TN_TASK_SURVEY: return tn_survey_facts_of(task, &survey);
    case TN_TASK_INDEX: return tn_index_facts_of(task, &index);
    case TN_TASK_VERIFY: return tn_verify_facts_of(task, &verify);
    default: return tn_pack_facts_of(task, &pack);
    }
}

static bool has_facts(int of, int kind)
{
    return of == kind || (of == TN_TASK_UNPACK && kind == TN_TASK_PACK) ||
           (of == TN_TASK_PACK && kind == TN_TASK_UNPACK);
}

START_TEST(a_task_reports_its_progress_and_its_own_facts)
{
    tn_task *const task = start(_i);
    ck_assert_msg(tn_task_wait(task, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(task, 0), TN_OK);
    const tn_progress progress = progress_of(task);
    ck_assert_int_eq(progress.kind, _i);
    ck_assert_int_eq(progress.samples, FILES);
    ck_assert_int_eq(progress.done, FILES);
    for (int kind = TN_TASK_SURVEY; kind <= TN_TASK_UNPACK; kind++) {
        const int32_t status = read_facts(task, kind);
        ck_assert_int_eq(status, has_facts(_i, kind) ? TN_OK : TN_EINVAL);
        if (status != TN_OK)
            ck_assert_ptr_nonnull(strstr(tn_error(), "this is a task of kind "));
    }
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_task_fault(task, 0, &fault), TN_EINVAL);
    const bool has_faults = _i == TN_TASK_SURVEY || _i == TN_TASK_INDEX;
    ck_assert_ptr_nonnull(strstr(tn_error(), has_faults ? "there are 0" : "keep faults"));
    tn_task_destroy(task);
}
END_TEST

START_TEST(a_task_can_be_stopped_or_given_up)
{
    tn_task *const task = start(_i);
    ck_assert_int_eq(tn_task_stop(task), TN_OK);
    ck_assert_msg(tn_task_wait(task, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_le(progress_of(task).done, FILES);
    ck_assert_int_eq(read_facts(task, _i), TN_OK);
    ck_assert_int_eq(tn_task_stop(task), TN_OK);
    tn_task_destroy(task);
    if (_i == TN_TASK_PACK || _i == TN_TASK_UNPACK)
        return; /* the folder may exist by now */
    char before[256];
    tn_task *const another = start(_i);
    ck_assert_int_eq(tn_task_wait(another, -2), TN_EINVAL);
    snprintf(before, sizeof before, "%s", tn_error());
    tn_task_destroy(another);
    ck_assert_str_eq(tn_error(), before);
}
END_TEST

START_TEST(a_failure_is_raised_at_each_wait)
{
    char path[2 * TREE_PATH], first[512];
    snprintf(path, sizeof path, "%s", tree_path(&outputs, "made"));
    tn_dataset *const dataset = tree_open(&images);
    ck_assert_int_eq(unlink(tree_path(&images, "a/4.jpg")), 0);
    tn_task *const task = start_pack(dataset, path);
    ck_assert_int_eq(tn_task_wait(task, -1), TN_EIO);
    snprintf(first, sizeof first, "%s", tn_error());
    ck_assert_ptr_nonnull(strstr(first, "a/4.jpg"));
    ck_assert_int_eq(tn_task_wait(NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_task_wait(task, 0), TN_EIO);
    ck_assert_str_eq(tn_error(), first);
    tn_task_destroy(task);
    tn_dataset_destroy(dataset);
}
END_TEST

/* A forked child has a copy of the task without its threads: no call waits for them. */
static int use_in_child(tn_task *task, int kind)
{
    tn_progress progress = {.size = (int32_t)sizeof progress};
    if (tn_task_wait(task, -1) != TN_EFORK || tn_task_stop(task) != TN_EFORK)
        return 1;
    if (tn_task_progress(task, &progress) != TN_EFORK || read_facts(task, kind) != TN_EFORK)
        return 2;
    tn_task_destroy(task);
    return strstr(tn_error(), "start tasks after the fork") ? 0 : 3;
}

START_TEST(a_forked_child_does_not_wait_for_the_threads)
{
    tn_task *const task = start(_i);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(use_in_child(task, _i));
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
    ck_assert_msg(tn_task_wait(task, -1) == TN_OK, "%s", tn_error());
    tn_task_destroy(task);
}
END_TEST

START_TEST(arguments_are_checked)
{
    tn_task *const task = start(TN_TASK_SURVEY);
    tn_progress progress = {0};
    ck_assert_int_eq(tn_task_wait(task, -2), TN_EINVAL);
    ck_assert_int_eq(tn_task_stop(NULL), TN_EINVAL);
    ck_assert_int_eq(tn_task_progress(task, &progress), TN_EINVAL);
    ck_assert_int_eq(tn_task_progress(NULL, &progress), TN_EINVAL);
    tn_task_destroy(task);
    tn_task_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("task");
    TCase *const cases = tcase_create("task");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, a_task_reports_its_progress_and_its_own_facts, TN_TASK_SURVEY,
                        TN_TASK_UNPACK + 1);
    tcase_add_loop_test(cases, a_task_can_be_stopped_or_given_up, TN_TASK_SURVEY,
                        TN_TASK_UNPACK + 1);
    tcase_add_test(cases, a_failure_is_raised_at_each_wait);
    tcase_add_loop_test(cases, a_forked_child_does_not_wait_for_the_threads, TN_TASK_SURVEY,
                        TN_TASK_UNPACK + 1);
    tcase_add_test(cases, arguments_are_checked);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
