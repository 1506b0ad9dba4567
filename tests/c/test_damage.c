/* SPDX-License-Identifier: MIT */
/* Damaged JPEG files: cut off anywhere, with flipped bits, or made to cost much time. The decoder
 * always returns a status, and the same one each time. The files lie in blocks of exactly their
 * size, so sanitizers see a read beyond the end. */
#include <check.h>

#include "base/error.h"
#include "base/rng.h"
#include "codec/codec.h"
#include "codec/exif.h"
#include "codec/jpeg/libjpeg.h"
#include "draw_region.h"
#include "jpeg_compare.h"
#include "make_jpeg.h"
#include "suite.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 20, FLIPS = 600 };

static tn__arena arena, others[2];

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 24, 0);
    for (int k = 0; k < 2; k++)
        tn__arena_init(&others[k], 1 << 22, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
    for (int k = 0; k < 2; k++)
        tn__arena_free(&others[k]);
}

static const jpeg_recipe recipes[] = {
    {.name = "4:2:0", YCC(37, 40, 0)},
    {.name = "4:2:2", YCC(37, 40, 21, 11, 11)},
    {.name = "4:4:0", YCC(37, 40, 12, 11, 11)},
    {.name = "4:4:4, quality 100, noise", YCC(29, 30, 11, 11, 11), .quality = 100, .noise = TRUE},
    {.name = "long codes", YCC(29, 30, 0), .long_codes = TRUE},
    {.name = "optimised", YCC(37, 40, 0), .optimize = TRUE},
    {.name = "restarts", YCC(37, 40, 0), .restart = 2},
    {.name = "restarts by row", YCC(37, 40, 0), .restart_rows = 1},
    {.name = "restarts at each MCU", YCC(37, 40, 11, 11, 11), .restart = 1},
    {.name = "progressive", YCC(37, 40, 0), .progressive = TRUE},
    {.name = "arithmetic", YCC(37, 40, 0), .arithmetic = TRUE},
    {.name = "separate scans", YCC(37, 40, 0), .separate = TRUE},
    {.name = "YCCK", .w = 37, .h = 40, .channels = 4, .space = JCS_YCCK},
    {.name = "grey", .w = 37, .h = 40, .channels = 1, .space = JCS_GRAYSCALE},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0] };

/* Fills the arena, so that old contents cannot pass for pixels. */
static void soil_arena(int value)
{
    tn__arena_reset(&arena);
    memset(tn__arena_take(&arena, 1 << 17), value, 1 << 17);
    tn__arena_reset(&arena);
}

/* Decodes a region of the file, or all of it if `need` is NULL. */
static int decode(tn__bytes bytes, const tn_px_rect *need, tn_px_image *out, int32_t *damage)
{
    tn__info info;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (!codec)
        return tn__error_last()->code;
    const tn_px_rect all = {0, 0, info.w, info.h};
    const tn__want want = {need ? *need : all, TN_RGB};
    return tn__codec_decode(codec, bytes, NULL, &info, &want, &arena, out, damage);
}

static uint64_t hash_window(const tn_px_image *image, tn_px_rect window)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int32_t c = 0; c < image->channels; c++)
        for (int32_t y = window.y; y < window.y + window.h; y++)
            for (int32_t x = window.x; x < window.x + window.w; x++) {
                const ptrdiff_t at = (y - image->y0) * image->stride + x - image->x0;
                hash = (hash ^ image->plane[c][at]) * 0x100000001b3u;
            }
    return hash;
}

/* The file's first bytes in a block of their own. */
static jpeg_file cut_file(const jpeg_file *file, size_t size)
{
    const jpeg_file cut = {malloc(size ? size : 1), size};
    memcpy(cut.bytes, file->bytes, size);
    return cut;
}

/* Where the first scan begins. */
static size_t first_scan(const jpeg_file *file)
{
    size_t at = 2;
    while (file->bytes[at] != 0xff || file->bytes[at + 1] != 0xda)
        at++;
    return at;
}

static tn__bytes bytes_of(jpeg_file file)
{
    return (tn__bytes){file.bytes, file.size};
}

/* Pillow also calls a file truncated if only its end marker is missing. */
START_TEST(a_cut_file_is_truncated)
{
    const jpeg_file file = make_jpeg(&recipes[_i]);
    for (size_t size = 0; size < file.size; size++) {
        const jpeg_file cut = cut_file(&file, size);
        tn_px_image image;
        int32_t damage = 0;
        soil_arena(0);
        ck_assert_msg(decode(bytes_of(cut), NULL, &image, &damage) == TN_EDECODE,
                      "%s: %zu bytes decode", recipes[_i].name, size);
        if (size >= 3)
            ck_assert_msg(strncmp(tn_error(), "truncated JPEG", 14) == 0, "%zu bytes: %s", size,
                          tn_error());
        free(cut.bytes);
    }
    free(file.bytes);
}
END_TEST

/* A whole image equals libjpeg's; a region has no more damage than libjpeg finds. */
static void check_against_libjpeg(tn__bytes bytes, const jpeg_recipe *recipe, tn__draws *draws,
                                  size_t turn)
{
    const tn__want whole = {{0, 0, recipe->w, recipe->h}, turn & 2 ? TN_GREY : TN_RGB};
    const tn__want part = {draw_region(draws, recipe->w, recipe->h), turn & 4 ? TN_GREY : TN_RGB};
    jpeg_difference difference;
    tn__info info;
    if (!tn__codec_libjpeg.sniff(bytes))
        return; /* no codec is tried */
    jpeg_check_info(bytes, &info, &difference);
    ck_assert_msg(difference.text[0] == '\0', "%s, %zu: %s", recipe->name, turn, difference.text);
    if ((int64_t)info.w * info.h > MAX_PIXELS)
        return;
    ck_assert_msg(jpeg_check_want(bytes, &whole, others, &difference), "%s, %zu: %s", recipe->name,
                  turn, difference.text);
    ck_assert_msg(jpeg_check_damaged(bytes, &part, others, &difference), "%s, %zu: %s",
                  recipe->name, turn, difference.text);
}

/* Checks that a cut file shows the same part of a region as the whole file. */
static bool check_against_whole(tn__bytes cut, tn__bytes file, const tn__want *want)
{
    jpeg_difference difference;
    tn__arena_reset(&others[0]);
    const jpeg_answer expected = jpeg_decode(file, want, &others[0]);
    const jpeg_answer answer = jpeg_decode(cut, want, &others[1]);
    ck_assert_int_eq(expected.status, TN_OK);
    if (answer.status != TN_OK)
        return false;
    ck_assert_int_eq(answer.damage, 0);
    ck_assert_msg(jpeg_same_pixels(&answer.image, &expected.image, &difference), "%zu bytes: %s",
                  cut.size, difference.text);
    return true;
}

START_TEST(a_cut_file_equals_libjpeg)
{
    const jpeg_recipe *const recipe = &recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    const tn__want top = {{2, 1, 25, 9}, TN_RGB};
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(9, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    const size_t scan = first_scan(&file);
    bool shown = false;
    for (size_t size = 0; size < file.size; size++) {
        const jpeg_file cut = cut_file(&file, size);
        if (size < scan || size % 2 == (size_t)_i % 2)
            check_against_libjpeg(bytes_of(cut), recipe, &draws, size);
        const bool shows = check_against_whole(bytes_of(cut), bytes_of(file), &top);
        ck_assert_msg(shows || !shown, "%s: %zu bytes show less than one fewer", recipe->name,
                      size);
        shown = shows;
        free(cut.bytes);
    }
    free(file.bytes);
}
END_TEST

/* The bytes that a region needs decide whether the file counts as damaged. */
START_TEST(the_top_of_a_cut_file_decodes)
{
    const jpeg_file file = make_jpeg(&recipes[0]);
    const tn_px_rect top = {3, 2, 20, 6};
    tn_px_image whole, part;
    int32_t damage = 0;
    const jpeg_file cut = cut_file(&file, file.size - 200);
    ck_assert_int_eq(decode(bytes_of(file), NULL, &whole, &damage), TN_OK);
    ck_assert_int_eq(decode(bytes_of(cut), NULL, &part, &damage), TN_EDECODE);
    ck_assert_int_eq(decode(bytes_of(cut), &top, &part, &damage), TN_OK);
    ck_assert_uint_eq(hash_window(&part, top), hash_window(&whole, top));
    free(cut.bytes);
    free(file.bytes);
}
END_TEST

static void flip(uint8_t *bytes, size_t size, tn__draws *draws)
{
    const int64_t n = tn__draw_integer(draws, 1, 6);
    for (int64_t k = 0; k < n; k++) {
        const int64_t at = tn__draw_integer(draws, 2, (int64_t)size - 1);
        bytes[at] = tn__draw_chance(draws, 0.2) ? 0xff : (uint8_t)tn__draw_integer(draws, 0, 255);
    }
}

/* Decoding twice gives the same status and pixels; a region shows what the whole image shows
 * there. */
static bool check_repeatable(tn__bytes bytes)
{
    uint64_t hash[2] = {0}, region_hash = 0;
    int status[2];
    tn_px_image image = {0};
    tn_px_rect middle = {0};
    int32_t damage = 0;
    for (int turn = 0; turn < 2; turn++) {
        soil_arena(turn ? 0xaa : 0x55);
        status[turn] = decode(bytes, NULL, &image, &damage);
        ck_assert(status[turn] == TN_OK || status[turn] == TN_EDECODE || status[turn] == TN_ELIMIT);
        if (status[turn] != TN_OK)
            continue;
        middle = (tn_px_rect){image.w / 3, image.h / 3, (image.w + 2) / 3, (image.h + 2) / 3};
        hash[turn] = hash_window(&image, (tn_px_rect){0, 0, image.w, image.h});
        region_hash = hash_window(&image, middle);
    }
    ck_assert_int_eq(status[0], status[1]);
    ck_assert_uint_eq(hash[0], hash[1]);
    if (status[0] != TN_OK)
        return false;
    soil_arena(0x33);
    ck_assert_int_eq(decode(bytes, &middle, &image, &damage), TN_OK);
    ck_assert(jpeg_pixels_are_free || hash_window(&image, middle) == region_hash);
    return true;
}

START_TEST(flipped_bytes_give_a_verdict)
{
    const jpeg_file file = make_jpeg(&recipes[_i]);
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(7, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    jpeg_expect_wild_coefficients(); /* the whole file may be left to libjpeg, while the region is
                                        not */
    int n_decoded = 0;
    for (int turn = 0; turn < FLIPS; turn++) {
        uint8_t *const copy = malloc(file.size);
        memcpy(copy, file.bytes, file.size);
        flip(copy, file.size, &draws);
        n_decoded += check_repeatable((tn__bytes){copy, file.size});
        free(copy);
    }
    ck_assert_int_gt(n_decoded, 0);
    ck_assert_int_lt(n_decoded, FLIPS);
    free(file.bytes);
}
END_TEST

START_TEST(flipped_bytes_equal_libjpeg)
{
    const jpeg_file file = make_jpeg(&recipes[_i]);
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(10, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    jpeg_expect_wild_coefficients();
    for (size_t turn = 0; turn < FLIPS; turn++) {
        jpeg_file copy = cut_file(&file, file.size);
        flip(copy.bytes, copy.size, &draws);
        check_against_libjpeg(bytes_of(copy), &recipes[_i], &draws, turn);
        free(copy.bytes);
    }
    free(file.bytes);
}
END_TEST

/* Flips a bit of each byte, in scans of every other byte. Most files stay decodable except for one
 * place. */
START_TEST(each_flipped_bit_equals_libjpeg)
{
    const jpeg_file file = make_jpeg(&recipes[_i]);
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(11, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    jpeg_expect_wild_coefficients();
    const size_t scan = first_scan(&file);
    for (size_t at = 2; at < file.size; at += at < scan ? 1 : 2) {
        const jpeg_file copy = cut_file(&file, file.size);
        copy.bytes[at] ^= (uint8_t)(1u << tn__draw_integer(&draws, 0, 7));
        check_against_libjpeg(bytes_of(copy), &recipes[_i], &draws, at);
        free(copy.bytes);
    }
    free(file.bytes);
}
END_TEST

/* Two segments with one directory: a text that lies outside its entry, then orientation 6. */
static const uint8_t exif_segments[] =
    "\xff\xe1\x00\x1e"
    "Exif\0\0II*\0\x08\0\0\0\x02\0\x0e\x01\x02\0\x06\0\0\0\x26\0\0\0"
    "\xff\xe1\x00\x1e"
    "Exif\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0hello";
enum { EXIF_BYTES = sizeof exif_segments };

START_TEST(damaged_exif_gives_an_orientation)
{
    const jpeg_recipe recipe = {.w = 4, .h = 4, .channels = 1, .space = JCS_GRAYSCALE};
    const jpeg_file file = make_jpeg(&recipe);
    const size_t size = file.size + EXIF_BYTES;
    int n_whole = 0;
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(8, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    for (int turn = 0; turn < 4 * FLIPS; turn++) {
        uint8_t *const copy = malloc(size);
        memcpy(copy, file.bytes, 2);
        memcpy(copy + 2, exif_segments, EXIF_BYTES);
        memcpy(copy + 2 + EXIF_BYTES, file.bytes + 2, file.size - 2);
        if (turn > 0)
            flip(copy, 2 + EXIF_BYTES, &draws);
        const int32_t orientation = tn__exif_orientation((tn__bytes){copy, size});
        ck_assert(orientation >= 1 && orientation <= 8);
        ck_assert(turn > 0 || orientation == 6);
        n_whole += orientation == 6;
        free(copy);
    }
    ck_assert_int_lt(n_whole, 4 * FLIPS);
    free(file.bytes);
}
END_TEST

START_TEST(warnings_are_counted)
{
    const jpeg_file file = make_jpeg(&recipes[0]);
    tn_px_image image;
    int32_t damage = -1;
    const tn__bytes bytes = {file.bytes, file.size};
    ck_assert_int_eq(decode(bytes, NULL, &image, &damage), TN_OK);
    ck_assert_int_eq(damage, 0);
    memcpy(file.bytes + file.size - 120, file.bytes + file.size - 2, 2); /* an early end marker */
    ck_assert_int_eq(decode(bytes, NULL, &image, &damage), TN_OK);
    ck_assert_int_gt(damage, 0);
    free(file.bytes);
}
END_TEST

static size_t last_scan(const jpeg_file *file)
{
    size_t at = file->size - 2;
    while (file->bytes[at] != 0xff || file->bytes[at + 1] != 0xda)
        at--;
    return at;
}

/* Repeats the last scan of a progressive file many times. */
static jpeg_file repeat_last_scan(const jpeg_file *file, size_t times)
{
    const size_t begin = last_scan(file), length = file->size - 2 - begin;
    const size_t size = file->size + length * times;
    uint8_t *const bytes = malloc(size);
    memcpy(bytes, file->bytes, file->size - 2);
    for (size_t k = 0; k < times; k++)
        memcpy(bytes + file->size - 2 + k * length, file->bytes + begin, length);
    memcpy(bytes + size - 2, file->bytes + file->size - 2, 2);
    return (jpeg_file){bytes, size};
}

START_TEST(scans_are_limited)
{
    const jpeg_recipe recipe = {
        .w = 16, .h = 16, .channels = 3, .space = JCS_YCbCr, .progressive = TRUE};
    const jpeg_file file = make_jpeg(&recipe);
    const jpeg_file few = repeat_last_scan(&file, TN__LIBJPEG_MAX_SCANS / 2);
    const jpeg_file many = repeat_last_scan(&file, TN__LIBJPEG_MAX_SCANS);
    tn_px_image image;
    int32_t damage = 0;
    ck_assert_int_eq(decode(bytes_of(few), NULL, &image, &damage), TN_OK);
    ck_assert_int_eq(decode(bytes_of(many), NULL, &image, &damage), TN_EDECODE);
    ck_assert_str_eq(tn_error(), "JPEG with more than 500 scans");
    free(few.bytes);
    free(many.bytes);
    free(file.bytes);
}
END_TEST

START_TEST(the_arena_limit_holds)
{
    const jpeg_file file = make_jpeg(&recipes[0]);
    tn_px_image image;
    int32_t damage = 0;
    arena.limit = 100;
    ck_assert_int_eq(decode((tn__bytes){file.bytes, file.size}, NULL, &image, &damage), TN_ELIMIT);
    free(file.bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("damage");
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 600);
    tcase_add_loop_test(all, a_cut_file_is_truncated, 0, N_RECIPES);
    tcase_add_loop_test(all, a_cut_file_equals_libjpeg, 0, N_RECIPES);
    tcase_add_loop_test(all, flipped_bytes_equal_libjpeg, 0, N_RECIPES);
    tcase_add_loop_test(all, each_flipped_bit_equals_libjpeg, 0, N_RECIPES);
    tcase_add_test(all, the_top_of_a_cut_file_decodes);
    tcase_add_loop_test(all, flipped_bytes_give_a_verdict, 0, N_RECIPES);
    tcase_add_test(all, damaged_exif_gives_an_orientation);
    tcase_add_test(all, warnings_are_counted);
    tcase_add_test(all, scans_are_limited);
    tcase_add_test(all, the_arena_limit_holds);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
