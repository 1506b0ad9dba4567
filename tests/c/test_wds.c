/* SPDX-License-Identifier: MIT */
/* Checks WebDataset shards: the keys, patterns and samples of webdataset and timm, splits, and what
 * is refused. */
#include <check.h>
#include <strings.h>

#include "container_case.h"
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
#undef SAMPLES
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
    static const char *const wrong[] = {
        "a{0..}",    "a{..3}",  "a{1}",          "a{}",      "a{0..3",   "a{{0..3}}",
        "a{0..3..}", "a{a..3}", "{0..99999999}", "a{0..3}}", "a{1..c}",  "{0..123456789012345678}",
        "a*.tar",    "a?.tar",  "a}b{c",         "a{B..}",   "{-1..--2}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        tn__shards names;
        const int status = tn__wds_expand(wrong[i], &names);
        ck_assert_msg(status == TN_EINVAL || status == TN_ELIMIT, "%s", wrong[i]);
        tn__shards_free(&names);
    }
}
END_TEST

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
        ck_assert_str_eq(container_text(dataset, i), golden[k].text);
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
    ck_assert_int_eq(n_sets, 14);
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
    refuse("wds label=x", TN_EDECODE, "\"a.jpg\" has no .json beside it");
    tar_add_text(&tar, "a.json", '0', "{\"y\": 1}");
    refuse("wds label=x", TN_EDECODE, "\"a.json\" has no field \"x\"");
    tar_add_text(&tar, "a.json", '0', "{\"x\": {\"y\": 1}}");
    refuse("wds label=x/z", TN_EDECODE, "\"a.json\" has no field \"x/z\"");
    tar_add_text(&tar, "a.json", '0', "{\"x\": 1");
    refuse("wds label=x", TN_EDECODE, "\"a.json\" is not JSON");
    tar_add_text(&tar, "a.json", '0', "{\"x\": [1, -2]}");
    refuse("wds label=x", TN_EDECODE, "the field \"x\": is -2, which is not a class");
    tar_add_text(&tar, "a.json", '0', "{\"x\": [1, [2]]}");
    refuse("wds label=x", TN_EDECODE, "is [2], which is not a class");
    tar_add_text(&tar, "a.json", '0', "{\"x\": null}");
    refuse("wds label=x", TN_EDECODE, "is null, which is not an integer");
    tar_add_text(&tar, "a.json", '0', "{\"x\": {}}");
    refuse("wds label=x", TN_EDECODE, "is {}, which is not an integer");
    tar_add_text(&tar, "a.json", '0', "{\"x\": 1.5}");
    refuse("wds label=x labels=class", TN_EDECODE, "is 1.5, which is not an integer");
    tar_add_text(&tar, "a.json", '0', "{\"x\": [1.5, \"2\"]}");
    refuse("wds label=x", TN_EDECODE, "is \"2\", which is not a number");
    tar_add_text(&tar, "a.json", '0', "{\"x\": [NaN]}");
    refuse("wds label=x", TN_EDECODE, "is NaN, which is not a finite f32");
    tar_add_text(&tar, "a.json", '0', "{\"x\": 1e39}");
    refuse("wds label=x", TN_EDECODE, "is 1e39, which is not a finite f32");
    tar_add_text(&tar, "a.json", '0', "{\"x\": 7}");
    refuse("wds label=x labels=text", TN_EDECODE, "is 7, which is not a text");
    tar_add_text(&tar, "a.json", '0', "{\"x\": \"a\\u0000\"}");
    refuse("wds label=x", TN_EDECODE, "which is not a text without a NUL");
    tar_add_text(&tar, "a.json", '0', "{\"x\": [1]}");
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar_add_text(&tar, "b.json", '0', "{\"x\": \"one\"}");
    tar_add_text(&tar, "b.jpg", '0', "1");
    refuse("wds label=x", TN_EINVAL, "\"b.jpg\": has a text as its label, but other samples have");
    tar_head(&tar, "a.jpg", '1', 0);
    refuse("wds", TN_EDECODE, "\"a.jpg\" is a hard link");
    tar_add_text(&tar, "a.txt", '0', "1");
    refuse("wds", TN_EINVAL, "no sample has a member of jpg;png;webp;jpeg");
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar.bytes[5] ^= 1;
    refuse("wds", TN_EDECODE, "is not a tar");
}
END_TEST

/* A label in JSON, the parameter `labels`, and what it becomes. */
static const struct {
    const char *json, *labels, *text;
} labels[] = {{"[3, 1, 2]", "auto", "3 1 2 "},
              {"[]", "auto", ""},
              {"[true, 4.0, \"5\"]", "classes", "1 4 5 "},
              {"6", "classes", "6 "},
              {"[0, 1, 0.5]", "auto", "0 1 0.5 "},
              {"[0, 1, 0]", "numbers", "0 1 0 "},
              {"-2.5e-1", "auto", "-0.25 "},
              {"7", "numbers", "7 "},
              {"\"a \\u00e9\"", "auto", "a \xC3\xA9"},
              {"\"7\"", "text", "7"},
              {"\"\"", "text", ""}};

START_TEST(fields_of_other_kinds)
{
    char json[64], source[64];
    tn__text text = {0};
    snprintf(json, sizeof json, "{\"x\": %s}", labels[_i].json);
    snprintf(source, sizeof source, "wds label=x labels=%s", labels[_i].labels);
    tar_add_text(&tar, "a.json", '0', json);
    tar_add_text(&tar, "a.jpg", '0', "1");
    tn_dataset *const dataset = open_tar(source);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tn_label label = {.size = (int32_t)sizeof label};
    ck_assert_int_eq(tn_dataset_label_of(dataset, 0, &label), TN_OK);
    for (int64_t k = 0; label.kind == TN_LABEL_INTS && k < label.n; k++)
        tn__text_printf(&text, "%lld ", (long long)label.ints[k]);
    for (int64_t k = 0; label.kind == TN_LABEL_FLOATS && k < label.n; k++)
        tn__text_printf(&text, "%g ", (double)label.floats[k]);
    tn__text_add(&text, label.kind == TN_LABEL_TEXT ? label.text : "");
    ck_assert_str_eq(text.chars, labels[_i].text);
    ck_assert_int_ne(label.kind, TN_LABEL_INT);
    if (label.kind != TN_LABEL_INTS)
        ck_assert_int_eq(tn_dataset_classes(dataset), 0);
    tn__text_free(&text);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Labels of these kinds are no classes, so a class map would have no effect. */
START_TEST(class_maps_are_for_classes)
{
    static const char *const values[] = {"\"dog\"", "[0.5, 1.5]"};
    tree_write(&place, "map.txt", "dog\n", 4);
    for (int k = 0; k < 2; k++) {
        char json[64], root[2 * TREE_PATH], map[2 * TREE_PATH];
        tar.size = 0;
        snprintf(json, sizeof json, "{\"x\": %s}", values[k]);
        tar_add_text(&tar, "a.json", '0', json);
        tar_add_text(&tar, "a.jpg", '0', "1");
        tree_write(&place, "a.tar", tar.bytes, tar.size);
        snprintf(root, sizeof root, "%s", tree_path(&place, "a.tar"));
        snprintf(map, sizeof map, "%s", tree_path(&place, "map.txt"));
        const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                            .root = root,
                                            .source = "wds label=x",
                                            .class_map = map,
                                            .threads = 1};
        tree_refuse(&options, TN_EINVAL, "map.txt\" has no effect: the label of each sample is ");
    }
}
END_TEST

/* Lists of classes that timm reads from a field. */
static const struct {
    const char *name, *values;
} lists[] = {
#define LISTS
#include "../golden/shards.inc"
#undef LISTS
};

START_TEST(lists_are_those_of_timm)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/lists.tar", GOLDEN_FOLDER);
    tn_dataset *const dataset = open_text(root, "wds label=meta/tags", NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_uint_eq((size_t)tn_dataset_count(dataset), sizeof lists / sizeof *lists);
    for (int64_t i = 0; i < tn_dataset_count(dataset); i++) {
        tn_label label = {.size = (int32_t)sizeof label};
        tn__text text = {0};
        ck_assert_int_eq(tn_dataset_label_of(dataset, i, &label), TN_OK);
        ck_assert_int_eq(label.kind, TN_LABEL_INTS);
        tn__text_add(&text, "");
        for (int64_t k = 0; k < label.n; k++)
            tn__text_printf(&text, "%lld ", (long long)label.ints[k]);
        ck_assert_str_eq(tn_dataset_sample_name(dataset, i), lists[i].name);
        ck_assert_str_eq(text.chars, lists[i].values);
        tn__text_free(&text);
    }
    ck_assert_int_eq(tn_dataset_classes(dataset), 10);
    tn_dataset_destroy(dataset);
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
    ck_assert_str_eq(container_text(dataset, 0), "png");
    tn_dataset_destroy(dataset);
    dataset = open_tar("wds image=JPEG;png");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(container_text(dataset, 0), "jpeg");
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

/* YOLO and captions have such files; timm opens the tar as one of class folders. */
START_TEST(notes_beside_the_images_of_classes_make_no_shard)
{
    static const char info[] = "{\"splits\": {\"train\": {\"filenames\": [\"a.tar\"]}}}";
    tar_add_text(&tar, "./cat/1.jpg", '0', "1");
    tar_add_text(&tar, "./cat/1.txt", '0', "0 0.5 0.5 1 1");
    tar_add_text(&tar, "./dog/2.json", '0', "{}");
    tar_add_text(&tar, "./dog/2.jpg", '0', "2");
    tn_dataset *dataset = open_tar(NULL);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "dog");
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 1);
    tn_dataset_destroy(dataset);
    tree_write(&place, "set/a.tar", tar.bytes, tar.size);
    tree_write(&place, "set/_info.json", info, sizeof info - 1);
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    dataset = open_text(root, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_label(dataset, 1), -1); /* described as a shard */
    tn_dataset_destroy(dataset);
    tar.size = 0;
    tar_add_text(&tar, "./1.jpg", '0', "1");
    tar_add_text(&tar, "./1.txt", '0', "a cat");
    dataset = open_tar(NULL); /* "." is no class */
    ck_assert_int_eq(tn_dataset_label(dataset, 0), -1);
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
    ck_assert_str_eq(container_text(dataset, 0), "val-0");
    tn_dataset_destroy(dataset);
}
END_TEST

/* A shard of n samples "NNN.jpg", "NNN.cls", and what wds2idx writes for it. */
static void make_indexed(int n, tn__text *index)
{
    tn__text_printf(index, "v1.2 %d\n", n);
    for (int k = 0; k < n; k++) {
        char name[16], text[24];
        snprintf(name, sizeof name, "%03d.jpg", k);
        snprintf(text, sizeof text, "image %d", k);
        const size_t image = tar_add_text(&tar, name, '0', text);
        tn__text_printf(index, "jpg %zu %zu %s", image + 512, strlen(text), name);
        snprintf(name, sizeof name, "%03d.cls", k);
        snprintf(text, sizeof text, "%d", k % 7);
        const size_t label = tar_add_text(&tar, name, '0', text);
        tn__text_printf(index, " cls %zu %zu %s\n", label + 512, strlen(text), name);
    }
    tar_end(&tar);
}

static tn_dataset *open_indexed(const tn__text *index)
{
    tree_write(&place, "a.idx", index->chars, index->length);
    return open_tar("wds");
}

/* Most headers of images are not read if an index lies beside the tar: then a changed name in one
 * does not show. */
START_TEST(an_index_spares_headers)
{
    enum { N = 40 };
    tn__text index = {0};
    make_indexed(N, &index);
    tar.bytes[5 * 2048] = 'x'; /* in the name of image 5; its sum is wrong now */
    tn_dataset *dataset = open_indexed(&index);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), N);
    for (int k = 0; k < N; k++) {
        char text[24];
        snprintf(text, sizeof text, "%03d.jpg", k);
        ck_assert_str_eq(tn_dataset_sample_name(dataset, k), text);
        snprintf(text, sizeof text, "image %d", k);
        ck_assert_str_eq(container_text(dataset, k), text);
        ck_assert_int_eq(tn_dataset_label(dataset, k), k % 7);
    }
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(unlink(tree_path(&place, "a.idx")), 0);
    ck_assert_ptr_null(open_tar("wds"));
    tn__text_free(&index);
}
END_TEST

static void replace(tn__text *text, const char *from, const char *to)
{
    const tn__text before = *text;
    const char *const at = strstr(before.chars, from);
    ck_assert_ptr_nonnull(at);
    *text = (tn__text){0};
    tn__text_add_bytes(text, before.chars, (size_t)(at - before.chars));
    tn__text_add(text, to);
    tn__text_add(text, at + strlen(from));
    free(before.chars);
}

/* An index that is damaged, or belongs to another tar, changes nothing. NULL: it is cut off. */
START_TEST(an_index_that_does_not_fit_is_not_used)
{
    static const struct {
        const char *from, *to;
    } changes[] = {{"v1.2", "v1.1"},
                   {"v1.2", "v2.0"},
                   {"v1.2 40", "v1.2 41"},
                   {"v1.2 40", "v1.2 99999999999999999999"},
                   {"jpg 512 ", "jpg 1024 "},
                   {"jpg 512 ", "jpg  "},
                   {"jpg 512 ", "jpg -512 "},
                   {" 7 000.jpg", " 8 000.jpg"},
                   {"000.jpg", "other.jpg"},
                   {"cls 13824 1 006.cls", "cls 13824 1 other.cls"},
                   {"cls 13824 1 006.cls", "cls 13824 9223372036854775807 006.cls"},
                   {"013.jpg", "a name with blanks"},
                   {" 039.cls\n", " 039.cls"},
                   {"001.jpg", "000.jpg"}}; /* twice */
    enum { N = 40, N_CHANGES = sizeof changes / sizeof *changes };
    for (int change = 0; change < N_CHANGES; change++) {
        tn__text index = {0};
        tar.size = 0;
        make_indexed(N, &index);
        replace(&index, changes[change].from, changes[change].to);
        tn_dataset *const dataset = open_indexed(&index);
        ck_assert_msg(dataset != NULL, "%d: %s", change, tn_error());
        ck_assert_int_eq(tn_dataset_count(dataset), N);
        for (int k = 0; k < N; k++) {
            char name[16];
            snprintf(name, sizeof name, "%03d.jpg", k);
            ck_assert_str_eq(tn_dataset_sample_name(dataset, k), name);
            ck_assert_int_eq(tn_dataset_label(dataset, k), k % 7);
        }
        tn_dataset_destroy(dataset);
        tn__text_free(&index);
    }
}
END_TEST

/* An index cut off after any line finds all samples, and one of a longer tar too. */
START_TEST(an_index_that_ends_early_is_completed)
{
    tn__text index = {0};
    make_indexed(5, &index);
    replace(&index, "v1.2 5", "v1.2 3");
    *strstr(index.chars, "jpg 6656") = '\0';
    index.length = strlen(index.chars);
    tn_dataset *const dataset = open_indexed(&index);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 5);
    tn_dataset_destroy(dataset);
    tn__text_free(&index);
}
END_TEST

/* A hard link between the entries of an index is refused as in any tar. */
START_TEST(an_index_hides_nothing)
{
    tn__text index = {0};
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar_head(&tar, "b.jpg", '1', 0);
    const size_t last = tar_add_text(&tar, "c.jpg", '0', "2");
    tn__text_printf(&index, "v1.2 2\njpg 512 1 a.jpg\njpg %zu 1 c.jpg\n", last + 512);
    ck_assert_ptr_null(open_indexed(&index));
    ck_assert_msg(strstr(tn_error(), "\"b.jpg\" is a hard link") != NULL, "%s", tn_error());
    tn__text_free(&index);
}
END_TEST

/* Each description, and what it says of a shard with 2 samples and 4096 bytes; NULL: it is right.
 */
static const struct {
    const char *name, *json, *says;
} described[] = {
    {"_info.json",
     "{\"splits\": {\"train\": {\"num_samples\": 2, \"filenames\": [\"a.tar\"], "
     "\"shard_lengths\": [2]}}}",
     NULL},
    {"_info.json",
     "{\"splits\": {\"train\": {\"filenames\": [\"a.tar\"], \"shard_lengths\": [3]}}}",
     "a.tar: has 2 samples, but _info.json says 3"},
    {"info.json",
     "{\"splits\": {\"train\": {\"filenames\": [\"a.tar\"], \"shard_lengths\": [1, 1]}}}",
     "info.json: 1 filenames, but 2 shard_lengths"},
    {"_info.json",
     "{\"splits\": {\"train\": {\"num_samples\": 5, \"filenames\": [\"a.tar\"], "
     "\"shard_lengths\": [2]}}}",
     "num_samples is 5, but the sum of shard_lengths is 2"},
    {"_info.json",
     "{\"splits\": {\"train\": {\"filenames\": [\"a.tar\"], \"shard_lengths\": [-1]}}}",
     "something that is not a count"},
    {"shardindex.json",
     "{\"wids_version\": 1, \"shardlist\": [{\"url\": \"a.tar\", \"nsamples\": 2, \"filesize\": "
     "4096}]}",
     NULL},
    {"shardindex.json",
     "{\"wids_version\": 1, \"shardlist\": [], \"datasets\": [{\"shardlist\": [{\"url\": "
     "\"https://host/b/a.tar\", \"nsamples\": 2}]}]}",
     NULL},
    {"shardindex.json",
     "{\"wids_version\": 1, \"shardlist\": [{\"url\": \"file:a.tar\", \"nsamples\": 4}]}",
     "a.tar: has 2 samples, but shardindex.json says 4"},
    {"shardindex.json",
     "{\"wids_version\": 1, \"shardlist\": [{\"url\": \"a.tar\", \"filesize\": 1}]}",
     "a.tar: has 4096 bytes, but shardindex.json says 1"},
    {"shardindex.json", "{\"wids_version\": 2, \"shardlist\": []}",
     "is not an index of wids of version 1"},
    {"shardindex.json", "{\"wids_version\": 1, \"shardlist\": [{}]}",
     "a shard of its shardlist has no url"},
    {"shardindex.json",
     "{\"wids_version\": 1, \"shardlist\": [{\"url\": \"a.tar\", \"nsamples\": \"2\"}]}",
     "nsamples is \"2\", which is not a count"},
    {"shardindex.json", "{\"wids_version\": 1}", "has no shards"},
    {"shardindex.json", "{\"wids_version\": 1, \"datasets\": [{\"source_url\": \"x.json\"}]}",
     "refers to another index"},
    {"shardindex.json", "[", "is not JSON"},
    {"shardindex.json", "{\"wids_version\": 1, \"shardlist\": [{\"url\": \"b.tar\"}]}", "b.tar"}};

START_TEST(descriptions_are_compared_with_the_shards)
{
    char root[2 * TREE_PATH];
    tar_add_text(&tar, "a.jpg", '0', "1");
    tar_add_text(&tar, "b.txt", '0', "no image");
    tar_end(&tar);
    ck_assert_uint_eq(tar.size, 3072);
    ck_assert_int_eq(tn__blob_add(&tar, NULL, 1024), TN_OK);
    tree_write(&place, "set/a.tar", tar.bytes, tar.size);
    char path[64];
    snprintf(path, sizeof path, "set/%s", described[_i].name);
    tree_write(&place, path, described[_i].json, strlen(described[_i].json));
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    tn_dataset *const dataset = open_text(root, "wds", NULL);
    if (described[_i].says) {
        ck_assert_ptr_null(dataset);
        ck_assert_msg(strstr(tn_error(), described[_i].says) != NULL, "%s", tn_error());
        return;
    }
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 1);
    tn_dataset_destroy(dataset);
}
END_TEST

/* An index of wids is known by its contents, and divides by the words of its names. */
START_TEST(an_index_of_wids_is_a_root)
{
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s/indexed/shardindex.json", GOLDEN_FOLDER);
    tn_dataset *dataset = open_text(root, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "000.jpg");
    ck_assert_int_eq(tn_dataset_count(dataset), 7);
    tn_dataset_destroy(dataset);
    static const char json[] =
        "{\"wids_version\": 1, \"shardlist\": [{\"url\": \"val-0.tar\", \"nsamples\": 1}, "
        "{\"url\": \"train-0.tar\", \"nsamples\": 2}]}";
    tar_add_text(&tar, "v.jpg", '0', "1");
    tree_write(&place, "set/val-0.tar", tar.bytes, tar.size);
    tar_add_text(&tar, "w.jpg", '0', "1");
    tree_write(&place, "set/train-0.tar", tar.bytes, tar.size);
    tree_write(&place, "set/shardindex.json", json, sizeof json - 1);
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    dataset = open_text(root, "wds", "train");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_pattern_as_split_needs_its_shards)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/info", GOLDEN_FOLDER);
    tn_dataset *const dataset = open_text(root, "wds", "cats-train-{0..1}.tar|2");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_split(dataset), "cats-train-{0..1}.tar|2");
    tn_dataset_destroy(dataset);
    tn_dataset_options options = {.size = (int32_t)sizeof options, .root = root, .source = "wds"};
    options.split = "cats-train-{0..2}.tar";
    tree_refuse(&options, TN_EIO, "cats-train-2.tar");
    options.split = "cats-{0..}.tar";
    tree_refuse(&options, TN_EINVAL, "is neither a list {a,b} nor a range");
}
END_TEST

START_TEST(wrong_descriptions_are_refused)
{
    static const struct {
        const char *json, *says;
    } cases[] = {{"{", "_info.json: is not JSON"},
                 {"{\"splits\": {\"train\": {}}}",
                  "_info.json: the split \"train\" has no list \"filenames\""},
                 {"{\"splits\": {\"train\": {\"filenames\": [1]}}}",
                  "_info.json: filenames[0] of the split \"train\" is not a text"},
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
    tcase_add_loop_test(test, fields_of_other_kinds, 0, sizeof labels / sizeof *labels);
    tcase_add_test(test, lists_are_those_of_timm);
    tcase_add_test(test, samples_without_labels);
    tcase_add_test(test, the_first_image_of_the_list_counts);
    tcase_add_test(test, shards_are_told_from_tars_of_classes);
    tcase_add_test(test, class_maps_are_for_classes);
    tcase_add_test(test, notes_beside_the_images_of_classes_make_no_shard);
    tcase_add_test(test, splits);
    tcase_add_loop_test(test, wrong_descriptions_are_refused, 0, 4);
    tcase_add_test(test, an_index_spares_headers);
    tcase_add_test(test, an_index_that_does_not_fit_is_not_used);
    tcase_add_test(test, an_index_that_ends_early_is_completed);
    tcase_add_test(test, an_index_hides_nothing);
    tcase_add_loop_test(test, descriptions_are_compared_with_the_shards, 0,
                        sizeof described / sizeof *described);
    tcase_add_test(test, an_index_of_wids_is_a_root);
    tcase_add_test(test, a_pattern_as_split_needs_its_shards);
    suite_add_tcase(suite, test);
    return suite_run(suite);
}
