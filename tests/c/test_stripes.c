/* SPDX-License-Identifier: MIT */
/* Checks striped images: every mode and region has the pixels of the file at every level, files
 * that would differ are declined, a region reads no other stripes, and no damage goes unseen. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "codec/rows.h"
#include "cpu/checksum.h"
#include "make_png.h"
#include "stripes_case.h"
#include "suite.h"

enum { MAX_FILE = 1 << 20 };

static const int32_t layouts[] = {TN_PACK_FAST, TN_PACK_SMALL};

static const struct {
    png_recipe png;
    int32_t kind;
} recipes[] = {
    {{"rgb", 200, 101, 8, 2, -1, 6, 65536}, TN__ROW_RGB8},
    {{"one pixel", 1, 1, 8, 2, 0, 6, 65536}, TN__ROW_GREY8}, /* its colours are equal */
    {{"a whole stripe", 33, 32, 8, 2, 0, 6, 65536}, TN__ROW_RGB8},
    {{"a row more", 33, 33, 8, 2, 0, 6, 65536}, TN__ROW_RGB8},
    {{"rgba", 101, 100, 8, 6, -1, 6, 8192}, TN__ROW_RGBA8},
    {{"grey", 199, 110, 8, 0, -1, 6, 1 << 20}, TN__ROW_GREY8},
    {{"grey alpha", 101, 70, 8, 4, -1, 6, 100}, TN__ROW_GREY_ALPHA8},
    {{"palette 2", 401, 90, 2, 3, -1, 6, 8192}, TN__ROW_PALETTE8},
    {{"palette 4", 201, 130, 4, 3, 0, 6, 8192}, TN__ROW_PALETTE8},
    {{"palette", 100, 75, 8, 3, 0, 6, 8192}, TN__ROW_PALETTE8},
    {{"grey 16", 100, 75, 16, 0, -1, 6, 8192}, TN__ROW_GREY16},
    {{"grey alpha 16", 100, 75, 16, 4, -1, 6, 8192}, TN__ROW_GREY_ALPHA16},
    {{"rgb 16", 90, 75, 16, 2, -1, 6, 8192}, TN__ROW_RGB16},
    {{"rgba 16", 90, 75, 16, 6, -1, 6, 8192}, TN__ROW_RGBA16},
    {{"wide", 9000, 3, 8, 2, -1, 6, 8192}, TN__ROW_RGB8},
    {{"high", 3, 2000, 8, 6, -1, 6, 8192}, TN__ROW_RGBA8},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0] };

START_TEST(test_made_files)
{
    const png_recipe *const recipe = &recipes[_i / 2].png;
    made_png made = make_png(recipe);
    const int32_t kind =
        check_file((tn__bytes){made.bytes, made.size}, layouts[_i % 2], recipe->name);
    ck_assert_msg(kind == recipes[_i / 2].kind, "%s: kind %d", recipe->name, kind);
    free_png(&made);
}
END_TEST

START_TEST(test_golden_files)
{
    DIR *const folder = opendir(GOLDEN_FOLDER);
    int n_packed = 0, n_declined = 0;
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!strstr(entry->d_name, ".png"))
            continue;
        const tn__bytes file = copy_of_file(GOLDEN_FOLDER, entry->d_name);
        const bool packed = check_file(file, TN_PACK_FAST, entry->d_name) != 0;
        n_packed += packed;
        n_declined += !packed;
        drop(file);
    }
    closedir(folder);
    ck_assert_int_ge(n_packed, 150);
    ck_assert_int_ge(n_declined, 20);
}
END_TEST

/* Changes a byte of a record. Reading it must fail with a message, or give the same pixels. */
static void check_damaged(tn__bytes record, const tn_px_image *expected, size_t at)
{
    tn_px_image got = {0};
    const tn__arena_mark mark = tn__arena_here(&arena);
    const int status = decode(record, (tn_px_rect){0}, TN_RGB, &arena, &got);
    if (status == TN_OK)
        ck_assert_msg(are_same(&got, expected), "byte %zu", at);
    else
        ck_assert_msg(status == TN_EDECODE && strlen(tn_error()) > 10, "byte %zu: %d, %s", at,
                      status, tn_error());
    tn__arena_rewind(&arena, mark);
}

START_TEST(test_damage)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    const png_recipe recipe = {"small", 21, 40, 8, _i ? 3 : 2, -1, 6, 8192};
    made_png made = make_png(&recipe);
    const tn__bytes file = {made.bytes, made.size}, record = record_of(file, TN_PACK_FAST);
    tn_px_image expected = {0};
    ck_assert_ptr_nonnull(record.data);
    tn__arena_reset(&arena);
    ck_assert_int_eq(decode(file, (tn_px_rect){0}, TN_RGB, &arena, &expected), TN_OK);
    for (size_t at = 0; at < record.size; at++) {
        uint8_t *const byte = (uint8_t *)(uintptr_t)record.data + at;
        const uint8_t before = *byte;
        for (size_t i = 0; i < sizeof flips; i++) {
            *byte = before ^ flips[i];
            check_damaged(record, &expected, at);
        }
        *byte = before;
        const tn__bytes cut = copy_of(record.data, at);
        tn_px_image none;
        const tn__arena_mark mark = tn__arena_here(&arena);
        ck_assert_int_ne(decode(cut, (tn_px_rect){0}, TN_RGB, &arena, &none), TN_OK);
        tn__arena_rewind(&arena, mark);
        drop(cut);
    }
    drop(record);
    free_png(&made);
}
END_TEST

/* Decodes a region with all stripes spoilt but those from `first` to `last`. */
static void check_stripes_of(tn__bytes record, tn_px_rect need, int32_t first, int32_t last,
                             const tn_px_image *expected)
{
    const tn__bytes copy = copy_of(record.data, record.size);
    const uint8_t *const table = copy.data + TN__STRIPES_HEAD;
    const size_t n_stripes = (tn__get_32(copy.data + TN__STRIPES_H) + 31) / 32;
    uint8_t *const stripes = (uint8_t *)(uintptr_t)table + n_stripes * TN__STRIPES_ENTRY;
    uint32_t begin = 0;
    for (int32_t k = 0; k < (int32_t)n_stripes; k++) {
        const uint32_t end = tn__get_32(table + (ptrdiff_t)k * TN__STRIPES_ENTRY);
        if (k < first || k > last)
            memset(stripes + begin, 0xff, end - begin);
        begin = end;
    }
    tn_px_image got = {0};
    ck_assert_msg(decode(copy, need, TN_RGB, &arena, &got) == TN_OK, "%s", tn_error());
    ck_assert(are_same(&got, expected));
    stripes[tn__get_32(table + (ptrdiff_t)first * TN__STRIPES_ENTRY) - 1] ^= 1;
    ck_assert_int_eq(decode(copy, need, TN_RGB, &arena, &got), TN_EDECODE);
    drop(copy);
}

/* A region reads only the stripes that it meets: all others may be damaged. */
START_TEST(test_stripes_of_regions)
{
    static const struct {
        tn_px_rect need;
        int32_t first, last;
    } cases[] = {{{0, 0, 9, 1}, 0, 0},    {{5, 31, 9, 1}, 0, 0},    {{0, 32, 50, 32}, 1, 1},
                 {{0, 31, 50, 2}, 0, 1},  {{20, 70, 9, 60}, 2, 4},  {{49, 191, 1, 1}, 5, 5},
                 {{1, 192, 49, 8}, 6, 6}, {{0, 100, 50, 93}, 3, 6}, {{0, 0, 50, 200}, 0, 6}};
    const png_recipe recipe = {"high", 50, 200, 8, 2, -1, 6, 8192};
    made_png made = make_png(&recipe);
    const tn__bytes file = {made.bytes, made.size}, record = record_of(file, TN_PACK_FAST);
    ck_assert_ptr_nonnull(record.data);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tn_px_image expected = {0};
        tn__arena_reset(&arena);
        ck_assert_int_eq(decode(file, cases[i].need, TN_RGB, &arena, &expected), TN_OK);
        check_stripes_of(record, cases[i].need, cases[i].first, cases[i].last, &expected);
    }
    drop(record);
    free_png(&made);
}
END_TEST

/* Makes the checksum of a changed head valid. */
static void sign_head(tn__bytes record)
{
    uint8_t *const data = (uint8_t *)(uintptr_t)record.data;
    const size_t n_stripes = (tn__get_32(data + TN__STRIPES_H) + 31) / 32;
    const size_t end = TN__STRIPES_HEAD +
                       (size_t)tn__get_16(data + TN__STRIPES_COLOURS) * TN__STRIPES_COLOUR +
                       n_stripes * TN__STRIPES_ENTRY;
    if (end <= record.size)
        tn__put_64(data + TN__STRIPES_CHECKSUM,
                   tn__checksum(data + TN__STRIPES_SIZE, end - TN__STRIPES_SIZE));
}

/* Heads that no writer makes, with valid checksums: no read or write goes out of bounds. */
START_TEST(test_any_head)
{
    const png_recipe recipe = {"small", 21, 40, 8, 3, -1, 6, 8192};
    made_png made = make_png(&recipe);
    const tn__bytes record = record_of((tn__bytes){made.bytes, made.size}, TN_PACK_FAST);
    uint8_t *const data = (uint8_t *)(uintptr_t)record.data;
    ck_assert_ptr_nonnull(data);
    for (size_t at = TN__STRIPES_W; at < TN__STRIPES_HEAD; at++)
        for (int value = 0; value < 256; value++) {
            const uint8_t before = data[at];
            tn_px_image out;
            data[at] = (uint8_t)value;
            sign_head(record);
            tn__arena_reset(&arena);
            for (int m = 0; m < N_MODES; m++)
                (void)decode(record, (tn_px_rect){0}, modes[m], &arena, &out);
            data[at] = before;
        }
    drop(record);
    free_png(&made);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("stripes");
    TCase *const tests = tcase_create("stripes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, test_made_files, 0, 2 * N_RECIPES);
    tcase_add_test(tests, test_golden_files);
    tcase_add_test(tests, test_stripes_of_regions);
    tcase_add_loop_test(tests, test_damage, 0, 2);
    tcase_add_test(tests, test_any_head);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
