/* SPDX-License-Identifier: MIT */
/* Parquet files as sources: samples, labels and classes are those that pyarrow and Hugging Face's
 * datasets read; what cannot be read is named; no damage does harm. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "container_case.h"
#include "data/parquet/hybrid.h"
#include "data/parquet/snappy.h"
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
enum { N_GOLDEN = sizeof golden / sizeof *golden, N_ROOTS = 17 };

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
    expect_refusal("lists.parquet", "parquet image=image.list.element", "a column has lists");
    expect_refusal("numbers.parquet", NULL, "no column looks like images: name one of width");
    expect_refusal("stored.parquet", "parquet image=photo",
                   "it has no column \"photo\"; its columns are image.bytes, image.path, label");
    expect_refusal("stored.parquet", "parquet label=class", "it has no column \"class\"");
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

typedef struct copy {
    uint8_t bytes[1 << 12];
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

static void try_copy(const copy *file)
{
    tree_write(&place, "changed.parquet", file->bytes, file->size);
    container_exhaust(container_open(tree_path(&place, "changed.parquet"), NULL, "parquet"));
}

/* Each byte is changed in two ways, and the file is cut off after each byte. */
START_TEST(no_damage_does_harm)
{
    static const char *const names[] = {"nulls-v1.parquet", "nulls-v2.parquet", "equal.parquet",
                                        "gzip.parquet"};
    const copy whole = load(names[_i]);
    for (size_t at = 0; at < whole.size; at++) {
        copy file = whole;
        file.bytes[at] ^= 0x01;
        try_copy(&file);
        file.bytes[at] = whole.bytes[at] ^ 0x80;
        try_copy(&file);
        file = whole;
        file.size = at;
        if (at % 16 == 0)
            try_copy(&file);
    }
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
    ck_assert(tn__snappy_length(&at, data + sizeof data, &length));
    ck_assert_uint_eq(length, 22);
    const size_t n_out = sizeof known - 1;
    ck_assert(tn__snappy_decode(at, data + sizeof data, (uint8_t *)out, n_out));
    ck_assert_mem_eq(out, known, n_out);
    ck_assert(tn__snappy_blocks(at, data + sizeof data, n_out, begins));
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
    tcase_add_test(cases, what_cannot_be_read_is_refused_by_name);
    tcase_add_test(cases, splits_come_from_the_names_of_files);
    tcase_add_loop_test(cases, no_damage_does_harm, 0, 4);
    tcase_add_test(cases, runs_and_packed_numbers);
    tcase_add_test(cases, elements_of_snappy);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
