/* SPDX-License-Identifier: MIT */
/* Checks that a scan ends: links that multiply folders are counted and limited, and a scan can be
 * stopped. */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "data/seen.h"
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

static int64_t repeated(const tn_dataset *dataset)
{
    tn_dataset_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_dataset_facts_of(dataset, &facts), TN_OK);
    return facts.repeated_paths;
}

/* Makes levels 0 … depth; each except the last has two links to the next: 2^depth paths lead to the
 * last. */
static void make_tangle(int depth)
{
    char path[32], target[32];
    for (int level = 0; level < depth; level++) {
        snprintf(target, sizeof target, "../%d", level + 1);
        snprintf(path, sizeof path, "%d/a", level);
        tree_link(&here, target, path);
        snprintf(path, sizeof path, "%d/b", level);
        tree_link(&here, target, path);
    }
}

static void touch_many(const char *folder, int n)
{
    char path[64];
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%d.jpg", folder, i);
        tree_touch(&here, path);
    }
}

/* 2^k paths lead to level k; all but one of them repeat it. */
START_TEST(paths_that_links_multiply_are_counted)
{
    make_tangle(3);
    touch_many("3", 5);
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s/0", here.root);
    tn_dataset_options options = tree_options(&here);
    options.root = root;
    options.threads = 1 + _i;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 8 * 5);
    ck_assert_int_eq(repeated(dataset), 1 + 3 + 7 + 7 * 5);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(links_that_repeat_nothing_are_not_counted)
{
    tree_touch(&here, "elsewhere/c/1.jpg");
    tree_touch(&here, "data/d/2.jpg");
    tree_link(&here, "../elsewhere/c", "data/c");
    tree_link(&here, "..", "data/d/up");
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s/data", here.root);
    tn_dataset_options options = tree_options(&here);
    options.root = root;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    ck_assert_int_eq(repeated(dataset), 0);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(too_many_repeated_paths_are_refused)
{
    enum { DEPTH = 8, N_FILES = 4000 };
    make_tangle(DEPTH);
    touch_many("8", N_FILES);
    const tn_dataset_options options = tree_options(&here);
    tree_refuse(&options, TN_ELIMIT,
                "this link and others repeat files that are found elsewhere too, on "
                "more than 1000000 paths");
    ck_assert_msg(strstr(tn_error(), "/a\":") || strstr(tn_error(), "/b\":"), "%s", tn_error());
}
END_TEST

START_TEST(a_scan_is_stopped)
{
    tree_touch(&here, "train/c/1.jpg");
    tree_touch(&here, "notes/1.txt");
    int32_t stop = 1;
    tn_dataset_options options = tree_options(&here);
    options.stop = &stop;
    tree_refuse(&options, TN_ESTOPPED, "was scanned: 0 images in 1 folders so far");
    ck_assert_ptr_null(tn_dataset_splits(&options)); /* searches the folder `notes` */
    ck_assert_ptr_nonnull(strstr(tn_error(), "/train\" was scanned"));
    stop = 0;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
    ck_assert_str_eq(tn_status_name(TN_ESTOPPED), "TN_ESTOPPED");
}
END_TEST

START_TEST(a_set_tells_new_folders_from_old_ones)
{
    enum { N = 5000 };
    tn__seen seen = {0};
    for (int round = 0; round < 2; round++)
        for (ino_t inode = 0; inode < N; inode++) {
            ck_assert_int_eq(tn__seen_add(&seen, 1, inode), round == 0);
            ck_assert_int_eq(tn__seen_add(&seen, 2, inode << 40), round == 0);
        }
    ck_assert_uint_eq(seen.n, 2 * N);
    tn__seen_free(&seen);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("scan");
    TCase *const cases = tcase_create("scan");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, paths_that_links_multiply_are_counted, 0, 4);
    tcase_add_test(cases, links_that_repeat_nothing_are_not_counted);
    tcase_add_test(cases, too_many_repeated_paths_are_refused);
    tcase_add_test(cases, a_scan_is_stopped);
    tcase_add_test(cases, a_set_tells_new_folders_from_old_ones);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
