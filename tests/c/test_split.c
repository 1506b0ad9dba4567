/* SPDX-License-Identifier: MIT */
/* Checks which data sets have splits, and which split is opened. */
#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "data/pack/format.h"
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

/* Makes files and folders from a list separated by spaces. */
static void make(const char *list)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%s", list);
    for (char *name = strtok(copy, " "); name; name = strtok(NULL, " "))
        if (name[strlen(name) - 1] == '/')
            tree_folder(&here, name);
        else
            tree_touch(&here, name);
}

/* The contents of the root, and its splits. */
static const char *const trees[][2] = {
    {"train/c/1.jpg val/c/2.jpg", "train val"},
    {"validation/c/1.jpg train/c/1.jpg test/c/1.jpg", "test train validation"},
    {"training/c/1.jpg evaluation/c/1.jpg eval/c/1.jpg valid/c/1.jpg",
     "eval evaluation training valid"},
    {"train/c/1.jpg", "train"},
    {"train/1.jpg", "train"},
    {"train/", ""},
    {"train/c/1.jpg test/c/ val/c/1.webp", "train"},
    {"train/c/1.jpg val/" TN__PACK_MANIFEST, "train val"},
    {"train/c/1.jpg notes.txt docs/a/b.txt empty/", "train"},
    {"c/1.jpg", ""},
    {"train/1.jpg bus/2.jpg", ""},
    {"train/1.jpg bus/old/new/2.jpg", ""},
    {"train/c/1.jpg 2.jpg", ""},
    {"train/c/1.jpg packed/" TN__PACK_MANIFEST, "train"},
    {"train/c/1.jpg packed/deep/" TN__PACK_MANIFEST, "train"},
    {"Train/c/1.jpg", ""},
    {"train/c/1.jpg other/2.webp", "train"},
    {"1.jpg train/c/1.jpg val/c/2.jpg", ""},
    {"train/c/1.jpg val/c/2.jpg 3.webp", "train val"},
    {"train.jpg", ""},
    {"train", ""},
};
enum { N_TREES = sizeof trees / sizeof *trees };

START_TEST(names_and_images_decide_what_a_split_is)
{
    make(trees[_i][0]);
    const tn_dataset_options options = tree_options(&here);
    const char *const list = tn_dataset_splits(&options);
    ck_assert_msg(list != NULL, "%s", tn_error());
    ck_assert_str_eq(list, trees[_i][1]);
}
END_TEST

START_TEST(links_are_splits_and_folders_beside_them)
{
    make("elsewhere/c/1.jpg");
    tree_folder(&here, "data/");
    tree_link(&here, "../elsewhere", "data/train");
    tree_link(&here, "nowhere", "data/val");
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s/data/", here.root);
    tn_dataset_options options = tree_options(&here);
    options.root = root;
    ck_assert_str_eq(tn_dataset_splits(&options), "train");
    tree_link(&here, "../elsewhere/c", "data/bus");
    ck_assert_str_eq(tn_dataset_splits(&options), "");
}
END_TEST

/* The search stops at the first image in a folder: a folder beside the splits may be large. */
START_TEST(folders_without_images_are_looked_through_to_their_end)
{
    make("train/c/1.jpg notes/");
    char path[64];
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "notes/%d/%d.txt", i, i);
        tree_touch(&here, path);
    }
    const tn_dataset_options options = tree_options(&here);
    ck_assert_str_eq(tn_dataset_splits(&options), "train");
    tree_touch(&here, "notes/150/a/b/1.jpg");
    ck_assert_str_eq(tn_dataset_splits(&options), "");
}
END_TEST

/* Like lost+found on a separate disk. */
START_TEST(a_folder_that_may_not_be_read_has_no_images)
{
    make("train/c/1.jpg locked/2.jpg");
    if (!tree_lock(&here, "locked"))
        return;
    const tn_dataset_options options = tree_options(&here);
    const char *const list = tn_dataset_splits(&options);
    tree_unlock();
    ck_assert_msg(list != NULL, "%s", tn_error());
    ck_assert_str_eq(list, "train");
    ck_assert_int_eq(chmod(tree_path(&here, "locked"), 0700), 0);
}
END_TEST

START_TEST(extensions_decide_what_an_image_is)
{
    make("train/c/1.jpg bus/2.webp");
    tn_dataset_options options = tree_options(&here);
    options.extensions = ".webp";
    ck_assert_str_eq(tn_dataset_splits(&options), "");
    options.root = tree_path(&here, "nowhere");
    ck_assert_ptr_null(tn_dataset_splits(&options));
    ck_assert_ptr_nonnull(strstr(tn_error(), "No such file"));
    options.root = "";
    ck_assert_ptr_null(tn_dataset_splits(&options));
    ck_assert_ptr_null(tn_dataset_splits(NULL));
}
END_TEST

static const char two[] = "train/c/1.jpg val/c/2.jpg";
static const char classes[] = "train/1.jpg bus/2.jpg";
static const char image_beside[] = "train/c/1.jpg val/c/2.jpg 3.jpg";
static const char folder_beside[] = "train/c/1.jpg val/c/2.jpg backup/c/3.jpg";

/* `found` is the split that is opened, or a part of the message that refuses the options. */
START_TEST(rules)
{
    static const struct {
        const char *tree;
        int32_t rule;
        const char *split, *found;
        bool is_refused;
    } cases[] = {
        {two, 0, NULL, "", false},
        {two, TN_SPLIT_MUST, "val", "val", false},
        {two, TN_SPLIT_MUST, "training", "train", false},
        {two, TN_SPLIT_MUST, "evaluation", "val", false},
        {two, 0, "vla", "has no split \"vla\"; its splits are train, val", true},
        {two, 0, "test", "has no split \"test\"; its splits are train, val", true},
        {two, 0, "train[:10%]", "the split \"train[:10%]\" has a slice, \"[:10%]\"", true},
        {two, 0, "training[2:4]", "name the split alone", true},
        {two, 0, "[:10%]", "has a slice", true},
        {two, 0, "val/c[2:]", "has a slice, \"[2:]\"", true},
        {two, TN_SPLIT_OR_WHOLE, "train[:10%]", "has a slice", true},
        {two, TN_SPLIT_IF_THERE, "train[:10%]", "has a slice", true},
        {classes, TN_SPLIT_OR_WHOLE, "train[:10%]", "has a slice", true},
        {"fold[1]/c/1.jpg fold[2]/c/2.jpg", 0, "fold[2]", "fold[2]", false},
        {two, 0, "val/c", "val/c", false},
        {two, 0, "val/c/2.jpg", "its splits are", true},
        {two, 0, "..", "not the name of a folder below root", true},
        {two, 0, "train/../val", "not the name of a folder below root", true},
        {two, 0, "./train", "not the name of a folder below root", true},
        {two, 0, "val/.[:10%]", "has a slice", true},
        {classes, 0, "train", "train", false},
        {classes, 0, "bus", "bus", false},
        {classes, 0, "val", "has no split \"val\": it has no splits", true},
        {two, TN_SPLIT_OR_WHOLE, "training", "train", false},
        {two, TN_SPLIT_OR_WHOLE, "test", "its splits are train, val", true},
        {two, TN_SPLIT_OR_WHOLE, NULL,
         "the splits train, val; name one of them, for example split=train", true},
        {classes, TN_SPLIT_OR_WHOLE, "train", "", false},
        {classes, TN_SPLIT_OR_WHOLE, NULL, "", false},
        {classes, TN_SPLIT_OR_WHOLE, "bus", "bus", false},
        {classes, TN_SPLIT_OR_WHOLE, "lorry", "", false},
        {two, TN_SPLIT_IF_THERE, "validation", "val", false},
        {two, TN_SPLIT_IF_THERE, "test", "", false},
        {two, TN_SPLIT_IF_THERE, NULL, "", false},
        {classes, TN_SPLIT_IF_THERE, "train", "", false},
        {"train/c/1.jpg valid/c/2.jpg evaluation/c/3.jpg", TN_SPLIT_IF_THERE, "validation", "valid",
         false},
        {"a/train/1.jpg a/val/2.jpg", 0, "a/train", "a/train", false},
        {two, TN_SPLIT_OR_WHOLE, "test",
         "no split \"test\", which the recipe asks for; its splits are train, val: say split=train",
         true},
        {image_beside, TN_SPLIT_OR_WHOLE, "validation",
         "has the folders train, val, but \"3.jpg\" lies beside them, so they may be splits or "
         "classes; say split=val to open one of them, or search_split=no to open all",
         true},
        {folder_beside, TN_SPLIT_OR_WHOLE, "train", "\"backup\" lies beside them", true},
        {folder_beside, TN_SPLIT_OR_WHOLE, "test", "say split=train to open one of them", true},
        {folder_beside, TN_SPLIT_OR_WHOLE, NULL, "say split=train to open one of them", true},
        {folder_beside, TN_SPLIT_OR_WHOLE, "backup", "backup", false},
        {folder_beside, TN_SPLIT_IF_THERE, "validation", "say split=val to open one of them", true},
        {folder_beside, TN_SPLIT_IF_THERE, "test", "", false},
        {folder_beside, TN_SPLIT_IF_THERE, NULL, "", false},
        {folder_beside, 0, "validation", "val", false},
        {folder_beside, 0, "test", "no folder of that name", true},
        {folder_beside, 0, NULL, "", false},
        {"train/c/1.jpg val/ bus/2.jpg", TN_SPLIT_OR_WHOLE, "validation", "", false},
        {"train/c/1.jpg val/c/2.jpg notes/3.txt", TN_SPLIT_OR_WHOLE, "validation", "val", false},
    };
    enum { N_CASES = sizeof cases / sizeof *cases };
    for (size_t i = 0; i < N_CASES; i++) {
        const tree outer = here;
        here = tree_make();
        make(cases[i].tree);
        char root[2 * TREE_PATH];
        snprintf(root, sizeof root, "%s//", here.root);
        tn_dataset_options options = tree_options(&here);
        options.root = root;
        options.split = cases[i].split;
        options.split_rule = cases[i].rule;
        if (cases[i].is_refused) {
            tree_refuse(&options, TN_EINVAL, cases[i].found);
        } else {
            tn_dataset *const dataset = tn_dataset_create(&options);
            ck_assert_msg(dataset != NULL, "case %zu: %s", i, tn_error());
            ck_assert_msg(strcmp(tn_dataset_split(dataset), cases[i].found) == 0,
                          "case %zu: \"%s\"", i, tn_dataset_split(dataset));
            snprintf(root, sizeof root, "%s%s%s", here.root, cases[i].found[0] ? "/" : "",
                     cases[i].found);
            ck_assert_str_eq(tn_dataset_root(dataset), root);
            tn_dataset_destroy(dataset);
        }
        tree_remove(&here);
        here = outer;
    }
}
END_TEST

START_TEST(rules_are_checked)
{
    make(two);
    tn_dataset_options options = tree_options(&here);
    options.split_rule = 4;
    tree_refuse(&options, TN_EINVAL,
                "split_rule is 4; it must be 0 (the default) or 1 to 3 (must ");
    options.split_rule = -1;
    tree_refuse(&options, TN_EINVAL, "split_rule is -1");
    options.split_rule = TN_SPLIT_OR_WHOLE;
    options.root = tree_path(&here, "nowhere");
    tree_refuse(&options, TN_EIO, "/nowhere\": No such file");
    ck_assert_ptr_null(tn_dataset_split(NULL));
}
END_TEST

START_TEST(what_is_left_out_is_counted)
{
    make("a/1.jpg a/2.jpg a/notes.txt b/3.jpg c/4.jpg c/d/5.jpg README .hidden .jpg");
    tree_write(&here, "map.txt", "a\n", 2);
    tn_dataset_options options = tree_options(&here);
    options.class_map = "map.txt";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tn_dataset_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_dataset_facts_of(dataset, &facts), TN_OK);
    ck_assert_int_eq(facts.unmapped_folders, 3);
    ck_assert_int_eq(facts.unmapped_images, 3);
    ck_assert_int_eq(facts.other_files, 3); /* notes.txt, README, map.txt */
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    facts.size = 0;
    ck_assert_int_eq(tn_dataset_facts_of(dataset, &facts), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_facts_of(NULL, &facts), TN_EINVAL);
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("split");
    TCase *const cases = tcase_create("split");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, names_and_images_decide_what_a_split_is, 0, N_TREES);
    tcase_add_test(cases, links_are_splits_and_folders_beside_them);
    tcase_add_test(cases, folders_without_images_are_looked_through_to_their_end);
    tcase_add_test(cases, a_folder_that_may_not_be_read_has_no_images);
    tcase_add_test(cases, extensions_decide_what_an_image_is);
    tcase_add_test(cases, rules);
    tcase_add_test(cases, rules_are_checked);
    tcase_add_test(cases, what_is_left_out_is_counted);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
