/* SPDX-License-Identifier: MIT */
/* LMDB files as sources: the samples are what LMDB reads, in its order; what is damaged or cannot
 * be read is named; no damage does harm. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "container_case.h"
#include "suite.h"

/* A data set and its number of samples, if there is no text; then its samples. */
static const struct {
    const char *name, *text;
    int label; /* or the number of samples */
} golden[] = {
#include "../golden/lmdbs.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden, PAGE = 4096 };

static tree place;

static void set_up(void)
{
    place = container_tree();
}

static void tear_down(void)
{
    tree_remove(&place);
}

/* The path of a golden file, or of the folder that has it; valid until the next call. */
static const char *golden_path(const char *name, const char *file)
{
    static char path[TREE_PATH];
    snprintf(path, sizeof path, "%s/%s%s", GOLDEN_FOLDER, name, file);
    return path;
}

static int compare_with_lmdb(int at)
{
    const int n = golden[at].label;
    tn_dataset *const dataset =
        container_open(golden_path(golden[at].name, at % 2 ? "" : "/data.mdb"), NULL, NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_msg(tn_dataset_count(dataset) == n, "%s", golden[at].name);
    for (int i = 0; i < n; i++) {
        const int k = at + 1 + i;
        ck_assert_str_eq(tn_dataset_sample_name(dataset, i), golden[k].name);
        ck_assert_str_eq(container_text(dataset, i), golden[k].text);
        ck_assert_int_eq(tn_dataset_label(dataset, i), golden[k].label);
    }
    tn_dataset_destroy(dataset);
    return at + 1 + n;
}

START_TEST(samples_are_those_of_lmdb)
{
    int n_files = 0;
    for (int at = 0; at < N_GOLDEN; n_files++)
        at = compare_with_lmdb(at);
    ck_assert_int_eq(n_files, 7);
}
END_TEST

static void expect_refusal(const char *root, const char *message)
{
    ck_assert_ptr_null(container_open(root, NULL, "lmdb"));
    ck_assert_msg(tn__error_last()->code == TN_EDECODE, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), message) != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), "data.mdb") != NULL, "%s", tn_error());
}

START_TEST(what_cannot_be_read_is_refused_by_name)
{
    expect_refusal(golden_path("refused-pickle", ""), "\"0\" is a pickle");
    expect_refusal(golden_path("refused-msgpack", ""), "\"0\" is a list of MessagePack");
    expect_refusal(golden_path("refused-floats", ""), "\"0\" is a Datum of floats");
    expect_refusal(golden_path("refused-shape", ""),
                   "\"0\" is a Datum of 3 x 2 pixels with 3 channels, but has 12 bytes");
    expect_refusal(golden_path("refused-mixture", ""),
                   "\"1\" is a Datum of an encoded image, but those before it have pixels");
    expect_refusal(golden_path("refused-named", ""), "has named databases");
}
END_TEST

/* The script gives image k the shape below, and the values 65 + k, 66 + k, … plane by plane. */
START_TEST(pixels_are_images)
{
    static const int shapes[][3] = {{3, 2, 2}, {3, 1, 5}, {1, 4, 3}};
    const bool is_bgr = _i == 0;
    tn_dataset *const dataset =
        container_open(golden_path("pixels", ""), NULL, is_bgr ? "lmdb" : "lmdb pixels=rgb");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    for (int k = 0; k < 3; k++) {
        const int channels = shapes[k][0], h = shapes[k][1], w = shapes[k][2];
        uint8_t pixels[3 * 12];
        tn_image *const image = tn_dataset_image(dataset, k);
        ck_assert_msg(image != NULL, "%s", tn_error());
        ck_assert_int_eq(tn_image_copy(image, pixels, (int64_t)3 * w * h), TN_OK);
        for (int at = 0; at < w * h; at++)
            for (int c = 0; c < 3; c++) {
                const int plane = channels == 1 ? 0 : is_bgr ? 2 - c : c;
                ck_assert_int_eq(pixels[3 * at + c], 65 + k + plane * w * h + at);
            }
        ck_assert_int_eq(tn_dataset_label(dataset, k), k);
        tn_image_destroy(image);
    }
    tn_dataset_destroy(dataset);
}
END_TEST

/* A golden file in memory. */
typedef struct copy {
    uint8_t bytes[1 << 16];
    size_t size;
} copy;

static copy load(const char *name)
{
    static copy loaded;
    FILE *const file = fopen(golden_path(name, "/data.mdb"), "rb");
    ck_assert_ptr_nonnull(file);
    loaded.size = fread(loaded.bytes, 1, sizeof loaded.bytes, file);
    fclose(file);
    return loaded;
}

static const char *write_copy(const copy *file)
{
    tree_write(&place, "changed/data.mdb", file->bytes, file->size);
    return tree_path(&place, "changed");
}

/* Both descriptions get the value. */
static copy with_meta(size_t field, uint8_t value)
{
    copy file = load("numbers");
    file.bytes[field] = file.bytes[PAGE + field] = value;
    return file;
}

START_TEST(damage_is_an_error)
{
    copy file = with_meta(16, 0);
    expect_refusal(write_copy(&file), "is not an LMDB file");
    file = with_meta(20, 2);
    expect_refusal(write_copy(&file), "has version 2 of LMDB's format");
    file = with_meta(41, 3);
    expect_refusal(write_copy(&file), "has pages of 768 bytes");
    file = with_meta(92, 4);
    expect_refusal(write_copy(&file), "several values for one key (DUPSORT)");
    file = with_meta(128, 99);
    expect_refusal(write_copy(&file), "in page 99: it lies after the end of the file");
    file = with_meta(128, 1);
    expect_refusal(write_copy(&file), "in page 1: it is not a page of the tree");
    file = load("numbers");
    file.size = PAGE + 100;
    expect_refusal(write_copy(&file), "is cut off");
    file = load("numbers");
    file.size = 100;
    expect_refusal(write_copy(&file), "is not an LMDB file: it has only 100 bytes");
}
END_TEST

/* A branch leads to itself. */
START_TEST(a_circle_in_the_tree_is_found)
{
    copy file = load("numbers");
    const bool second = tn__get_64(file.bytes + PAGE + 144) > tn__get_64(file.bytes + 144);
    const uint64_t root = tn__get_64(file.bytes + (second ? PAGE : 0) + 128);
    uint8_t *const page = file.bytes + root * PAGE;
    ck_assert_uint_eq(tn__get_16(page + 10), 1);
    tn__put_32(page + tn__get_16(page + 16), (uint32_t)root);
    expect_refusal(write_copy(&file), "the tree has a circle");
}
END_TEST

static void read_all(const copy *file)
{
    container_exhaust(container_open(write_copy(file), NULL, "lmdb"));
}

/* Bytes at the begin of each page are changed, where its head and its nodes lie, and some of all
 * others; and the file is cut off at many places. */
START_TEST(no_damage_does_harm)
{
    static const char *const names[] = {"numbers", "datums", "large"};
    const copy whole = load(names[_i]);
    for (size_t at = 0; at < whole.size; at += at % PAGE < 160 ? 1 : 37) {
        copy file = whole;
        file.bytes[at] ^= (uint8_t)(at % 3 == 0 ? 0xFF : at % 3 == 1 ? 0x80 : 1);
        read_all(&file);
    }
    for (int cut = 0; cut < 64; cut++) {
        copy file = whole;
        file.size = whole.size * (size_t)cut / 64 + (size_t)cut;
        read_all(&file);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("lmdb");
    TCase *const cases = tcase_create("lmdb");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, samples_are_those_of_lmdb);
    tcase_add_loop_test(cases, pixels_are_images, 0, 2);
    tcase_add_test(cases, what_cannot_be_read_is_refused_by_name);
    tcase_add_test(cases, damage_is_an_error);
    tcase_add_test(cases, a_circle_in_the_tree_is_found);
    tcase_add_loop_test(cases, no_damage_does_harm, 0, 3);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
