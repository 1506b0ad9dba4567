/* SPDX-License-Identifier: MIT */
/* Checks WebDataset shards: the keys, patterns and samples of webdataset and timm, splits, and what
 * is refused. */
#include <check.h>
#include <strings.h>

#include "data/dataset.h"
#include "data/wds/key.h"
#include "make_tar.h"
#include "suite.h"
#include "tree.h"

#define KEYS
static const struct {
    const char *name;
    size_t n_key;
} keys[] = {
#include "../golden/shards.inc"
};
#undef KEYS
enum { N_KEYS = sizeof keys / sizeof *keys };

#define PATTERNS
static const struct {
    const char *pattern, *names;
} patterns[] = {
#include "../golden/shards.inc"
};
#undef PATTERNS
enum { N_PATTERNS = sizeof patterns / sizeof *patterns };

/* A path, its split, the field with the label, and the number of samples; then for each sample its
 * name, bytes and label. */
#define SAMPLES
static const struct {
    const char *name, *text, *field;
    int label;
} golden[] = {
#include "../golden/shards.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

static tree place;
static tn__blob tar;

static void set_up(void)
{
    place = tree_make();
    tar = (tn__blob){0};
}

static void tear_down(void)
{
    tn__blob_free(&tar);
    tree_remove(&place);
}

START_TEST(keys_end_where_those_of_webdataset_end)
{
    ck_assert_msg(tn__wds_key(keys[_i].name) == keys[_i].n_key, "\"%s\": %zu", keys[_i].name,
                  tn__wds_key(keys[_i].name));
}
END_TEST

START_TEST(patterns_stand_for_the_names_of_webdataset)
{
    tn__shards names;
    tn__text text = {0};
    ck_assert_msg(tn__wds_expand(patterns[_i].pattern, &names) == TN_OK, "%s", tn_error());
    for (uint32_t i = 0; i < names.n; i++)
        tn__text_printf(&text, "%s\n", names.names[i]);
    ck_assert_str_eq(text.chars, patterns[_i].names);
    tn__text_free(&text);
    tn__shards_free(&names);
}
END_TEST

START_TEST(wrong_patterns_are_refused)
{
    static const char *const wrong[] = {"a{0..}",     "a{..3}",  "a{1}",
                                        "a{}",        "a{0..3",  "a{{0..3}}",
                                        "a{0..3..2}", "a{a..c}", "{0..99999999}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tn__shards names;
        const int status = tn__wds_expand(wrong[i], &names);
        ck_assert_msg(status == TN_EINVAL || status == TN_ELIMIT, "%s", wrong[i]);
        tn__shards_free(&names);
    }
}
END_TEST

static const char *text_of(const tn_dataset *dataset, int64_t sample)
{
    static tn__buffer buffer;
    ck_assert_msg(tn__dataset_read(dataset, sample, &buffer) == TN_OK, "%s", tn_error());
    return (const char *)buffer.bytes;
}

static tn_dataset *open_text(const char *root, const char *source, const char *split)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = root,
                                        .source = source,
                                        .split = split,
                                        .threads = 3};
    return tn_dataset_create(&options);
}

static int compare_with_others(int at)
{
    char root[TREE_PATH], source[64];
    const int n = golden[at].label;
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, golden[at].name);
    const bool is_default = !golden[at].field || strcmp(golden[at].field, "target") == 0;
    snprintf(source, sizeof source, is_default ? "wds" : "wds label=%s", golden[at].field);
    tn_dataset *const dataset = open_text(root, source, golden[at].text);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_msg(tn_dataset_count(dataset) == n, "%s", root);
    for (int i = 0; i < n; i++) {
        const int k = at + 1 + i;
        char number[16];
        const int64_t label = tn_dataset_label(dataset, i);
        /* webdataset gives extensions in lower case, tench as they are. */
        const char *const name = tn_dataset_sample_name(dataset, i);
        ck_assert_msg(strcasecmp(name, golden[k].name) == 0, "%s, not %s", name, golden[k].name);
        ck_assert_str_eq(text_of(dataset, i), golden[k].text);
        ck_assert_int_eq(label, golden[k].label);
        snprintf(number, sizeof number, "%d", golden[k].label);
        ck_assert_str_eq(tn_dataset_class_name(dataset, label), number);
    }
    tn_dataset_destroy(dataset);
    return at + 1 + n;
}

START_TEST(samples_are_those_of_webdataset)
{
    int n_sets = 0;
    for (int at = 0; at < N_GOLDEN; n_sets++)
        at = compare_with_others(at);
    ck_assert_int_eq(n_sets, 8);
}
END_TEST

static tn_dataset *open_tar(const char *source)
{
    char path[2 * TREE_PATH];
    tree_write(&place, "a.tar", tar.bytes, tar.size);
    snprintf(path, sizeof path, "%s", tree_path(&place, "a.tar"));
    return open_text(path, source, NULL);
}

static void refuse(const char *source, int code, const char *text)
{
    char path[2 * TREE_PATH];
    tree_write(&place, "a.tar", tar.bytes, tar.size);
    snprintf(path, sizeof path, "%s", tree_path(&place, "a.tar"));
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = path, .source = source, .threads = 1};
    tree_refuse(&options, code, text);
    tar.size = 0;
}

START_TEST(wrong_samples_are_refused)
{
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar_add_text(&tar, "a.JPG", '0', "2");
    refuse("wds", TN_EDECODE, "\"a.JPG\": its sample has two members with this extension");
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar_add_text(&tar, "a.cls", '0', "cat");
    refuse("wds", TN_EDECODE, "\"a.cls\" holds no integer");
    tar_add_text(&tar, "a.cls", '0', "");
    refuse("wds", TN_EDECODE, "\"a.cls\" holds no integer");
    tar_add(&tar, "a.cls", '0', NULL, 65);
    refuse("wds", TN_ELIMIT, "\"a.cls\" has 65 bytes; the limit is 64");
    tar_add_text(&tar, "a.jpg", '0', "1");
    refuse("wds label=x", TN_EDECODE, "\"a.jpg\" has no .json, which should have its label");
    tar_add_text(&tar, "a.json", '0', "{\"y\": 1}");
    refuse("wds label=x", TN_EDECODE, "\"a.json\" has no field \"x\"");
    tar_add_text(&tar, "a.json", '0', "{\"x\": {\"y\": 1}}");
    refuse("wds label=x/z", TN_EDECODE, "\"a.json\" has no field \"x/z\"");
    tar_add_text(&tar, "a.json", '0', "{\"x\": 1");
    refuse("wds label=x", TN_EDECODE, "\"a.json\" is no JSON");
    tar_add_text(&tar, "a.json", '0', "{\"x\": [1, 2]}");
    refuse("wds label=x", TN_EDECODE, "the field \"x\" is [1, 2], which is no integer");
    tar_add_text(&tar, "a.json", '0', "{\"x\": 1.5}");
    refuse("wds label=x", TN_EDECODE, "is 1.5, which is no integer");
    tar_head(&tar, "a.jpg", '1', 0);
    refuse("wds", TN_EDECODE, "\"a.jpg\" is a hard link");
    tar_add_text(&tar, "a.txt", '0', "1");
    refuse("wds", TN_EINVAL, "no sample has a member of jpg;png;webp;jpeg");
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar.bytes[5] ^= 1;
    refuse("wds", TN_EDECODE, "is not a tar");
}
END_TEST

START_TEST(samples_without_labels)
{
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar_add_text(&tar, "a.txt", '0', "a caption");
    tn_dataset *const dataset = open_tar(NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_label(dataset, 0), -1);
    ck_assert_int_eq(tn_dataset_classes(dataset), 0);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(the_first_image_of_the_list_counts)
{
    tar_add_text(&tar, "a.x", '0', "x");
    tar_add_text(&tar, "a.png", '0', "png");
    tar_add_text(&tar, "a.jpeg", '0', "jpeg");
    tn_dataset *dataset = open_tar("wds");
    ck_assert_str_eq(text_of(dataset, 0), "png");
    tn_dataset_destroy(dataset);
    dataset = open_tar("wds image=JPEG;png");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(text_of(dataset, 0), "jpeg");
    tn_dataset_destroy(dataset);
}
END_TEST

/* Without a text, tench looks into the first tar: keys with an image and a label are a shard. */
START_TEST(shards_are_told_from_tars_of_classes)
{
    tar_add_text(&tar, "c/a.jpg", '0', "1");
    tar_add_text(&tar, "c/b.jpg", '0', "2");
    tn_dataset *dataset = open_tar(NULL);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 0), "c");
    tn_dataset_destroy(dataset);
    tar.size = 0;
    tar_add_text(&tar, "c/a.cls", '0', "3");
    tar_add_text(&tar, "c/a.jpg", '0', "1");
    dataset = open_tar(NULL);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 3), "3");
    tn_dataset_destroy(dataset);
    tree_write(&place, "set/n10.tar", tar.bytes, tar.size);
    tar.size = 0;
    tar_add_text(&tar, "c/b.cls", '0', "1");
    tar_add_text(&tar, "c/b.jpg", '0', "2");
    tree_write(&place, "set/n9.tar", tar.bytes, tar.size);
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    dataset = open_text(root, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 1); /* n9 comes before n10 */
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 3);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(splits)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/info", GOLDEN_FOLDER);
    tn_dataset_options options = {.size = (int32_t)sizeof options, .root = root, .source = "wds"};
    ck_assert_str_eq(tn_dataset_splits(&options), "train validation");
    tn_dataset *dataset = open_text(root, "wds", NULL); /* all splits */
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 3);
    tn_dataset_destroy(dataset);
    options.split = "test";
    tree_refuse(&options, TN_EINVAL, "has no split \"test\"");
    snprintf(root, sizeof root, "%s/words", GOLDEN_FOLDER);
    options.source = NULL;
    ck_assert_str_eq(tn_dataset_splits(&options), "train val");
    dataset = open_text(root, NULL, "validation");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_split(dataset), "val");
    ck_assert_str_eq(text_of(dataset, 0), "val-0");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(wrong_descriptions_are_refused)
{
    static const struct {
        const char *json, *says;
    } cases[] = {{"{", "_info.json: is no JSON"},
                 {"{\"splits\": {\"train\": {}}}", "has no filenames"},
                 {"{\"splits\": {\"train\": {\"filenames\": [1]}}}", "wrong filename"},
                 {"{\"splits\": {\"train\": {\"filenames\": [\"none.tar\"]}}}", "none.tar"}};
    char root[2 * TREE_PATH];
    tree_write(&place, "set/_info.json", cases[_i].json, strlen(cases[_i].json));
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = root, .source = "wds", .threads = 1};
    ck_assert_ptr_null(tn_dataset_create(&options));
    ck_assert_msg(strstr(tn_error(), cases[_i].says) != NULL, "%s", tn_error());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("wds");
    TCase *const test = tcase_create("wds");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_loop_test(test, keys_end_where_those_of_webdataset_end, 0, N_KEYS);
    tcase_add_loop_test(test, patterns_stand_for_the_names_of_webdataset, 0, N_PATTERNS);
    tcase_add_test(test, wrong_patterns_are_refused);
    tcase_add_test(test, samples_are_those_of_webdataset);
    tcase_add_test(test, wrong_samples_are_refused);
    tcase_add_test(test, samples_without_labels);
    tcase_add_test(test, the_first_image_of_the_list_counts);
    tcase_add_test(test, shards_are_told_from_tars_of_classes);
    tcase_add_test(test, splits);
    tcase_add_loop_test(test, wrong_descriptions_are_refused, 0, 4);
    suite_add_tcase(suite, test);
    return suite_run(suite);
}
