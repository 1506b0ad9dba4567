/* SPDX-License-Identifier: MIT */
/* Checks class folders: which files are samples, in which order, with which labels. */
#include <check.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"
#include "tree.h"

/* Names and labels, in timm's order. */
static const struct {
    const char *path;
    int label;
} golden[] = {
#include "../golden/folder.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

static tree here;

static void set_up(void)
{
    here = tree_make();
}

static void tear_down(void)
{
    tree_remove(&here);
}

static void expect(const tn_dataset *dataset, int64_t index, const char *name, int64_t label)
{
    ck_assert_str_eq(tn_dataset_sample_name(dataset, index), name);
    ck_assert_int_eq(tn_dataset_label(dataset, index), label);
}

static void expect_classes(const tn_dataset *dataset, const char *const *names, int n)
{
    ck_assert_int_eq(tn_dataset_classes(dataset), n);
    for (int label = 0; label < n; label++)
        ck_assert_str_eq(tn_dataset_class_name(dataset, label), names[label]);
}

START_TEST(order_and_labels_are_timms)
{
    int64_t n = 0;
    for (int i = N_GOLDEN - 1; i >= 0; i--) {
        tree_touch(&here, golden[i].path);
        n += golden[i].label >= 0;
    }
    tn_dataset_options options = tree_options(&here);
    options.threads = _i;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_gt(n, 100);
    ck_assert_int_eq(tn_dataset_count(dataset), n);
    for (int64_t i = 0; i < n; i++)
        expect(dataset, i, golden[i].path, golden[i].label);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(ties_go_by_bytes)
{
    static const char *const names[] = {"a/01.jpg", "a/1.JPG", "a/1.jpg",
                                        "A/1.jpg",  "B/2.jpg", "b/2.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        tree_touch(&here, names[i]);
    tn_dataset *const dataset = tree_open(&here);
    expect_classes(dataset, (const char *[]){"A", "a", "B", "b"}, 4);
    expect(dataset, 0, "A/1.jpg", 0);
    expect(dataset, 1, "a/01.jpg", 1);
    expect(dataset, 2, "a/1.JPG", 1);
    expect(dataset, 3, "a/1.jpg", 1);
    expect(dataset, 4, "B/2.jpg", 2);
    expect(dataset, 5, "b/2.jpg", 3);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(one_leaf_in_two_places_is_one_class)
{
    tree_touch(&here, "x/cat/1.jpg");
    tree_touch(&here, "y/cat/2.jpg");
    tree_touch(&here, "y/3.jpg");
    tree_touch(&here, "0.jpg");
    tn_dataset *const dataset = tree_open(&here);
    ck_assert_int_eq(tn_dataset_classes(dataset), 3);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 0), "");
    expect(dataset, 0, "0.jpg", 0);
    expect(dataset, 1, "x/cat/1.jpg", 1);
    expect(dataset, 2, "y/3.jpg", 2);
    expect(dataset, 3, "y/cat/2.jpg", 1);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(links_are_followed_but_not_in_circles)
{
    tree_touch(&here, "a/1.jpg");
    tree_touch(&here, "elsewhere/2.jpg");
    tree_link(&here, "..", "a/up");
    tree_link(&here, ".", "a/self");
    tree_link(&here, "../elsewhere", "a/b");
    tree_link(&here, "1.jpg", "a/link.jpg");
    tree_link(&here, "nowhere", "a/broken.jpg"); /* a sample that cannot be read, as in timm */
    tree_link(&here, "c.jpg", "a/c.jpg");        /* a link to itself */
    tn_dataset *const dataset = tree_open(&here);
    ck_assert_int_eq(tn_dataset_count(dataset), 6);
    expect(dataset, 0, "a/1.jpg", 0);
    expect(dataset, 1, "a/b/2.jpg", 1);
    expect(dataset, 2, "a/broken.jpg", 0);
    expect(dataset, 3, "a/c.jpg", 0);
    expect(dataset, 4, "a/link.jpg", 0);
    expect(dataset, 5, "elsewhere/2.jpg", 2);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(deep_folders_are_refused)
{
    char path[2 * 257 + 1] = "";
    for (int depth = 0; depth < 257; depth++)
        memcpy(path + 2 * (size_t)depth, "d/", 3);
    tree_folder(&here, path);
    const tn_dataset_options options = tree_options(&here);
    tree_refuse(&options, TN_ELIMIT, "deeper than 256");
}
END_TEST

START_TEST(folders_that_cannot_be_read_are_named)
{
    tree_touch(&here, "a/1.jpg");
    tree_touch(&here, "locked/2.jpg");
    if (!tree_lock(&here, "locked"))
        return;
    const tn_dataset_options options = tree_options(&here);
    tree_refuse(&options, TN_EIO, "/locked\": Permission denied");
    tree_unlock();
    ck_assert_int_eq(chmod(tree_path(&here, "locked"), 0700), 0);
}
END_TEST

START_TEST(extensions_choose_the_files)
{
    tree_touch(&here, "a/1.jpg");
    tree_touch(&here, "a/2.webp");
    tree_touch(&here, "a/3.WebP");
    tree_touch(&here, "a/4.png");
    tn_dataset_options options = tree_options(&here);
    options.extensions = ".WEBP, png";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_int_eq(tn_dataset_count(dataset), 3);
    expect(dataset, 0, "a/2.webp", 0);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(wrong_extensions_are_named)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"j.pg", "\"j.pg\""},
        {".jpg,", "\"\""},
        {".jpg;.png", ".jpg;.png"},
        {".", "\".\""},
        {".tar.gz", "\".tar.gz\""},
        {".jpg,.a/b", "\".a/b\""},
        {".abcdefghijklmnop", "17 characters"},
    };
    tn_dataset_options options = tree_options(&here);
    options.extensions = cases[_i][0];
    tree_refuse(&options, TN_EINVAL, cases[_i][1]);
}
END_TEST

START_TEST(missing_things_are_named)
{
    tn_dataset_options options = tree_options(&here);
    tree_refuse(&options, TN_EINVAL, here.root);
    tree_refuse(&options, TN_EINVAL, ".png,.jpg,.jpeg");
    tree_touch(&here, "a/1.jpg");
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s/nowhere", here.root);
    options.root = path;
    tree_refuse(&options, TN_EIO, "/nowhere\": No such file");
    snprintf(path, sizeof path, "%s/a/1.jpg", here.root);
    tree_refuse(&options, TN_EINVAL, "/a/1.jpg\": no kind of source opens this file");
    static const char head[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0";
    tree_write(&here, "a/2.jpg", head, sizeof head);
    snprintf(path, sizeof path, "%s/a/2.jpg", here.root);
    tree_refuse(&options, TN_EINVAL, "/a/2.jpg\" is an image: open the folder that holds");
    tree_write(&here, "list.txt", "a/1.jpg 3\n", 10);
    snprintf(path, sizeof path, "%s/list.txt", here.root);
    tree_refuse(&options, TN_EINVAL, "/list.txt\": this file is text; if it is a list of images");
    tree_write(&here, "b.parquet", "a/1.jpg 3\n", 10);
    snprintf(path, sizeof path, "%s/b.parquet", here.root);
    tree_refuse(&options, TN_EINVAL, "has the name of a Parquet file, but not its content (text)");
    options.root = "https://example.org/pets.tar";
    tree_refuse(&options, TN_EINVAL,
                "pets.tar\" is a URL. tench opens local files: download it first");
    options.root = "https://example.org/pets-{000..003}.tar";
    options.source = "wds";
    tree_refuse(&options, TN_EINVAL,
                "{000..003}.tar\" is a URL. tench opens local files: download it first");
}
END_TEST

START_TEST(a_text_can_quote_a_path)
{
    char text[2 * TREE_PATH];
    tn_dataset_options options = {.size = (int32_t)sizeof options, .source = text};
    tree_touch(&here, "my \"old\\ pets/a/1.jpg");
    snprintf(text, sizeof text, "folder path=\"%s/my \\\"old\\\\ pets\"", here.root);
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 1);
    tn_dataset_destroy(dataset);
    static const char *const broken[] = {"\"", "\"a", "\"a\\", "\"a\\\"", "\"a\"b", "\"\"\""};
    for (size_t b = 0; b < sizeof broken / sizeof *broken; b++) {
        snprintf(text, sizeof text, "folder path=%s", broken[b]);
        tree_refuse(&options, TN_EINVAL, "a quoted value ends with a quote");
    }
}
END_TEST

START_TEST(the_fingerprint_depends_on_names_and_labels)
{
    tree_touch(&here, "a/1.jpg");
    tree_touch(&here, "b/2.jpg");
    tn_dataset *dataset = tree_open(&here);
    const uint64_t first = tn_dataset_fingerprint(dataset);
    tn_dataset_destroy(dataset);
    const tree other = tree_make();
    tree_touch(&other, "b/2.jpg");
    tree_touch(&other, "a/1.jpg");
    dataset = tree_open(&other);
    ck_assert_uint_eq(tn_dataset_fingerprint(dataset),
                      first); /* the fingerprint does not depend on the root */
    tn_dataset_destroy(dataset);
    tree_write(&other, "map.txt", "b\na\n", 4);
    tn_dataset_options options = tree_options(&other);
    options.class_map = "map.txt";
    dataset = tn_dataset_create(&options);
    ck_assert_uint_ne(tn_dataset_fingerprint(dataset), first);
    tn_dataset_destroy(dataset);
    tree_touch(&other, "a/3.jpg");
    dataset = tree_open(&other);
    ck_assert_uint_ne(tn_dataset_fingerprint(dataset), first);
    tn_dataset_destroy(dataset);
    tree_remove(&other);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("folder");
    TCase *const cases = tcase_create("folder");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, order_and_labels_are_timms, 1, 5);
    tcase_add_test(cases, ties_go_by_bytes);
    tcase_add_test(cases, one_leaf_in_two_places_is_one_class);
    tcase_add_test(cases, links_are_followed_but_not_in_circles);
    tcase_add_test(cases, deep_folders_are_refused);
    tcase_add_test(cases, folders_that_cannot_be_read_are_named);
    tcase_add_test(cases, extensions_choose_the_files);
    tcase_add_loop_test(cases, wrong_extensions_are_named, 0, 8);
    tcase_add_test(cases, missing_things_are_named);
    tcase_add_test(cases, a_text_can_quote_a_path);
    tcase_add_test(cases, the_fingerprint_depends_on_names_and_labels);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
