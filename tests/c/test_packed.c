/* SPDX-License-Identifier: MIT */
/* Checks packed JPEGs: they are restored bit for bit, have the same pixels at every level, and
 * survive damage of every byte. */
#include <check.h>
#include <dirent.h>

#include "base/error.h"
#include "base/rng.h"
#include "codec/jpeg/packed.h"
#include "cpu/checksum.h"
#include "cpu/level.h"
#include "data/pack/format.h"
#include "draw_region.h"
#include "exact.h"
#include "jpeg/pack.h"
#include "jpeg_compare.h"
#include "make_jpeg.h"
#include "suite.h"
#include "tench.h"

_Static_assert((int)TN__RECORD_FILE_BYTES == (int)TN__PACKED_JPEG_SIZE &&
                   (int)TN__RECORD_HEAD == (int)TN__PACKED_ORDERS,
               "a reader of packs finds the length where the codec puts it");

enum { MAX_PIXELS = 1 << 22, REGIONS = 12, FILE_BYTES = 1 << 20 };

static const int32_t layouts[] = {TN__PACK_FAST, TN__PACK_SMALL};
static const int32_t modes[] = {TN_RGB, TN_GREY};
static tn__arena arena;

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 24, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
}

static const jpeg_recipe recipes[] = {
    {.name = "4:4:4", YCC(77, 45, 11)},
    {.name = "4:2:2", YCC(77, 45, 21, 11, 11)},
    {.name = "4:2:0", YCC(77, 75, 22, 11, 11)},
    {.name = "4:4:0", YCC(77, 75, 12, 11, 11)},
    {.name = "RGB", .w = 45, .h = 33, .channels = 3, .space = JCS_RGB, .quality = 96},
    {.name = "grey", .w = 70, .h = 41, .channels = 1, .space = JCS_GRAYSCALE, .quality = 96},
    {.name = "one pixel", YCC(1, 1, 0)},
    {.name = "low", YCC(290, 2, 0), .quality = 92},
    {.name = "noise: values of 16 bits", YCC(93, 61, 11), .quality = 100, .noise = TRUE},
    {.name = "noise, 4:2:0", YCC(130, 40, 0), .quality = 96, .noise = TRUE},
    {.name = "restarts", YCC(77, 75, 0), .restart = 3},
    {.name = "restarts, rows", YCC(200, 75, 0), .restart_rows = 1},
    {.name = "optimised", YCC(90, 66, 0), .optimize = TRUE},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0] };

static tn__bytes file_of(const jpeg_recipe *recipe)
{
    const jpeg_file made = make_jpeg(recipe);
    const tn__bytes file = copy_of(made.bytes, made.size);
    free(made.bytes);
    return file;
}

/* Returns the file's record, or no bytes if the file cannot be packed. */
static tn__bytes record_of(tn__bytes file, int32_t layout)
{
    tn__blob out = {0};
    tn__arena_reset(&arena);
    const int status = tn__packed_make(file, layout, &arena, &out);
    ck_assert_msg(status == TN_OK || status == TN__NOT_MINE, "%s", tn_error());
    const tn__bytes record = status == TN_OK ? copy_of(out.bytes, out.size) : (tn__bytes){0};
    tn__blob_free(&out);
    return record;
}

static int decode(tn__bytes bytes, tn_px_rect need, int32_t mode, tn_px_image *out)
{
    tn__info info;
    int32_t damage;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (!codec)
        return tn__error_last()->code;
    if (need.w == 0)
        need = (tn_px_rect){0, 0, info.w, info.h};
    const tn__want want = {need, mode};
    return tn__codec_decode(codec, bytes, NULL, &info, &want, &arena, out, &damage);
}

/* Checks that regions of the record have the pixels of the file at a level. */
static void check_pixels(tn__bytes file, tn__bytes record, int32_t level, const char *name)
{
    jpeg_difference difference;
    tn__draws draws;
    tn__info info;
    tn__draws_begin(&draws, tn__key_make(3, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    ck_assert_ptr_nonnull(tn__codec_probe(file, NULL, MAX_PIXELS, &info));
    for (int turn = 0; turn < REGIONS; turn++) {
        tn_px_image expected = {0}, got = {0};
        const tn_px_rect need =
            turn < 2 ? (tn_px_rect){0, 0, info.w, info.h} : draw_region(&draws, info.w, info.h);
        tn__arena_reset(&arena);
        tn__cpu_lower(TN__CPU_LEVELS);
        ck_assert_int_eq(decode(file, need, modes[turn % 2], &expected), TN_OK);
        tn__cpu_lower(level);
        ck_assert_msg(decode(record, need, modes[turn % 2], &got) == TN_OK, "%s: %s", name,
                      tn_error());
        ck_assert_msg(jpeg_same_pixels(&got, &expected, &difference),
                      "%s: level %d, region %d,%d %dx%d: %s", name, level, need.x, need.y, need.w,
                      need.h, difference.text);
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}

static void check_restored(tn__bytes file, tn__bytes record, const char *name)
{
    tn__blob out = {0};
    ck_assert_msg(tn__packed_restore(record, &out) == TN_OK, "%s: %s", name, tn_error());
    ck_assert_msg(out.size == file.size && memcmp(out.bytes, file.data, file.size) == 0,
                  "%s: restored otherwise", name);
    tn__blob_free(&out);
}

/* True if the file was packed. */
static bool check_file(tn__bytes file, int32_t layout, const char *name)
{
    const tn__bytes record = record_of(file, layout);
    const bool packed = record.data != NULL;
    if (packed) {
        check_restored(file, record, name);
        for (int32_t level = 0; level < TN__CPU_LEVELS; level++)
            check_pixels(file, record, level, name);
    }
    drop(record);
    return packed;
}

START_TEST(test_made_files)
{
    const jpeg_recipe *const recipe = &recipes[_i / 2];
    const tn__bytes file = file_of(recipe);
    ck_assert_msg(check_file(file, layouts[_i % 2], recipe->name), "%s: not packed", recipe->name);
    drop(file);
}
END_TEST

/* Files that cannot be restored, and files whose records would get another verdict. */
static const char *const stored[] = {"progressive",  "cmyk",       "damaged",    "cut_in",
                                     "141.jpg",      "411.jpg",    "end_marker", "unknown",
                                     "second_frame", "junk_before"};

static bool is_stored(const char *name)
{
    for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++)
        if (strstr(name, stored[i]))
            return true;
    return false;
}

START_TEST(test_golden_files)
{
    DIR *const folder = opendir(GOLDEN_FOLDER);
    int n_packed = 0;
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!strstr(entry->d_name, ".jpg"))
            continue;
        const tn__bytes file = copy_of_file(GOLDEN_FOLDER, entry->d_name);
        const bool packed = check_file(file, layouts[_i], entry->d_name);
        ck_assert_msg(packed || is_stored(entry->d_name), "%s: not packed", entry->d_name);
        n_packed += packed;
        drop(file);
    }
    closedir(folder);
    ck_assert_int_ge(n_packed, 20);
}
END_TEST

/* The bits that pad the last byte may all be 0, and any bytes may follow the end. */
START_TEST(test_filling_and_trailer)
{
    uint8_t bytes[FILE_BYTES];
    const tn__bytes file = file_of(&recipes[0]);
    int n_changed = 0;
    memcpy(bytes, file.data, file.size);
    uint8_t *const last = bytes + file.size - 3;
    for (uint8_t filling = 1; filling <= 0x7f && (*last & filling) == filling;
         filling = (uint8_t)(filling << 1 | 1)) {
        *last &= (uint8_t)~filling;
        const tn__bytes changed = copy_of(bytes, file.size);
        const tn__bytes record = record_of(changed, TN__PACK_FAST);
        if (record.data) {
            check_restored(changed, record, "filling");
            n_changed += record.data[TN__PACKED_FILLING] == 0;
        }
        drop(record);
        drop(changed);
        *last |= filling;
    }
    ck_assert_int_eq(n_changed, 1); /* the file whose padding bits are all 0 */
    memcpy(bytes + file.size, "trailer", 7);
    const tn__bytes longer = copy_of(bytes, file.size + 7);
    ck_assert(check_file(longer, TN__PACK_SMALL, "trailer"));
    drop(longer);
    drop(file);
}
END_TEST

/* Changes or removes bytes of a record. Reading it must fail with a message, or give the same
 * pixels. */
static void check_damaged(tn__bytes record, const tn_px_image *expected, size_t at)
{
    tn_px_image got = {0};
    jpeg_difference difference;
    tn__blob out = {0};
    const tn__arena_mark mark = tn__arena_here(&arena);
    const int status = decode(record, (tn_px_rect){0}, TN_RGB, &got);
    if (status == TN_OK)
        ck_assert_msg(jpeg_same_pixels(&got, expected, &difference), "byte %zu: %s", at,
                      difference.text);
    else
        ck_assert_msg(status == TN_EDECODE && strlen(tn_error()) > 10, "byte %zu: %d, %s", at,
                      status, tn_error());
    ck_assert_int_ne(tn__packed_restore(record, &out), TN_EINVAL);
    tn__blob_free(&out);
    tn__arena_rewind(&arena, mark);
}

START_TEST(test_damage)
{
    static const jpeg_recipe small = {.name = "small",
                                      .w = 41,
                                      .h = 20,
                                      .channels = 3,
                                      .space = JCS_YCbCr,
                                      .quality = 97,
                                      .restart = 2,
                                      .noise = TRUE};
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    const tn__bytes file = file_of(&small), record = record_of(file, layouts[_i]);
    tn_px_image expected = {0};
    tn__arena_reset(&arena);
    ck_assert_int_eq(decode(file, (tn_px_rect){0}, TN_RGB, &expected), TN_OK);
    for (size_t at = 0; at < record.size; at++) {
        uint8_t *const byte = (uint8_t *)(uintptr_t)record.data + at;
        const uint8_t before = *byte;
        for (size_t i = 0; i < sizeof flips; i++) {
            *byte = before ^ flips[i];
            check_damaged(record, &expected, at);
        }
        *byte = before;
        const tn__bytes cut = copy_of(record.data, at);
        ck_assert_int_ne(decode(cut, (tn_px_rect){0}, TN_RGB, &expected), TN_OK);
        drop(cut);
        tn__arena_reset(&arena);
        ck_assert_int_eq(decode(file, (tn_px_rect){0}, TN_RGB, &expected), TN_OK);
    }
    drop(record);
    drop(file);
}
END_TEST

enum { ANY_BLOCKS = 23 };

/* Makes a row of blocks of random bytes. The memory ends with the bytes that must be readable after
 * the row. Returns the row, and the sum of the blocks' sizes. */
static uint8_t *draw_row(tn__draws *draws, size_t *sum)
{
    enum { OWN = 1 << 13 };
    const size_t fixed = tn__pack_fixed_bytes(ANY_BLOCKS);
    uint8_t *const bytes = malloc(fixed + OWN);
    for (size_t i = 0; i < fixed + OWN; i++)
        bytes[i] = (uint8_t)tn__draw_integer(draws, 0, 255);
    *sum = 0;
    for (int32_t b = 0; b < ANY_BLOCKS; b++)
        *sum += bytes[b];
    uint8_t *const tight = malloc(fixed + *sum + TN__PACK_SLACK);
    memcpy(tight, bytes, fixed + *sum + TN__PACK_SLACK);
    free(bytes);
    return tight;
}

/* Decodes from each fifth block on, and compares with plain C. */
static void check_decode(const tn__pack_row *row, const uint16_t quantiser[64])
{
    const tn__pack_kernels *const kernels = tn__pack_kernels_get();
    uint8_t expected[8][256], got[8][256];
    for (int32_t first = 0; first < ANY_BLOCKS; first += 5) {
        const int32_t n = (ANY_BLOCKS - first + 3) / 4;
        const uint8_t *const at = row->blocks + kernels->sum(row->size, first);
        tn__pack_scalar.decode(row, at, first, n, quantiser, expected[0], 256);
        kernels->decode(row, at, first, n, quantiser, got[0], 256);
        for (int32_t y = 0; y < 8; y++)
            ck_assert_msg(memcmp(expected[y], got[y], (size_t)32 * (size_t)n) == 0,
                          "%s, row %d of the blocks from %d on", tn__cpu_level_name(), y, first);
    }
}

/* Tests bytes that no encoder writes, with valid checksums: no read goes out of bounds, and every
 * level gives the same samples. */
START_TEST(test_any_bytes)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(5, _i, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    size_t sum;
    uint8_t *const bytes = draw_row(&draws, &sum);
    uint16_t quantiser[64];
    for (int32_t i = 0; i < 64; i++)
        quantiser[i] = (uint16_t)tn__draw_integer(&draws, 1, 40);
    tn__pack_order order;
    tn__pack_row row;
    ck_assert(tn__pack_order_read(tn__jpeg_natural, &order));
    tn__pack_row_open(layouts[_i % 2], &order, ANY_BLOCKS, bytes, &row);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        ck_assert_uint_eq(tn__pack_kernels_get()->sum(row.size, ANY_BLOCKS), sum);
        ck_assert_uint_eq(tn__checksum(bytes, sum), tn__checksum_scalar(bytes, sum));
        check_decode(&row, quantiser);
    }
    tn__cpu_lower(TN__CPU_LEVELS);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("packed");
    TCase *const cases = tcase_create("packed");
    tcase_set_timeout(cases, 240);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, test_made_files, 0, 2 * N_RECIPES);
    tcase_add_loop_test(cases, test_golden_files, 0, 2);
    tcase_add_test(cases, test_filling_and_trailer);
    tcase_add_loop_test(cases, test_damage, 0, 2);
    tcase_add_loop_test(cases, test_any_bytes, 0, 40);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
