/* SPDX-License-Identifier: MIT */
/* Checks the PNG codec: small files against Pillow's results (tests/golden/make_pngs.py), large
 * ones against the pixels that they were made of, regions against whole images, at every level. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "codec/codec.h"
#include "codec/png/png.h"
#include "cpu/level.h"
#include "draw_region.h"
#include "exact.h"
#include "make_png.h"
#include "suite.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 24, REGIONS = 8, MAX_FILE = 1 << 16, MAX_TEXT = 1 << 17, N_MODES = 5 };
enum { MIN_BLOCK = 1 << 20 }; /* of an arena */

static const int32_t modes[N_MODES] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP, TN_INDICES};

static tn__arena arena;

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 24, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
}

static int decode_into(tn__arena *memory, tn__bytes bytes, const tn__info *info, tn_px_rect need,
                       int32_t mode, tn_px_image *out)
{
    const tn__want want = {need, mode};
    int32_t damage = -1;
    return tn__codec_decode(&tn__codec_png, bytes, NULL, info, &want, memory, out, &damage);
}

static tn_px_image decode(tn__bytes bytes, const tn__info *info, tn_px_rect need, int32_t mode,
                          const char *name)
{
    tn_px_image out;
    const int status = decode_into(&arena, bytes, info, need, mode, &out);
    ck_assert_msg(status == TN_OK, "%s: %s", name, tn_error());
    ck_assert(out.x0 == need.x && out.y0 == need.y && out.w == need.w && out.h == need.h);
    ck_assert_int_eq(out.channels, tn__info_channels(info, mode));
    ck_assert_int_eq(out.bits, tn__info_bits(info, mode));
    return out;
}

static uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * 1099511628211u;
}

/* FNV-1a of the pixels, channels interleaved; of 16-bit values the low byte comes first. */
static uint64_t hash_of(const tn_px_image *image)
{
    uint64_t hash = 14695981039346656037u;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++) {
                const uint8_t *const row = image->plane[c] + y * image->stride;
                if (image->bits == 8) {
                    hash = hash_byte(hash, row[x]);
                    continue;
                }
                const uint16_t value = ((const uint16_t *)(const void *)row)[x];
                hash = hash_byte(hash_byte(hash, (uint8_t)value), (uint8_t)(value >> 8));
            }
    return hash;
}

static size_t read_golden(const char *name, uint8_t *bytes, size_t capacity)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_FOLDER, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    memset(bytes, 0, capacity);
    const size_t size = fread(bytes, 1, capacity - TN__READ_PADDING, file);
    ck_assert_uint_lt(size, capacity - TN__READ_PADDING);
    fclose(file);
    return size;
}

typedef struct golden_line {
    char name[64], verdict[8];
    int w, h, orientation;
    char hash[N_MODES][20];
} golden_line;

static bool is_refused(tn__bytes bytes)
{
    tn__info info;
    tn_px_image out;
    if (!tn__codec_probe(bytes, NULL, MAX_PIXELS, &info))
        return true;
    return decode_into(&arena, bytes, &info, (tn_px_rect){0, 0, info.w, info.h}, TN_RGB, &out) !=
           TN_OK;
}

static void check_mode(tn__bytes bytes, const tn__info *info, const golden_line *line, int k)
{
    if (strcmp(line->hash[k], "-") == 0)
        return;
    char got[20];
    const tn_px_rect all = {0, 0, info->w, info->h};
    const tn_px_image image = decode(bytes, info, all, modes[k], line->name);
    snprintf(got, sizeof got, "%016llx", (unsigned long long)hash_of(&image));
    ck_assert_msg(strcmp(got, line->hash[k]) == 0, "%s: mode %d: %s, not %s at level %s",
                  line->name, modes[k], got, line->hash[k], tn__cpu_level_name());
}

static void check_regions(tn__bytes bytes, const tn__info *info, int32_t mode, const char *name)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(1, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    tn__arena_reset(&arena);
    const tn_px_image full = decode(bytes, info, (tn_px_rect){0, 0, info->w, info->h}, mode, name);
    const tn__arena_mark after_full = tn__arena_here(&arena);
    for (int turn = 0; turn < REGIONS; turn++) {
        tn__arena_rewind(&arena, after_full);
        const tn_px_rect need = draw_region(&draws, info->w, info->h);
        const tn_px_image part = decode(bytes, info, need, mode, name);
        const size_t value = (size_t)part.bits / 8;
        for (int32_t c = 0; c < part.channels; c++)
            for (int32_t y = 0; y < part.h; y++) {
                const uint8_t *const whole = full.plane[c] + (need.y + y) * full.stride;
                ck_assert_msg(memcmp(part.plane[c] + y * part.stride,
                                     whole + (size_t)need.x * value, (size_t)part.w * value) == 0,
                              "%s: region %d,%d %dx%d differs in row %d", name, need.x, need.y,
                              need.w, need.h, y);
            }
    }
}

/* The arena has just the memory that `scratch` allows, but no less than its smallest block. */
static void check_scratch(tn__bytes bytes, const tn__info *info, int32_t mode, const char *name)
{
    const tn__want want = {{0, 0, info->w, info->h}, mode};
    const size_t gaps = 1024; /* of an arena under AddressSanitizer */
    const size_t bound = (tn__codec_png.scratch(info, &want) + gaps) / TN_PX_ALIGN * TN_PX_ALIGN;
    const size_t most = bound > MIN_BLOCK ? bound : MIN_BLOCK;
    tn__arena tight;
    tn_px_image out;
    tn__arena_init(&tight, most, most);
    const int status = decode_into(&tight, bytes, info, want.need, mode, &out);
    ck_assert_msg(status == TN_OK, "%s: %s", name, tn_error());
    tn__arena_free(&tight);
}

static void check_golden(const golden_line *line)
{
    static uint8_t buffer[MAX_FILE];
    char file_name[80];
    snprintf(file_name, sizeof file_name, "%s.png", line->name);
    const tn__bytes bytes = {buffer, read_golden(file_name, buffer, sizeof buffer)};
    tn__info info;
    if (strcmp(line->verdict, "error") == 0) {
        ck_assert_msg(is_refused(bytes), "%s: Pillow refuses it", line->name);
        return;
    }
    ck_assert_msg(tn__codec_probe(bytes, NULL, MAX_PIXELS, &info) == &tn__codec_png, "%s: %s",
                  line->name, tn_error());
    ck_assert_int_eq(info.w, line->w);
    ck_assert_int_eq(info.h, line->h);
    ck_assert_msg(info.orientation == line->orientation, "%s: orientation %d, not %d", line->name,
                  info.orientation, line->orientation);
    for (int k = 0; k < N_MODES; k++) {
        check_mode(bytes, &info, line, k);
        if (modes[k] != TN_INDICES || info.has_palette) {
            check_regions(bytes, &info, modes[k], line->name);
            check_scratch(bytes, &info, modes[k], line->name);
        }
    }
}

START_TEST(small_files_are_as_in_pillow)
{
    static uint8_t text[MAX_TEXT];
    tn__cpu_lower(_i);
    const size_t size = read_golden("golden.txt", text, sizeof text);
    int n = 0;
    for (const char *at = (const char *)text; at < (const char *)text + size; n++) {
        golden_line line = {.w = 0};
        tn__arena_reset(&arena);
        const int n_fields = sscanf(at, "%63s %7s %d %d %d %19s %19s %19s %19s %19s", line.name,
                                    line.verdict, &line.w, &line.h, &line.orientation, line.hash[0],
                                    line.hash[1], line.hash[2], line.hash[3], line.hash[4]);
        ck_assert(strcmp(line.verdict, "error") == 0 || n_fields == 10);
        if (line.orientation < 1 || line.orientation > 8)
            line.orientation = 1;
        check_golden(&line);
        at = strchr(at, '\n') + 1;
    }
    ck_assert_int_gt(n, 250);
}
END_TEST

static const png_recipe recipes[] = {
    {"rgb", 700, 301, 8, 2, -1, 6, 65536},      {"rgb paeth", 333, 301, 8, 2, 4, 1, 8192},
    {"rgb sub", 333, 150, 8, 2, 1, 9, 300},     {"rgba", 301, 300, 8, 6, -1, 6, 8192},
    {"grey", 999, 210, 8, 0, -1, 6, 1 << 20},   {"grey stored", 999, 210, 8, 0, -1, 0, 8192},
    {"grey alpha", 501, 210, 8, 4, -1, 6, 100}, {"grey 1", 4001, 50, 1, 0, -1, 6, 8192},
    {"palette 2", 4001, 90, 2, 3, -1, 6, 8192}, {"palette 4", 801, 130, 4, 3, 0, 6, 8192},
    {"palette", 500, 375, 8, 3, 0, 6, 8192},    {"grey 16", 500, 375, 16, 0, -1, 6, 8192},
    {"rgb 16", 300, 175, 16, 2, -1, 6, 8192},   {"rgba 16", 300, 175, 16, 6, -1, 6, 8192},
    {"wide", 40000, 9, 8, 2, -1, 6, 8192},      {"high", 3, 9000, 8, 2, -1, 6, 8192},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0] };

/* The pixels of kinds that TN_KEEP keeps as they are in the file. */
static void check_pixels(const made_png *made, const png_recipe *recipe, const tn_px_image *image)
{
    const int32_t value = recipe->bits / 8;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++) {
            const uint8_t *const pixel =
                made->rows + (size_t)y * made->row_bytes + (ptrdiff_t)x * made->pixel;
            for (int32_t c = 0; c < image->channels; c++) {
                const uint8_t *const row = image->plane[c] + y * image->stride;
                const uint32_t expected =
                    value == 1 ? pixel[c] : (uint32_t)pixel[2 * c] << 8 | pixel[2 * c + 1];
                const uint32_t got = value == 1 ? row[x] : ((const uint16_t *)(const void *)row)[x];
                ck_assert_msg(got == expected, "%s: %u, not %u at %d,%d of channel %d",
                              recipe->name, got, expected, x, y, c);
            }
        }
}

START_TEST(large_files)
{
    const png_recipe *const recipe = &recipes[_i % N_RECIPES];
    made_png made = make_png(recipe);
    const tn__bytes bytes = {made.bytes, made.size};
    tn__info info;
    tn__cpu_lower(_i / N_RECIPES);
    ck_assert_msg(tn__codec_probe(bytes, NULL, MAX_PIXELS, &info) != NULL, "%s", tn_error());
    ck_assert(info.w == recipe->w && info.h == recipe->h);
    const int32_t samples = made.pixel / (recipe->bits / 8 ? recipe->bits / 8 : 1);
    if (recipe->bits >= 8 && recipe->colour != 3 && info.channels == samples) {
        const tn_px_rect all = {0, 0, info.w, info.h};
        const tn_px_image image = decode(bytes, &info, all, TN_KEEP, recipe->name);
        check_pixels(&made, recipe, &image);
    }
    for (int k = 0; k < N_MODES; k++)
        if (modes[k] != TN_INDICES || info.has_palette) {
            check_regions(bytes, &info, modes[k], recipe->name);
            check_scratch(bytes, &info, modes[k], recipe->name);
        }
    free_png(&made);
}
END_TEST

/* Damage below a region does not matter to it. A region that reaches the last row needs all. */
START_TEST(stops_after_the_last_row)
{
    const png_recipe recipe = {"cut", 200, 200, 8, 2, -1, 6, 4096};
    made_png made = make_png(&recipe);
    const tn__bytes bytes = {made.bytes, made.size};
    tn__info info;
    tn_px_image out;
    ck_assert(tn__codec_probe(bytes, NULL, MAX_PIXELS, &info) != NULL);
    const tn_px_rect top = {30, 10, 50, 60}, bottom = {30, 150, 50, 50}, last = {0, 199, 1, 1};
    const tn_px_image before = decode(bytes, &info, top, TN_RGB, "whole");
    const uint64_t expected = hash_of(&before);
    memset(made.bytes + made.size * 3 / 4, 0xFF, made.size / 4);
    const tn_px_image after = decode(bytes, &info, top, TN_RGB, "damaged");
    ck_assert(hash_of(&after) == expected);
    ck_assert_int_eq(decode_into(&arena, bytes, &info, bottom, TN_RGB, &out), TN_EDECODE);
    ck_assert_int_eq(decode_into(&arena, bytes, &info, last, TN_RGB, &out), TN_EDECODE);
    const tn__bytes half = {made.bytes, made.size / 2};
    ck_assert_int_eq(decode_into(&arena, half, &info, top, TN_RGB, &out), TN_OK);
    ck_assert_int_eq(decode_into(&arena, half, &info, bottom, TN_RGB, &out), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "truncated PNG"), "%s", tn_error());
    free_png(&made);
}
END_TEST

/* Every length of a file, in an exact allocation: AddressSanitizer sees reads after its padding. */
START_TEST(cut_anywhere)
{
    const png_recipe recipe = {"cut", 20, 9, 8, 3, -1, 6, 100};
    made_png made = make_png(&recipe);
    for (size_t n = 0; n < made.size; n++) {
        const tn__bytes copy = copy_of(made.bytes, n);
        tn__arena_reset(&arena);
        const bool refused = is_refused(copy);
        ck_assert(refused || n >= made.size - 24); /* IEND, checksums, end of the stream */
        drop(copy);
    }
    free_png(&made);
}
END_TEST

/* A failure says where it is, and a file that ends early is decoded with damage. */
START_TEST(troubles)
{
    const png_recipe recipe = {"trouble", 200, 200, 8, 2, -1, 6, 4096};
    made_png made = make_png(&recipe);
    const tn__bytes half = {made.bytes, made.size / 2};
    tn__info info;
    ck_assert(tn__codec_probe(half, NULL, MAX_PIXELS, &info) != NULL);
    tn__trouble trouble = {.byte = -1, .row = -1};
    tn__access access = {.trouble = &trouble};
    const tn__want want = {{0, 0, 200, 200}, TN_RGB};
    tn_px_image out;
    int32_t damage;
    ck_assert_int_eq(
        tn__codec_decode(&tn__codec_png, half, &access, &info, &want, &arena, &out, &damage),
        TN_EDECODE);
    ck_assert_int_eq(trouble.byte, (int64_t)half.size);
    ck_assert_int_gt(trouble.row, 60);
    ck_assert_int_lt(trouble.row, 140);
    ck_assert_str_eq(trouble.what, tn_error());
    free_png(&made);
    static uint8_t buffer[MAX_FILE];
    const tn__bytes early = {buffer, read_golden("half_the_rows.png", buffer, sizeof buffer)};
    ck_assert(tn__codec_probe(early, NULL, MAX_PIXELS, &info) != NULL);
    const tn__want all = {{0, 0, info.w, info.h}, TN_RGB};
    ck_assert_int_eq(
        tn__codec_decode(&tn__codec_png, early, &access, &info, &all, &arena, &out, &damage),
        TN_OK);
    ck_assert_int_eq(damage, 1);
    ck_assert_int_eq(trouble.row, 2);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("png");
    TCase *const cases = tcase_create("png");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 300); /* sanitizers are slow */
    tcase_add_loop_test(cases, small_files_are_as_in_pillow, 0, TN__CPU_LEVELS);
    tcase_add_loop_test(cases, large_files, 0, N_RECIPES * TN__CPU_LEVELS);
    tcase_add_test(cases, stops_after_the_last_row);
    tcase_add_test(cases, cut_anywhere);
    tcase_add_test(cases, troubles);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
