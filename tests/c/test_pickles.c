/* SPDX-License-Identifier: MIT */
/* Reads pickles of CIFAR: small files of the official form, from which Python and NumPy read the
 * same values; the two official files with the names of classes; damaged and foreign files. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/md5.h"
#include "data/arrays/pickle.h"
#include "data/arrays/pickled.h"
#include "data/source.h"
#include "suite.h"
#include "tree.h"

static const struct {
    const char *file, *list, *sum;
    int64_t n_rows, n_columns;
    const char *pixels, *labels;
} golden[] = {
#include "../golden/cifar.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden, MOST = 1 << 14 };

static const char folder[] = GOLDEN_FOLDER;

/* Reads a golden file into `bytes`, which has room for MOST; returns its length. */
static size_t read_golden(const char *name, uint8_t *bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    const size_t n = fread(bytes, 1, MOST, file);
    fclose(file);
    return n;
}

static void check_sum(const void *bytes, size_t n, const char *wanted)
{
    char sum[TN__MD5_TEXT];
    tn__md5_text(bytes, n, sum);
    ck_assert_str_eq(sum, wanted);
}

START_TEST(lists_and_pixels_are_pythons)
{
    static uint8_t bytes[MOST];
    const size_t n = read_golden(golden[_i].file, bytes);
    tn__pickle read;
    ck_assert_msg(tn__pickle_read(bytes, n, golden[_i].list, &read) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(read.n_rows, golden[_i].n_rows);
    ck_assert_int_eq(read.n_columns, golden[_i].n_columns);
    check_sum(bytes + read.offset, (size_t)(read.n_rows * read.n_columns), golden[_i].pixels);
    check_sum(read.numbers.bytes, read.numbers.size, golden[_i].labels);
    tn__pickle_free(&read);
}
END_TEST

/* Opens the files as a data set by the same calls as CIFAR, with images of 2 x 2 pixels. */
START_TEST(images_lie_where_the_pickle_says)
{
    static const tn__hint hint = {.w = 2, .h = 2, .channels = 3, .planar = true};
    static uint8_t bytes[MOST];
    const tn__pickled_file files[] = {{golden[0].file, "train", golden[0].sum},
                                      {golden[1].file, "test", golden[1].sum}};
    tn__classmap classes = {0};
    tn__arrays *const arrays = tn__arrays_begin("root", folder, &hint, true);
    ck_assert_ptr_nonnull(arrays);
    for (int f = 0; f < 2; f++)
        ck_assert_msg(tn__pickled_add(folder, &files[f], golden[f].list, golden[f].n_columns,
                                      arrays) == TN_OK,
                      "%s", tn_error());
    ck_assert_int_eq(tn__classmap_number(100, &classes), TN_OK);
    tn__source *const source = tn__arrays_finish(arrays, &classes);
    ck_assert_int_eq(source->n_samples, 304);
    tn__buffer buffer = {0};
    for (int64_t s = 0; s < 304; s += 303) {
        const tn__part part = source->ops->part(source, s);
        int64_t length;
        const tn__extent all = {
            .offset = part.offset, .length = 12, .max_bytes = 12, .room = 12, .n_bytes = 12};
        ck_assert_int_eq(source->ops->read(source, &part, all, &buffer, &length), TN_OK);
        const int64_t in_file = s == 0 ? 0 : s - 4;
        tn__pickle read;
        const size_t n = read_golden(golden[s > 0].file, bytes);
        ck_assert_int_eq(tn__pickle_read(bytes, n, golden[s > 0].list, &read), TN_OK);
        ck_assert_mem_eq(buffer.bytes, bytes + read.offset + 12 * in_file, 12);
        ck_assert_int_eq(tn__source_class(source, s),
                         ((const int32_t *)(const void *)read.numbers.bytes)[in_file]);
        tn__pickle_free(&read);
    }
    tn__buffer_free(&buffer);
    source->ops->destroy(source);
}
END_TEST

static void refuse(const tn__pickled_file *file, const char *list, int64_t columns,
                   const char *message)
{
    static const tn__hint hint = {.w = 2, .h = 2, .channels = 3, .planar = true};
    tn__arrays *const arrays = tn__arrays_begin("root", folder, &hint, true);
    ck_assert_int_lt(tn__pickled_add(folder, file, list, columns, arrays), 0);
    ck_assert_msg(strstr(tn_error(), message) != NULL, "%s", tn_error());
    tn__arrays_free(arrays);
}

START_TEST(other_contents_are_named)
{
    const tn__pickled_file file = {golden[0].file, "train", golden[0].sum};
    refuse(&file, "fine_labels", 12, "ten: has 4 rows of 12 bytes, and 0 numbers in");
    refuse(&file, "labels", 11, "ten: has 4 rows of 12 bytes, and 4 numbers in");
    refuse(&(tn__pickled_file){golden[0].file, "train", golden[1].sum}, "labels", 12,
           "ten: is not the official file: its MD5 is c657c7c92e8edb67c730a19ac2753f14");
    tn__classmap classes = {0};
    const tn__pickled_file meta = {"batches.meta", NULL, "5ff9c542aee3614f3951f8cda6e48888"};
    ck_assert_int_eq(tn__pickled_classes(folder, &meta, "label_names", 11, &classes), TN_EDECODE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "batches.meta: has 10 classes, not 11"));
}
END_TEST

static tree here;

static void copy_golden(const char *name, const char *path)
{
    static uint8_t bytes[MOST];
    tree_write(&here, path, bytes, read_golden(name, bytes));
}

/* The official names of classes are read; the images beside them are not official. */
START_TEST(only_official_files_open)
{
    here = tree_make();
    static const char *const paths[2][2] = {
        {"cifar-10-batches-py/batches.meta", "cifar-10-batches-py/data_batch_1"},
        {"cifar-100-python/meta", "cifar-100-python/train"}};
    copy_golden(_i ? "meta" : "batches.meta", paths[_i][0]);
    copy_golden(_i ? "hundred" : "ten", paths[_i][1]);
    tn_dataset_options options = tree_options(&here);
    tree_refuse(&options, TN_EINVAL,
                _i ? "cifar-100-python/train: is not the official file"
                   : "cifar-10-batches-py/data_batch_1: is not the official file");
    copy_golden("ten", paths[_i][0]);
    options.source = _i ? "cifar100 label=coarse" : "torch/cifar10";
    tree_refuse(&options, TN_EINVAL, "meta: is not the official file");
    tree_remove(&here);
}
END_TEST

START_TEST(names_of_classes_are_read)
{
    static const struct {
        tn__pickled_file file;
        const char *list, *first, *last;
        int32_t n;
    } cases[] = {
        {{"batches.meta", NULL, "5ff9c542aee3614f3951f8cda6e48888"},
         "label_names",
         "airplane",
         "truck",
         10},
        {{"meta", NULL, "7973b15100ade9c7d40fb424638fde48"},
         "fine_label_names",
         "apple",
         "worm",
         100},
        {{"meta", NULL, "7973b15100ade9c7d40fb424638fde48"},
         "coarse_label_names",
         "aquatic_mammals",
         "vehicles_2",
         20},
    };
    for (int c = 0; c < 3; c++) {
        tn__classmap classes = {0};
        ck_assert_int_eq(
            tn__pickled_classes(folder, &cases[c].file, cases[c].list, cases[c].n, &classes),
            TN_OK);
        ck_assert_str_eq(classes.names[0], cases[c].first);
        ck_assert_str_eq(classes.names[cases[c].n - 1], cases[c].last);
        tn__classmap_free(&classes);
    }
}
END_TEST

/* Each beginning of a file is refused, and no damaged byte makes the reader leave the file. The
 * file gets memory of its own, so that ASan sees that. */
START_TEST(damage_is_an_error)
{
    static uint8_t bytes[MOST];
    const size_t n = read_golden("ten", bytes);
    tn__pickle read;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *const part = malloc(cut + 1);
        memcpy(part, bytes, cut);
        ck_assert_int_eq(tn__pickle_read(part, cut, "labels", &read), TN_EDECODE);
        tn__pickle_free(&read);
        free(part);
    }
    for (size_t at = 0; at < n; at++)
        for (int bit = 0; bit < 8; bit++) {
            uint8_t *const whole = malloc(n);
            memcpy(whole, bytes, n);
            whole[at] ^= (uint8_t)(1 << bit);
            const int status = tn__pickle_read(whole, n, "labels", &read);
            ck_assert(status == TN_OK || status == TN_EDECODE);
            ck_assert(status != TN_OK || read.offset + read.n_rows * read.n_columns <= (int64_t)n);
            tn__pickle_free(&read);
            free(whole);
        }
}
END_TEST

/* Programs in a pickle: each is refused at the instruction that the form lacks. */
START_TEST(programs_are_refused)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *message;
    } cases[] = {
#define CASE(text, message) {text, sizeof(text) - 1, message}
        CASE("\x80\x02}(U\4datacos\nsystem\nU\4trueR", "byte 21: names another function"),
        CASE("\x80\x02}(U\5labels\x8e", "byte 12: is not what a pickle of CIFAR has here"),
        CASE("\x80\x02"
             "cos\nsystem\n",
             "is not what a pickle of CIFAR has here"),
        CASE("\x80\x04}(u.", "byte 2: is not what a pickle of CIFAR has here"),
        CASE("\x80\x02}(u..", "has bytes after its end"),
        CASE("\x80\x02}(U\6labels](h\1eu.", "an item of the list refers to another one"),
        CASE("\x80\x02}(U\6labels](U\1\0eu.", "a text has a zero byte"),
        CASE("\x80\x02}(T\xff\xff\xff\xff", "a text has a negative length"),
        CASE("\x80\x02}(T\xff\xff\xff\x7f", "the file is cut off"),
#undef CASE
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        tn__pickle read;
        ck_assert_int_eq(
            tn__pickle_read((const uint8_t *)cases[c].bytes, cases[c].n, "labels", &read),
            TN_EDECODE);
        ck_assert_msg(strstr(tn_error(), cases[c].message) != NULL, "case %zu: %s", c, tn_error());
        tn__pickle_free(&read);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("pickles");
    TCase *const tcase = tcase_create("pickles");
    tcase_add_loop_test(tcase, lists_and_pixels_are_pythons, 0, N_GOLDEN);
    tcase_add_test(tcase, images_lie_where_the_pickle_says);
    tcase_add_test(tcase, other_contents_are_named);
    tcase_add_loop_test(tcase, only_official_files_open, 0, 2);
    tcase_add_test(tcase, names_of_classes_are_read);
    tcase_add_test(tcase, damage_is_an_error);
    tcase_add_test(tcase, programs_are_refused);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
