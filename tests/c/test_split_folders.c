/* SPDX-License-Identifier: MIT */
/* Checks that split folders are found in the same way for each kind of container, whether the kind
 * is named or not. */
#include "split_folders.h"
#include "suite.h"

static tree here;

static void set_up(void)
{
    here = container_tree();
}

static void tear_down(void)
{
    tree_remove(&here);
}

/* The kinds stand twice in the loop: without a name, then with it. */
static const char *name_of(int at)
{
    return at < N_CONTAINERS ? NULL : containers[at % N_CONTAINERS].kind;
}

static void check_split(const char *split, const char *folder, const char *source)
{
    char root[2 * TREE_PATH], path[3 * TREE_PATH];
    snprintf(root, sizeof root, "%s/set", here.root);
    snprintf(path, sizeof path, "%s/%s", root, folder);
    tn_dataset *const alone = container_open(path, NULL, source);
    ck_assert_msg(alone != NULL, "%s", tn_error());
    tn_dataset *const dataset = container_open(root, split, source);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_split(dataset), folder);
    ck_assert_int_gt(tn_dataset_count(dataset), 0);
    ck_assert_int_eq(tn_dataset_count(dataset), tn_dataset_count(alone));
    ck_assert_uint_eq(tn_dataset_fingerprint(dataset), tn_dataset_fingerprint(alone));
    tn_dataset_destroy(dataset);
    tn_dataset_destroy(alone);
}

START_TEST(folders_are_splits_of_every_kind)
{
    static const char *const folders[] = {"set/train", "set/val", "set/fold1"};
    for (int f = 0; f < 3; f++)
        add_container(&here, folders[f], _i % N_CONTAINERS);
    check_split("train", "train", name_of(_i));
    check_split("validation", "val", name_of(_i));
    /* Any folder may be named, but for Parquet files it is a configuration. */
    if (strcmp(containers[_i % N_CONTAINERS].kind, "parquet") != 0)
        check_split("fold1", "fold1", name_of(_i));
}
END_TEST

START_TEST(folders_are_listed_for_every_kind)
{
    char root[2 * TREE_PATH];
    add_container(&here, "set/train", _i % N_CONTAINERS);
    add_container(&here, "set/val", _i % N_CONTAINERS);
    snprintf(root, sizeof root, "%s/set", here.root);
    tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = root, .source = name_of(_i)};
    ck_assert_str_eq(tn_dataset_splits(&options), "train val");
    options.split = "test";
    tree_refuse(&options, TN_EINVAL, "its splits are train, val");
    options.split = "holdout";
    tree_refuse(&options, TN_EINVAL, "its splits are train, val");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("split folders");
    TCase *const cases = tcase_create("the data set that you named");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, folders_are_splits_of_every_kind, 0, 2 * N_CONTAINERS);
    tcase_add_loop_test(cases, folders_are_listed_for_every_kind, 0, 2 * N_CONTAINERS);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
