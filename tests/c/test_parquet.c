/* SPDX-License-Identifier: MIT */
/* Parquet files as sources: samples, labels and classes are those that pyarrow and Hugging Face's
 * datasets read; what cannot be read is named; no damage does harm. */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "../fuzz/make_parquet.h"
#include "../fuzz/target.h"
#include "base/error.h"
#include "base/varint.h"
#include "container_case.h"
#include "data/listing/cache.h"
#include "data/parquet/card.h"
#include "data/parquet/hybrid.h"
#include "data/parquet/pages.h"
#include "data/parquet/snappy.h"
#include "data/parquet/thrift.h"
#include "data/parquet/unpack.h"
#include "flate/checksums.h"
#include "suite.h"

/* A file or folder with its split and number of samples, if there is a split or no bytes; then its
 * samples. */
static const struct {
    const char *name, *split;
    int64_t label; /* or the number of samples */
    const char *class_name;
    size_t n_bytes;
    uint32_t sum;
} golden[] = {
#include "../golden/parquet.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden, N_ROOTS = 25 };

/* A file in labels/, a row, and its label. */
static const struct {
    const char *name;
    int row;
    const char *text;
} golden_labels[] = {
#include "../golden/parquet_labels.inc"
};
enum { N_GOLDEN_LABELS = sizeof golden_labels / sizeof *golden_labels };

/* A card, without a split; then the files that datasets finds by it. */
static const struct {
    const char *text, *split;
} cards[] = {
#include "../golden/cards.inc"
};
enum { N_CARDS = sizeof cards / sizeof *cards, MOST_FILES = 8 };

static tree place;

static void set_up(void)
{
    place = container_tree();
}

static void tear_down(void)
{
    tree_remove(&place);
}

static void compare_sample(const tn_dataset *dataset, int64_t sample, int at)
{
    tn__buffer buffer = {0};
    int64_t length;
    const int64_t label = tn_dataset_label(dataset, sample);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, sample), golden[at].name);
    ck_assert_msg(tn__dataset_read(dataset, sample, &buffer) == TN_OK, "%s", tn_error());
    ck_assert_uint_eq(buffer.size, golden[at].n_bytes);
    ck_assert_uint_eq(tn__crc32(0, buffer.bytes, buffer.size), golden[at].sum);
    ck_assert_int_eq(buffer.file_bytes, (int64_t)buffer.size);
    for (size_t k = 0; k < 16; k++)
        ck_assert_uint_eq(buffer.bytes[buffer.size + k], 0);
    ck_assert_int_eq(label, golden[at].label);
    if (golden[at].class_name)
        ck_assert_str_eq(tn_dataset_class_name(dataset, label), golden[at].class_name);
    uint8_t head[9];
    const size_t n = buffer.size < sizeof head ? buffer.size : sizeof head;
    memcpy(head, buffer.bytes, n);
    ck_assert_int_eq(tn__dataset_head(dataset, sample, sizeof head, &buffer, &length), TN_OK);
    ck_assert_uint_eq(buffer.size, n);
    ck_assert_mem_eq(buffer.bytes, head, n);
    ck_assert_uint_eq((size_t)length, golden[at].n_bytes);
    tn__buffer_free(&buffer);
}

static int compare_with_pyarrow(int at, bool is_named)
{
    char root[TREE_PATH];
    const int64_t n = golden[at].label;
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, golden[at].name);
    const char *const split = golden[at].split[0] ? golden[at].split : NULL;
    tn_dataset *const dataset = container_open(root, split, is_named ? "parquet" : NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_msg(tn_dataset_count(dataset) == n, "%s", root);
    for (int i = 0; i < n; i++)
        compare_sample(dataset, i, at + 1 + i);
    tn_dataset_destroy(dataset);
    return at + 1 + (int)n;
}

/* What lies at the root decides, or the name of the kind. */
START_TEST(samples_are_those_of_pyarrow)
{
    for (int round = 0; round < 2; round++) {
        int n_roots = 0;
        for (int at = 0; at < N_GOLDEN; n_roots++)
            at = compare_with_pyarrow(at, round == 1);
        ck_assert_int_eq(n_roots, N_ROOTS);
    }
}
END_TEST

static void expect_refusal(const char *name, const char *source, const char *message)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, name);
    ck_assert_ptr_null(container_open(root, NULL, source));
    ck_assert_msg(strstr(tn_error(), message) != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), name) != NULL, "%s", tn_error());
}

START_TEST(what_cannot_be_read_is_refused_by_name)
{
    expect_refusal("brotli.parquet", NULL, "compressed with brotli");
    expect_refusal("delta.parquet", NULL, "column label: a column has encoding 5");
    expect_refusal("lists.parquet", "parquet image=image.list.element",
                   "column image.list.element has lists");
    expect_refusal("numbers.parquet", NULL, "no column looks like images: name one of width");
    expect_refusal("stored.parquet", "parquet image=photo",
                   "it has no column \"photo\"; its columns are image.bytes, image.path, label");
    expect_refusal("stored.parquet", "parquet image=label",
                   "the column \"label\" holds integers, not images");
    expect_refusal("stored.parquet", "parquet label=class", "it has no column \"class\"");
    expect_refusal("stored.parquet", "parquet labels=text", "\"label\" cannot be labels");
    expect_refusal("labels-of-texts.parquet", "parquet label=label",
                   "\"label\" cannot be labels: it has neither numbers, lists of numbers nor");
    expect_refusal("gaps/a.parquet", NULL, "no images in");
    expect_refusal("points-of-two-lengths.parquet", "parquet label=label",
                   "row 1: has 2 numbers as its label");
}
END_TEST

/* The labels 1 and one that is no class. */
START_TEST(labels_beyond_the_last_class_are_named)
{
    static const char *const files[][2] = {
        {"far-int64.parquet", "16777216; the last class is 16777215"},
        {"far-uint32.parquet", "4294967295; the last class is 16777215"},
        {"far-uint64.parquet", "9223372036854775807 or more; the last class is 16777215"},
        {"far-uint64-none.parquet", "9223372036854775807 or more; the last class is 16777215"},
        {"far-list.parquet", "9223372036854775807 or more; the last class is 16777215"}};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char message[200];
        snprintf(message, sizeof message, ": %s: \"1.jpg\": its label is %s", files[k][0],
                 files[k][1]);
        expect_refusal(files[k][0], NULL, message);
    }
}
END_TEST

START_TEST(labels_of_all_kinds_are_those_of_pyarrow)
{
    int n = 0;
    for (int at = 0; at < N_GOLDEN_LABELS; n++) {
        char root[TREE_PATH], shown[1000];
        const char *const name = golden_labels[at].name;
        snprintf(root, sizeof root, "%s/labels/%s", GOLDEN_FOLDER, name);
        const char *const source = strcmp(name, "texts.parquet") == 0 ? "hfds/ labels=text"
                                   : golden_labels[at].text[0] == '[' ? NULL
                                                                      : "parquet label=label";
        tn_dataset *const dataset = container_open(root, NULL, source);
        ck_assert_msg(dataset != NULL, "%s", tn_error());
        int row = 0;
        for (; at < N_GOLDEN_LABELS && strcmp(golden_labels[at].name, name) == 0; at++, row++) {
            container_show_label(dataset, row, shown, sizeof shown);
            ck_assert_int_eq(golden_labels[at].row, row);
            ck_assert_msg(strcmp(shown, golden_labels[at].text) == 0, "%s: %s", name, shown);
        }
        ck_assert_int_eq(tn_dataset_count(dataset), row);
        if (strcmp(name, "points-v1.parquet") == 0) { /* only if they are named */
            tn_dataset *const plain = container_open(root, NULL, NULL);
            ck_assert_int_eq(tn_dataset_label(plain, 0), -1);
            tn_dataset_destroy(plain);
        }
        if (strcmp(name, "hub.parquet") == 0)
            ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "new");
        tn_dataset_destroy(dataset);
    }
    ck_assert_int_eq(n, 13);
}
END_TEST

static tn_dataset *open_mapped(const char *name, const char *map)
{
    static char root[TREE_PATH], path[2 * TREE_PATH];
    tree_write(&place, "map.txt", map, strlen(map));
    snprintf(path, sizeof path, "%s", tree_path(&place, "map.txt"));
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, name);
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = root, .class_map = path, .threads = 2};
    return tn_dataset_create(&options);
}

START_TEST(a_class_map_goes_by_names)
{
    char shown[100];
    tn_dataset *dataset = open_mapped("labels/hub.parquet", "new\nolder\nold\n");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    static const char *const labels[] = {"[0]", "[]", "[2,0]"};
    for (int i = 0; i < 3; i++) {
        container_show_label(dataset, i, shown, sizeof shown);
        ck_assert_str_eq(shown, labels[i]);
    }
    ck_assert_int_eq(tn_dataset_classes(dataset), 3);
    tn_dataset_destroy(dataset);
    ck_assert_ptr_null(open_mapped("labels/hub.parquet", "new\n"));
    ck_assert_msg(strstr(tn_error(), "its class \"old\" is not in the class map \"") != NULL, "%s",
                  tn_error());
    ck_assert_ptr_null(open_mapped("int32.parquet", "new\n"));
    ck_assert_msg(strstr(tn_error(), "int32.parquet: \"0.jpg\": its label is 5, but") != NULL, "%s",
                  tn_error());
    ck_assert_msg(strstr(tn_error(), "map.txt\" has 1 classes") != NULL, "%s", tn_error());
    ck_assert_ptr_null(open_mapped("labels/several-v1.parquet", "a\nb\nc\n"));
    ck_assert_msg(strstr(tn_error(), "several-v1.parquet: \"2.jpg\": its label is 7, but the") !=
                      NULL,
                  "%s", tn_error());
}
END_TEST

START_TEST(splits_come_from_the_names_of_files)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/hub", GOLDEN_FOLDER);
    tn_dataset *const whole = container_open(root, NULL, NULL);
    ck_assert_msg(whole != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(whole), 9);
    tn_dataset_destroy(whole);
    ck_assert_ptr_null(container_open(root, "validation", NULL));
    ck_assert_msg(strstr(tn_error(), "its splits are test, train") != NULL, "%s", tn_error());
}
END_TEST

static int compare_card(int at, const tn__card_file *files, size_t n)
{
    return tn__card_compare(cards[at].text, strlen(cards[at].text), files, n);
}

static void expect_other(int at, const tn__card_file *files, size_t n, const char *says)
{
    ck_assert_int_eq(compare_card(at, files, n), TN_EINVAL);
    ck_assert_msg(strstr(tn_error(), says) != NULL, "%s", tn_error());
}

/* A card agrees with the files and splits that datasets finds by it, and with no others. */
START_TEST(cards_agree_with_what_datasets_finds)
{
    int n_cards = 0;
    for (int at = 0, next; at < N_CARDS; at = next, n_cards++) {
        tn__card_file files[MOST_FILES] = {{0}};
        size_t n = 0;
        ck_assert_ptr_null(cards[at].split);
        for (next = at + 1; next < N_CARDS && cards[next].split; next++)
            files[n++] = (tn__card_file){cards[next].text, cards[next].split};
        ck_assert_ptr_nonnull(files[0].split);
        ck_assert_msg(compare_card(at, files, n) == TN_OK, "%s: %s", cards[at].text, tn_error());
        /* The failure is that of the first configuration. */
        const char *const one = strstr(cards[at].text, "config_name: one") ? "it " : NULL;
        const bool is_train = strcmp(files[0].split, "train") == 0;
        files[0].split = is_train ? "test" : "train";
        expect_other(at, files, n,
                     one        ? one
                     : is_train ? "into the split \"train\""
                                : "into the split \"test\"");
        files[0] = (tn__card_file){"other.txt", "train"};
        expect_other(at, files, n, one ? one : "it does not name \"other.txt\"");
    }
    ck_assert_int_eq(n_cards, 11);
}
END_TEST

START_TEST(cards_of_other_forms_are_refused)
{
    static const char *const wrong[] = {
        "---\nconfigs: [{config_name: a, data_files: x}]\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_dir: x\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_files: [a, b]\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_files: \"a\\tb\"\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_files: x-[0-9]\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_files: |\n    x\n---\n",
        "---\nconfigs:\n- config_name: a\n  data_files:\n  - splits: x\n---\n",
        "---\nconfigs:\n  a: b\n---\n",
        "---\nconfigs:\n- config_name: a\n\tdata_files: x\n---\n"};
    static const char *const without[] = {
        "", "---", "# configs:\n- data_files: x\n",
        "---\nlicense: mit\n---\nconfigs:\n- data_files: x\n",
        "---\nconfigs:\n- config_name: a\n  default: true\n---\n"};
    const tn__card_file file = {"x", NULL};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        ck_assert_int_eq(tn__card_compare(wrong[k], strlen(wrong[k]), &file, 1), TN_EINVAL);
        ck_assert_msg(strstr(tn_error(), "in a form that tench does not read") != NULL, "%s: %s",
                      wrong[k], tn_error());
    }
    for (size_t k = 0; k < sizeof without / sizeof *without; k++)
        ck_assert_int_eq(tn__card_compare(without[k], strlen(without[k]), &file, 1), TN_OK);
}
END_TEST

enum { MOST_FILE = 1 << 12 };

static size_t load(const char *name, uint8_t bytes[MOST_FILE])
{
    char path[TREE_PATH];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_FOLDER, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    const size_t n = fread(bytes, 1, MOST_FILE, file);
    fclose(file);
    return n;
}

/* Copies a file of the Hub's form, whose samples have no paths, into the tree. */
static void place_file(const char *path)
{
    static uint8_t bytes[MOST_FILE];
    const size_t n = load("hub/data/test-00000-of-00001.parquet", bytes);
    tree_write(&place, path, bytes, n);
}

static void expect_names(const char *root, const char *split, const char *source, int64_t n,
                         const char *name)
{
    tn_dataset *const dataset = container_open(tree_path(&place, root), split, source);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), n);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, n - 1), name);
    tn_dataset_destroy(dataset);
}

/* Folders as the Hub and its conversions have them. Each file has two samples. */
START_TEST(splits_come_from_the_names_of_folders)
{
    static const char *const bases[] = {"a/default", "b/data", "c/some-subset", "d"};
    for (int k = 0; k < 4; k++) {
        char path[TREE_PATH], root[2] = {bases[k][0], '\0'};
        const char *const source = k == 3 ? "hfds/" : NULL;
        snprintf(path, sizeof path, "%s/train/0000.parquet", bases[k]);
        place_file(path);
        snprintf(path, sizeof path, "%s/train/0001.parquet", bases[k]);
        place_file(path);
        snprintf(path, sizeof path, "%s/validation/0000.parquet", bases[k]);
        place_file(path);
        snprintf(path, sizeof path, "%s/README.md", root);
        tree_write(&place, path, "?", 1);
        expect_names(root, NULL, source, 6, "validation/0000.parquet/1");
        expect_names(root, "train", source, 4, "0001.parquet/1");
        expect_names(root, "val", source, 2, "0000.parquet/1");
    }
    expect_names("d", "train", NULL, 4, "0001.parquet/1");
    place_file("e/birds/train-00000-of-00001.parquet");
    place_file("e/birds/test_0.parquet");
    expect_names("e", NULL, NULL, 4, "train-00000-of-00001.parquet/1");
    expect_names("e", "test", NULL, 2, "test_0.parquet/1");
    place_file("e/cats/train-00000-of-00001.parquet");
    ck_assert_ptr_null(container_open(tree_path(&place, "e"), "train", NULL));
    ck_assert_msg(strstr(tn_error(), "several configurations") != NULL, "%s", tn_error());
    expect_names("e/cats", "train", NULL, 2, "train-00000-of-00001.parquet/1");
}
END_TEST

/* Without splits in the names, the card may have one; with other splits it is refused. */
static const struct {
    int repository;
    const char *file, *split;
} golden_splits[] = {
#include "../golden/splits.inc"
};
enum { N_SPLIT_FILES = sizeof golden_splits / sizeof *golden_splits };

/* Opens the split of a file, which must have the samples of all its files. */
static void compare_split(const char *root, int first, int end, const char *split)
{
    int n = 0;
    for (int k = first; k < end; k++)
        n += strcmp(golden_splits[k].split, split) == 0;
    tn_dataset *const dataset = container_open(root, split, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 2 * n);
    ck_assert_str_eq(tn_dataset_split(dataset), split);
    tn_dataset_destroy(dataset);
}

START_TEST(splits_are_those_of_datasets)
{
    for (int at = 0, end; at < N_SPLIT_FILES; at = end) {
        const tree outer = place;
        place = tree_make();
        for (end = at;
             end < N_SPLIT_FILES && golden_splits[end].repository == golden_splits[at].repository;)
            place_file(golden_splits[end++].file);
        const tn_dataset_options options = tree_options(&place);
        const char *const list = tn_dataset_splits(&options);
        ck_assert_msg(list != NULL, "%s", tn_error());
        for (int k = at; k < end; k++)
            compare_split(place.root, at, end, golden_splits[k].split);
        size_t n_words = 1, n_splits = 0;
        for (const char *c = list; *c; c++)
            n_words += *c == ' ';
        for (int k = at; k < end; k++) {
            int before = at;
            while (strcmp(golden_splits[before].split, golden_splits[k].split) != 0)
                before++;
            n_splits += before == k;
        }
        ck_assert_msg(n_words == n_splits, "%s", list);
        tree_remove(&place);
        place = outer;
    }
}
END_TEST

START_TEST(a_name_that_no_split_may_have_is_refused)
{
    place_file("u/data/my data-00000-of-00001.parquet");
    ck_assert_ptr_null(container_open(tree_path(&place, "u"), "train", NULL));
    ck_assert_msg(strstr(tn_error(), "\"my data\" cannot be the name of a split") != NULL, "%s",
                  tn_error());
    for (int k = 0; k <= 64; k++) {
        char path[TREE_PATH];
        snprintf(path, sizeof path, "v/data/s%d-00000-of-00001.parquet", k);
        place_file(path);
    }
    ck_assert_ptr_null(container_open(tree_path(&place, "v"), "train", NULL));
    ck_assert_msg(strstr(tn_error(), "there are more than 64 splits") != NULL, "%s", tn_error());
}
END_TEST

START_TEST(the_card_of_a_repository_must_agree)
{
    static const char usual[] = "---\nconfigs:\n- config_name: default\n  data_files:\n"
                                "  - split: %s\n    path: data/train-*\n---\n";
    char card[200];
    place_file("r/data/train-0.parquet");
    snprintf(card, sizeof card, usual, "train");
    tree_write(&place, "r/README.md", card, strlen(card));
    expect_names("r", "train", NULL, 2, "train-0.parquet/1");
    snprintf(card, sizeof card, usual, "test");
    tree_write(&place, "r/README.md", card, strlen(card));
    for (int k = 0; k < 2; k++) {
        ck_assert_ptr_null(container_open(tree_path(&place, "r"), k ? "test" : NULL, NULL));
        ck_assert_msg(strstr(tn_error(),
                             "r\": its README.md says other than the names of files: it "
                             "puts \"data/train-0.parquet\" into the split \"test\"; say "
                             "card=ignore") != NULL,
                      "%s", tn_error());
    }
    expect_names("r", "train", "parquet card=ignore", 2, "train-0.parquet/1");
    place_file("s/0.parquet");
    static const char single[] = "---\nconfigs:\n- data_files: \"*.parquet\"\n---\n";
    tree_write(&place, "s/README.md", single, strlen(single));
    expect_names("s", NULL, NULL, 2, "0.parquet/1");
    place_file("s/1.txt.parquet");
    expect_names("s", NULL, NULL, 4, "1.txt.parquet/1");
    tree_write(&place, "s/README.md", "---\nconfigs:\n- data_files: 0.parquet\n---\n", 42);
    ck_assert_ptr_null(container_open(tree_path(&place, "s"), NULL, NULL));
    ck_assert_msg(strstr(tn_error(), "it does not name \"1.txt.parquet\"") != NULL, "%s",
                  tn_error());
}
END_TEST

/* Files that lie beside images, or among many folders, make no data set of Parquet files. */
START_TEST(class_folders_stay_class_folders)
{
    char path[TREE_PATH];
    for (int k = 0; k < 70; k++) {
        snprintf(path, sizeof path, "many/c%d/0.jpg", k);
        tree_write(&place, path, "?", 1);
    }
    place_file("many/list/0.parquet");
    expect_names("many", NULL, NULL, 70, "c69/0.jpg");
    tree_write(&place, "few/a/0.jpg", "?", 1);
    place_file("few/a/0.parquet");
    expect_names("few", NULL, NULL, 1, "a/0.jpg");
}
END_TEST

/* Copies a Parquet file without images into the tree. */
static void place_metadata(const char *path)
{
    static uint8_t bytes[MOST_FILE];
    const size_t n = load("numbers.parquet", bytes);
    tree_write(&place, path, bytes, n);
}

/* Those of img2dataset, and of Hugging Face's imagefolder. */
START_TEST(metadata_beside_classes_is_left_out)
{
    static const char *const metadata[] = {"x/metadata.parquet", "x/00000.parquet",
                                           "x/data/stats.parquet", "x/default/stats.parquet"};
    for (int k = 0; k < 4; k++) {
        const tree outer = place;
        place = tree_make();
        tree_write(&place, "x/cat/0.jpg", "?", 1);
        tree_write(&place, "x/data/1.jpg", "?", 1);
        tree_write(&place, "x/default/2.jpg", "?", 1);
        place_metadata(metadata[k]);
        expect_names("x", NULL, NULL, 3, "default/2.jpg");
        tn_dataset *const dataset = container_open(tree_path(&place, "x"), NULL, NULL);
        tn_dataset_facts facts;
        facts.size = sizeof facts;
        ck_assert_int_eq(tn_dataset_facts_of(dataset, &facts), TN_OK);
        ck_assert_int_eq(facts.other_files, 1);
        tn_dataset_destroy(dataset);
        tree_remove(&place);
        place = outer;
    }
    tree_write(&place, "t/train/cat/0.jpg", "?", 1);
    tree_write(&place, "t/val/cat/1.jpg", "?", 1);
    place_metadata("t/train/metadata.parquet");
    place_metadata("t/metadata.parquet");
    expect_names("t", "train", NULL, 1, "cat/0.jpg");
    expect_names("t", "val", NULL, 1, "cat/1.jpg");
    place_metadata("n/stats.parquet");
    tree_write(&place, "n/docs/0.txt", "?", 1);
    ck_assert_ptr_null(container_open(tree_path(&place, "n"), NULL, NULL));
    ck_assert_msg(strstr(tn_error(), "stats.parquet\" is a Parquet file: ") != NULL, "%s",
                  tn_error());
}
END_TEST

START_TEST(images_in_files_beside_others_are_a_data_set)
{
    tree_write(&place, "p/docs/0.jpg", "?", 1);
    place_file("p/0.parquet");
    expect_names("p", NULL, NULL, 2, "0.parquet/1");
    tree_write(&place, "q/data/cover.png", "?", 1);
    place_file("q/data/train-0.parquet");
    expect_names("q", "train", NULL, 2, "train-0.parquet/1");
    tree_write(&place, "damaged/a/0.jpg", "?", 1);
    tree_write(&place, "damaged/0.parquet", "PAR1", 4);
    ck_assert_ptr_null(container_open(tree_path(&place, "damaged"), NULL, NULL));
    ck_assert_msg(strstr(tn_error(), "0.parquet: ") != NULL, "%s", tn_error());
}
END_TEST

/* Opens the bytes as a data set, and reads all of it. */
static void try_file(const uint8_t *bytes, size_t n_bytes)
{
    tree_write(&place, "changed.parquet", bytes, n_bytes);
    container_exhaust(container_open(tree_path(&place, "changed.parquet"), NULL, "parquet"));
}

/* Each byte is changed in two ways, and the file is cut off after each byte: the fuzz target reads
 * all of these from memory. Some of them are opened as data sets. */
START_TEST(no_damage_does_harm)
{
    static const char *const names[] = {"nulls-v1.parquet", "nulls-v2.parquet", "equal.parquet",
                                        "gzip.parquet", "zstd-small.parquet"};
    uint8_t bytes[MOST_FILE];
    const size_t n = load(names[_i], bytes);
    for (size_t at = 0; at < n; at++) {
        const uint8_t whole = bytes[at];
        const uint8_t changes[2] = {0x01, 0x80};
        for (int change = 0; change < 2; change++) {
            bytes[at] = whole ^ changes[change];
            LLVMFuzzerTestOneInput(bytes, n);
            if (at % 32 == (size_t)change)
                try_file(bytes, n);
        }
        bytes[at] = whole;
        LLVMFuzzerTestOneInput(bytes, at);
        if (at % 128 == 0)
            try_file(bytes, at);
    }
}
END_TEST

static size_t put_number(uint8_t *out, int64_t number)
{
    out[0] = TN__THRIFT_I32 | 1 << 4;
    return 1 + tn__varint_put(out + 1, tn__zigzag(number));
}

/* Walks over a page of n_stored bytes that claims to have n_bytes; returns the message. */
static const char *walk_claim(int32_t codec, int64_t n_bytes, int64_t n_unpacked)
{
    enum { N_STORED = 50 };
    static const uint8_t rest[] = {0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0};
    uint8_t bytes[200] = {0};
    const int file = memfd_create("page", MFD_CLOEXEC);
    size_t n = put_number(bytes, 0);
    n += put_number(bytes + n, n_bytes);
    n += put_number(bytes + n, N_STORED);
    memcpy(bytes + n, rest, sizeof rest);
    n += sizeof rest + N_STORED;
    ck_assert_int_eq(write(file, bytes, n), (ssize_t)n);
    const tn__parquet_column column = {.type = TN__PARQUET_BYTES};
    const tn__parquet_chunk chunk = {
        .codec = codec, .length = (int64_t)n, .n_unpacked = n_unpacked, .n_values = 1};
    ck_assert_int_eq(tn__parquet_walk(file, &column, &chunk, NULL, NULL), TN_EDECODE);
    close(file);
    return tn_error();
}

/* A page claims as many bytes as its stored bytes can become, and one more. */
START_TEST(pages_are_no_longer_than_they_can_be)
{
    static const int32_t codecs[] = {TN__PARQUET_SNAPPY, TN__PARQUET_GZIP, TN__PARQUET_ZSTD};
    static const int64_t most[] = {50 * 22, 50 * 1032, 50 * 32768};
    for (int k = 0; k < 3; k++) {
        ck_assert_int_eq(tn__parquet_most(codecs[k], 50), most[k]);
        ck_assert_ptr_nonnull(strstr(walk_claim(codecs[k], most[k], most[k]), "data is damaged"));
        ck_assert_ptr_nonnull(
            strstr(walk_claim(codecs[k], most[k] + 1, INT64_MAX), "pages is damaged"));
        ck_assert_ptr_nonnull(
            strstr(walk_claim(codecs[k], most[k], most[k] - 1), "pages is damaged"));
    }
    ck_assert_int_eq(tn__parquet_most(TN__PARQUET_ZSTD, INT64_MAX / 2), INT64_MAX);
    expect_refusal("rows.parquet", NULL, "column image.bytes has 100000 values in a file of");
}
END_TEST

/* A data set of as many rows as a list of samples needs to be kept. */
enum { ROWS = TN__LISTING_LEAST };

static void write_rows(const char *name, void (*write)(tn__blob *, const member *, size_t))
{
    static char texts[ROWS][32];
    static member members[ROWS];
    tn__blob out = {0};
    for (int i = 0; i < ROWS; i++) {
        snprintf(texts[i], sizeof texts[i], "image %d", i);
        members[i] = (member){.bytes = (const uint8_t *)texts[i], .size = strlen(texts[i])};
    }
    write(&out, members, ROWS);
    tree_write(&place, name, out.bytes, out.size);
    tn__blob_free(&out);
}

/* A time at which the file's bytes did not change lately. */
static void set_time(const char *path, time_t seconds)
{
    const struct utimbuf times = {seconds, seconds};
    ck_assert_int_eq(utime(path, &times), 0);
}

/* Changes a byte, and leaves the time. */
static void change_byte(const char *path, off_t offset)
{
    uint8_t byte;
    struct stat facts;
    const int file = open(path, O_RDWR);
    ck_assert_int_eq(fstat(file, &facts), 0);
    ck_assert_int_eq(pread(file, &byte, 1, offset), 1);
    byte ^= 0xff;
    ck_assert_int_eq(pwrite(file, &byte, 1, offset), 1);
    close(file);
    set_time(path, facts.st_mtime);
}

static void expect_rows(const char *root)
{
    tn__buffer buffer = {0};
    char text[32];
    tn_dataset *const dataset = container_open(root, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), ROWS);
    for (int i = 0; i < ROWS; i += 7) {
        snprintf(text, sizeof text, "image %d", i);
        ck_assert_msg(tn__dataset_read(dataset, i, &buffer) == TN_OK, "%s", tn_error());
        ck_assert_str_eq((const char *)buffer.bytes, text);
    }
    tn_dataset_destroy(dataset);
    tn__buffer_free(&buffer);
}

static char kept[2 * TREE_PATH];

static int find_kept(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    (void)facts;
    (void)walk;
    if (kind == FTW_F)
        snprintf(kept, sizeof kept, "%s", path);
    return 0;
}

static void expect_damage(const char *root)
{
    ck_assert_ptr_null(container_open(root, NULL, NULL));
    ck_assert_msg(strstr(tn_error(), "pages is damaged") != NULL, "%s", tn_error());
}

/* The list of samples is kept, and tells how they are stored. The head of the first page is then
 * damaged, which shows if the list is made again: that fails. */
START_TEST(the_list_is_kept)
{
    static void (*const writers[])(tn__blob *, const member *, size_t) = {
        write_plain_parquet, write_snappy_parquet, write_zstd_parquet};
    enum { FIRST_HEAD = 4 };
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "rows.parquet"));
    write_rows("rows.parquet", writers[_i]);
    set_time(root, 1000000000);
    expect_rows(root);
    kept[0] = '\0';
    ck_assert_int_eq(nftw(tree_path(&place, "cache"), find_kept, 16, FTW_PHYS), 0);
    ck_assert_msg(kept[0] != '\0', "no list of samples was kept");
    change_byte(root, FIRST_HEAD);
    expect_rows(root);
    /* Of a file that has changed: */
    set_time(root, 1000000001);
    expect_damage(root);
    set_time(root, 1000000000);
    expect_rows(root);
    /* Of another user: */
    if (tree_has_second_user()) {
        ck_assert_int_eq(chown(kept, TREE_OTHER_USER, (gid_t)-1), 0);
        expect_damage(root);
        ck_assert_int_eq(chown(kept, geteuid(), (gid_t)-1), 0);
        expect_rows(root);
    }
    /* A damaged list: */
    change_byte(kept, 500);
    expect_damage(root);
    change_byte(root, FIRST_HEAD);
    expect_rows(root); /* it is made again, and kept */
    change_byte(root, FIRST_HEAD);
    expect_rows(root);
    /* Another choice of columns has a list of its own: */
    ck_assert_ptr_null(container_open(root, NULL, "parquet label=image"));
    ck_assert_msg(strstr(tn_error(), "pages is damaged") != NULL, "%s", tn_error());
}
END_TEST

/* Rows of two pages, each longer than what a stream keeps. */
enum { LONG_ROWS = 100, LONG_BYTES = 110000 };

static uint8_t long_rows[LONG_ROWS][LONG_BYTES];

static void write_long_rows(void (*write)(tn__blob *, const member *, size_t))
{
    static member members[LONG_ROWS];
    tn__blob out = {0};
    uint64_t state = 1;
    for (int i = 0; i < LONG_ROWS; i++) {
        for (int k = 0; k < LONG_BYTES; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            long_rows[i][k] = (uint8_t)(state >> (k % 8 == 0 ? 60 : 56));
        }
        members[i] = (member){.bytes = long_rows[i], .size = LONG_BYTES};
    }
    write(&out, members, LONG_ROWS);
    tree_write(&place, "long.parquet", out.bytes, out.size);
    tn__blob_free(&out);
}

static void expect_long_row(const tn_dataset *dataset, int64_t row)
{
    tn__buffer buffer = {0};
    int64_t length;
    ck_assert_msg(tn__dataset_read(dataset, row, &buffer) == TN_OK, "%s", tn_error());
    ck_assert_uint_eq(buffer.size, LONG_BYTES);
    ck_assert(memcmp(buffer.bytes, long_rows[row], LONG_BYTES) == 0);
    ck_assert_int_eq(tn__dataset_head(dataset, row, 50, &buffer, &length), TN_OK);
    ck_assert(buffer.size == 50 && memcmp(buffer.bytes, long_rows[row], 50) == 0);
    tn__buffer_free(&buffer);
}

static int64_t bytes_read_so_far(void)
{
    long long n = -1;
    FILE *const file = fopen("/proc/self/io", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "rchar: %lld", &n), 1);
    fclose(file);
    return n;
}

static void (*const whole_writers[])(tn__blob *, const member *, size_t) = {write_gzip_parquet,
                                                                            write_zstd_parquet};

/* In their order, each page is decompressed once, and so it is if they are read a few at a time
 * from the last to the first. In other orders the bytes are right too. */
START_TEST(pages_are_read_once_in_their_order)
{
    write_long_rows(whole_writers[_i]);
    tn_dataset *const dataset = container_open(tree_path(&place, "long.parquet"), NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), LONG_ROWS);
    const int64_t before = bytes_read_so_far();
    for (int64_t i = 0; i < LONG_ROWS; i++)
        expect_long_row(dataset, i);
    for (int64_t i = 0; i < LONG_ROWS; i++)
        expect_long_row(dataset, i / 4 * 4 + 3 - i % 4);
    ck_assert_int_lt(bytes_read_so_far() - before, (int64_t)3 * LONG_ROWS * LONG_BYTES);
    for (int64_t i = 0; i < LONG_ROWS; i += 5)
        expect_long_row(dataset, (i * 37 + 11) % LONG_ROWS);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Images that snappy could not shorten lie in literals, which are read without their blocks. */
START_TEST(literals_are_read_alone)
{
    write_long_rows(write_snappy_parquet);
    tn_dataset *const dataset = container_open(tree_path(&place, "long.parquet"), NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    const int64_t before = bytes_read_so_far();
    for (int64_t i = 0; i < LONG_ROWS; i++)
        expect_long_row(dataset, (i * 37 + 11) % LONG_ROWS);
    ck_assert_int_lt(bytes_read_so_far() - before, (int64_t)LONG_ROWS * (LONG_BYTES + 200));
    tn_dataset_destroy(dataset);
}
END_TEST

enum { READERS = 6 }; /* more than there are streams */

typedef struct reader {
    const tn_dataset *dataset;
    int number;
    int64_t bad;
} reader;

/* Some threads read all rows in their order, and some read a part of them in another. */
static void *read_rows(void *context)
{
    reader *const self = context;
    tn__buffer buffer = {0};
    const bool in_order = self->number % 2;
    for (int64_t i = 0; i < LONG_ROWS; i += in_order ? 1 : 7) {
        const int64_t row = in_order ? i : (i * 37 + self->number) % LONG_ROWS;
        if (tn__dataset_read(self->dataset, row, &buffer) != TN_OK || buffer.size != LONG_BYTES ||
            memcmp(buffer.bytes, long_rows[row], LONG_BYTES) != 0)
            self->bad++;
    }
    tn__buffer_free(&buffer);
    return NULL;
}

START_TEST(threads_share_streams)
{
    pthread_t threads[READERS];
    reader readers[READERS];
    write_long_rows(whole_writers[_i]);
    tn_dataset *const dataset = container_open(tree_path(&place, "long.parquet"), NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    for (int k = 0; k < READERS; k++) {
        readers[k] = (reader){.dataset = dataset, .number = k};
        ck_assert_int_eq(pthread_create(&threads[k], NULL, read_rows, &readers[k]), 0);
    }
    for (int k = 0; k < READERS; k++) {
        pthread_join(threads[k], NULL);
        ck_assert_int_eq(readers[k].bad, 0);
    }
    tn_dataset_destroy(dataset);
}
END_TEST

/* Damage in the middle of a page is the fault of the samples after it, every time. */
START_TEST(damage_is_a_fault_of_the_samples_after_it)
{
    tn__buffer buffer = {0};
    write_long_rows(whole_writers[_i]);
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&place, "long.parquet"));
    set_time(path, 1000000000);
    tn_dataset *const dataset = container_open(path, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    const int file = open(path, O_WRONLY);
    static uint8_t ones[1 << 18]; /* more than a block of zstd, so that a head is among them */
    memset(ones, 0xff, sizeof ones);
    const off_t middle = (off_t)25 * LONG_BYTES * 7 / 8; /* a byte has 7 bits in the file */
    ck_assert_int_eq(pwrite(file, ones, sizeof ones, middle), sizeof ones);
    close(file);
    set_time(path, 1000000000);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(tn__dataset_read(dataset, 49, &buffer), TN_EDECODE);
        ck_assert_msg(strstr(tn_error(), "data is damaged") != NULL, "%s", tn_error());
        expect_long_row(dataset, 5);
        expect_long_row(dataset, 60);
    }
    tn_dataset_destroy(dataset);
    tn__buffer_free(&buffer);
}
END_TEST

START_TEST(runs_and_packed_numbers)
{
    static const uint8_t bytes[] = {0x06, 0x05, 0x03, 0x88, 0xc6, 0xfa, 0x02, 0x07};
    static const uint32_t known[] = {5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7, 7};
    tn__hybrid hybrid = tn__hybrid_open(bytes, bytes + sizeof bytes, 3);
    uint32_t number;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ck_assert(tn__hybrid_next(&hybrid, &number));
        ck_assert_uint_eq(number, known[i]);
    }
    ck_assert(!tn__hybrid_next(&hybrid, &number));
}
END_TEST

/* Elements of each kind, written by hand; cut off after each byte. */
START_TEST(elements_of_snappy)
{
    static const uint8_t data[] = {22,   0x08, 'a', 'b', 'c', 0x09, 0x03, 0x16, 9,   0,
                                   0x0f, 6,    0,   0,   0,   0xf0, 2,    'x',  'y', 'z'};
    static const char known[] = "abcabcabcabcabcabcaxyz";
    char out[sizeof known];
    const uint8_t *at = data;
    uint64_t length;
    uint32_t begins[2];
    tn__snappy_map map = {.begins = begins}; /* no literal is long */
    ck_assert(tn__snappy_length(&at, data + sizeof data, &length));
    ck_assert_uint_eq(length, 22);
    const size_t n_out = sizeof known - 1;
    ck_assert(tn__snappy_decode(at, data + sizeof data, (uint8_t *)out, n_out));
    ck_assert_mem_eq(out, known, n_out);
    ck_assert(tn__snappy_find(at, data + sizeof data, n_out, &map));
    ck_assert_uint_eq(begins[1], sizeof data - 1);
    for (size_t n = 0; n < sizeof data - 4; n++)
        ck_assert(!tn__snappy_decode(at, at + n, (uint8_t *)out, n_out));
    ck_assert(!tn__snappy_decode(at + 4, data + sizeof data, (uint8_t *)out, n_out));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("parquet");
    TCase *const cases = tcase_create("parquet");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, samples_are_those_of_pyarrow);
    tcase_add_test(cases, labels_of_all_kinds_are_those_of_pyarrow);
    tcase_add_test(cases, a_class_map_goes_by_names);
    tcase_add_test(cases, what_cannot_be_read_is_refused_by_name);
    tcase_add_test(cases, labels_beyond_the_last_class_are_named);
    tcase_add_test(cases, splits_come_from_the_names_of_files);
    tcase_add_test(cases, splits_are_those_of_datasets);
    tcase_add_test(cases, a_name_that_no_split_may_have_is_refused);
    tcase_add_test(cases, splits_come_from_the_names_of_folders);
    tcase_add_test(cases, cards_agree_with_what_datasets_finds);
    tcase_add_test(cases, cards_of_other_forms_are_refused);
    tcase_add_test(cases, the_card_of_a_repository_must_agree);
    tcase_add_test(cases, class_folders_stay_class_folders);
    tcase_add_test(cases, metadata_beside_classes_is_left_out);
    tcase_add_test(cases, images_in_files_beside_others_are_a_data_set);
    tcase_add_loop_test(cases, no_damage_does_harm, 0, 5);
    tcase_add_test(cases, pages_are_no_longer_than_they_can_be);
    tcase_add_loop_test(cases, the_list_is_kept, 0, 3);
    tcase_add_loop_test(cases, pages_are_read_once_in_their_order, 0, 2);
    tcase_add_test(cases, literals_are_read_alone);
    tcase_add_loop_test(cases, threads_share_streams, 0, 2);
    tcase_add_loop_test(cases, damage_is_a_fault_of_the_samples_after_it, 0, 2);
    tcase_add_test(cases, runs_and_packed_numbers);
    tcase_add_test(cases, elements_of_snappy);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
