/* SPDX-License-Identifier: MIT */
/* Zips as sources: the samples are those that Python's zipfile and timm find; what is damaged or
 * cannot be read is named; no damage does harm. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "container_case.h"
#include "data/zip/reader.h"
#include "suite.h"

/* A zip and its number of samples, if there is no text; then its samples. */
static const struct {
    const char *name, *text;
    int label; /* or the number of samples */
    const char *class_name;
} golden[] = {
#include "../golden/zips.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

static tree place;

static void set_up(void)
{
    place = container_tree();
}

static void tear_down(void)
{
    tree_remove(&place);
}

static int compare_with_python(int at)
{
    char root[TREE_PATH];
    const int n = golden[at].label;
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, golden[at].name);
    tn_dataset *const dataset = container_open(root, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_msg(tn_dataset_count(dataset) == n, "%s", root);
    for (int i = 0; i < n; i++) {
        const int k = at + 1 + i;
        const int64_t label = tn_dataset_label(dataset, i);
        ck_assert_str_eq(tn_dataset_sample_name(dataset, i), golden[k].name);
        ck_assert_str_eq(container_text(dataset, i), golden[k].text);
        ck_assert_int_eq(label, golden[k].label);
        ck_assert_str_eq(tn_dataset_class_name(dataset, label), golden[k].class_name);
    }
    tn_dataset_destroy(dataset);
    return at + 1 + n;
}

START_TEST(samples_are_those_of_python)
{
    int n_zips = 0;
    for (int at = 0; at < N_GOLDEN; n_zips++)
        at = compare_with_python(at);
    ck_assert_int_eq(n_zips, 16);
}
END_TEST

/* A zip of the golden ones, in memory. */
typedef struct copy {
    uint8_t bytes[1 << 16];
    size_t size;
} copy;

static copy load(const char *name)
{
    static copy loaded;
    char path[TREE_PATH];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_FOLDER, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    loaded.size = fread(loaded.bytes, 1, sizeof loaded.bytes, file);
    fclose(file);
    return loaded;
}

/* Where the signature PK a b comes for the last time. */
static size_t find(const copy *zip, uint8_t a, uint8_t b)
{
    const uint8_t signature[] = {'P', 'K', a, b};
    for (size_t at = zip->size - 4; at > 0; at--)
        if (memcmp(zip->bytes + at, signature, 4) == 0)
            return at;
    return 0;
}

/* The data set of the changed zip. NULL: failure recorded. */
static tn_dataset *open_copy(const copy *zip)
{
    tree_write(&place, "changed.zip", zip->bytes, zip->size);
    return container_open(tree_path(&place, "changed.zip"), NULL, "zip");
}

static void expect_refusal(const copy *zip, int code, const char *message)
{
    ck_assert_ptr_null(open_copy(zip));
    ck_assert_msg(tn__error_last()->code == code, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), message) != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), "changed.zip") != NULL, "%s", tn_error());
}

/* Changes the entry of flat.zip's last image, `b 10.jpg` or `a.png`. */
static copy with_entry(size_t field, uint8_t value)
{
    copy zip = load("flat.zip");
    const size_t readme = find(&zip, 1, 2); /* the last entry */
    copy shorter = zip;
    shorter.size = readme;
    zip.bytes[find(&shorter, 1, 2) + field] = value;
    return zip;
}

START_TEST(what_cannot_be_read_is_refused_by_name)
{
    enum { FLAGS = 8, METHOD = 10, HEADER = 42 };
    copy zip = with_entry(FLAGS, 1);
    expect_refusal(&zip, TN_EDECODE, "\"a.png\" is encrypted");
    zip = with_entry(METHOD, 12);
    expect_refusal(&zip, TN_EDECODE, "\"a.png\" is compressed with bzip2");
    zip = with_entry(METHOD, 77);
    expect_refusal(&zip, TN_EDECODE, "\"a.png\" is compressed with method 77");
    zip = with_entry(HEADER, 1);
    expect_refusal(&zip, TN_EDECODE, "\"a.png\" has no header at byte");
    zip = with_entry(HEADER + 3, 1);
    expect_refusal(&zip, TN_EDECODE, "its member begins after the directory");
    zip = with_entry(20 + 3, 1);
    expect_refusal(&zip, TN_EDECODE, "more than lie before the directory");
    zip = load("flat.zip");
    zip.bytes[find(&zip, 5, 6) + 4] = 1;
    expect_refusal(&zip, TN_EDECODE, "one part of a zip that lies in several files");
}
END_TEST

/* Of StyleGAN's dataset.json; the golden zips have those that are right. */
START_TEST(wrong_labels_are_named)
{
    static const char *const cases[][2] = {
        {"missing", "dataset.json has no label for \"00000/img00000000.png\""},
        {"no-class", "dataset.json: entry 1 of its labels: its label is -2; only -1, for no class"},
        {"mixed", "dataset.json: entry 2 of its labels has no list, but others have one"},
        {"mixed-too", "dataset.json: entry 2 of its labels has a list, but others have a class"},
        {"lengths", "dataset.json: \"00000/img00000001.png\": has 3 numbers as its label, but"},
        {"words", "dataset.json: entry 1 of its labels has a list with something other than num"},
        {"nameless", "dataset.json: entry 2 of its labels has no name"},
        {"broken", "dataset.json is not JSON"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char path[TREE_PATH];
        snprintf(path, sizeof path, "%s/other/%s.zip", GOLDEN_FOLDER, cases[c][0]);
        ck_assert_ptr_null(container_open(path, NULL, NULL));
        ck_assert_int_eq(tn__error_last()->code, c == 4 ? TN_EINVAL : TN_EDECODE);
        ck_assert_msg(strstr(tn_error(), cases[c][1]) != NULL, "%s", tn_error());
        ck_assert_msg(strstr(tn_error(), path) != NULL, "%s", tn_error());
    }
    tn_dataset *const null = container_open(GOLDEN_FOLDER "/other/null.zip", NULL, NULL);
    ck_assert_msg(null != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(null), 7);
    ck_assert_int_eq(tn_dataset_classes(null), 0);
    ck_assert_int_eq(tn_dataset_label(null, 6), -1);
    tn_dataset_destroy(null);
    copy zip = load("stylegan-deflated.zip");
    zip.bytes[find(&zip, 3, 4) + 30 + strlen("dataset.json") + 9] ^= 1; /* in its data */
    expect_refusal(&zip, TN_EDECODE, "dataset.json: its ");
}
END_TEST

/* StyleGAN makes floats of lists, whatever they hold. */
START_TEST(lists_of_stylegan_are_numbers)
{
    char shown[100], known[100];
    tn_dataset *const vectors = container_open(GOLDEN_FOLDER "/other/vectors.zip", NULL, NULL);
    tn_dataset *const one_hot = container_open(GOLDEN_FOLDER "/other/one-hot.zip", NULL, NULL);
    ck_assert_msg(vectors && one_hot, "%s", tn_error());
    for (int i = 0; i < 7; i++) {
        container_show_label(vectors, i, shown, sizeof shown);
        snprintf(known, sizeof known, "%.9g,%.9g", 0.25 * i, i > 0 ? -i : 0.0);
        ck_assert_str_eq(shown, known);
        container_show_label(one_hot, i, shown, sizeof shown);
        ck_assert_str_eq(shown, i % 3 == 0 ? "1,0,0" : i % 3 == 1 ? "0,1,0" : "0,0,1");
    }
    ck_assert_int_eq(tn_dataset_classes(vectors), 0);
    tn_dataset_destroy(vectors);
    tn_dataset_destroy(one_hot);
}
END_TEST

START_TEST(a_damaged_directory_is_an_error)
{
    copy zip = load("flat.zip");
    zip.size -= 30;
    expect_refusal(&zip, TN_EDECODE, "no end record");
    zip.size = 10;
    expect_refusal(&zip, TN_EDECODE, "is not a zip: it has 10 bytes");
    zip = load("flat.zip");
    zip.bytes[find(&zip, 1, 2)] = 'X';
    expect_refusal(&zip, TN_EDECODE, "no entry begins there");
    zip = load("flat.zip");
    zip.bytes[find(&zip, 5, 6) + 12]++;
    expect_refusal(&zip, TN_EDECODE, "should begin at byte");
    zip = load("flat.zip");
    zip.bytes[find(&zip, 5, 6) + 15] = 0x7F;
    expect_refusal(&zip, TN_EDECODE, "more than lie before its end");
    zip = load("zip64-end.zip");
    zip.bytes[find(&zip, 6, 6)] = 'X';
    expect_refusal(&zip, TN_EDECODE, "its zip64 end record is missing");
}
END_TEST

START_TEST(damaged_data_are_the_fault_of_their_sample)
{
    copy zip = load("flat.zip");
    const size_t first = 30 + strlen("b 2.jpg");
    tn__buffer buffer = {0};
    zip.bytes[first] = 7; /* a block of an unknown kind */
    tn_dataset *dataset = open_copy(&zip);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_OK); /* a.png */
    ck_assert_int_eq(tn__dataset_read(dataset, 1, &buffer), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "b 2.jpg: ") != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), "its deflate data are damaged") != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
    zip = load("flat.zip");
    zip.bytes[find(&zip, 5, 6) - 46 - 6 - 46 - 5 - 46 - 8 - 46 - 7 + 16] ^= 1; /* its sum */
    dataset = open_copy(&zip);
    ck_assert_int_eq(tn__dataset_read(dataset, 1, &buffer), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "do not have the checksum") != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
    tn__buffer_free(&buffer);
}
END_TEST

/* Each byte is changed in three ways, and the zip is cut off after each byte. */
START_TEST(no_damage_does_harm)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xFF};
    const copy whole = load(_i ? "zip64-after-a-program.zip" : "flat.zip");
    tn__buffer buffer = {0};
    const size_t first = _i ? find(&whole, 1, 2) - 400 : 0;
    for (size_t at = first; at < whole.size; at++)
        for (size_t c = 0; c <= sizeof changes; c++) {
            copy zip = whole;
            if (c < sizeof changes)
                zip.bytes[at] ^= changes[c];
            else
                zip.size = at;
            tn_dataset *const dataset = open_copy(&zip);
            for (int64_t s = 0; dataset && s < tn_dataset_count(dataset); s++)
                (void)tn__dataset_read(dataset, s, &buffer);
            if (dataset)
                tn_dataset_destroy(dataset);
        }
    tn__buffer_free(&buffer);
}
END_TEST

/* The head of a long member is inflated alone. */
START_TEST(the_head_is_enough_for_a_header)
{
    char root[TREE_PATH];
    int64_t length;
    tn__buffer buffer = {0};
    snprintf(root, sizeof root, "%s/deflated.zip", GOLDEN_FOLDER);
    tn_dataset *const dataset = container_open(root, NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn__dataset_head(dataset, 0, 9, &buffer, &length), TN_OK);
    ck_assert_uint_eq(buffer.size, 9);
    ck_assert_mem_eq(buffer.bytes, "bytes of\0", 8);
    ck_assert_int_gt(length, 50);
    ck_assert_int_eq(buffer.file_bytes, length);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("zip");
    TCase *const cases = tcase_create("zip");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, samples_are_those_of_python);
    tcase_add_test(cases, what_cannot_be_read_is_refused_by_name);
    tcase_add_test(cases, wrong_labels_are_named);
    tcase_add_test(cases, lists_of_stylegan_are_numbers);
    tcase_add_test(cases, a_damaged_directory_is_an_error);
    tcase_add_test(cases, damaged_data_are_the_fault_of_their_sample);
    tcase_add_loop_test(cases, no_damage_does_harm, 0, 2);
    tcase_add_test(cases, the_head_is_enough_for_a_header);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
