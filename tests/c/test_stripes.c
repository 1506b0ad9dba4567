/* SPDX-License-Identifier: MIT */
/* Checks striped images: every mode and region has the pixels of the file at every level, files
 * that would differ are declined, and no damage goes unseen. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/rng.h"
#include "codec/codec.h"
#include "codec/rows.h"
#include "codec/stripes/make.h"
#include "codec/stripes/record.h"
#include "codec/stripes/stripes.h"
#include "cpu/checksum.h"
#include "cpu/level.h"
#include "draw_region.h"
#include "make_png.h"
#include "suite.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 24, REGIONS = 8, MAX_FILE = 1 << 20, MIN_BLOCK = 1 << 20 };

static const int32_t layouts[] = {TN_PACK_FAST, TN_PACK_SMALL};
static const int32_t modes[] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP, TN_INDICES};
enum { N_MODES = sizeof modes / sizeof modes[0] };

static tn__arena arena;

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 24, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
}

/* Copies bytes to an allocation that ends after the zeros which codecs may read. */
static tn__bytes copy_of(const void *bytes, size_t size)
{
    uint8_t *const copy = calloc(1, size + TN__READ_PADDING);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    return (tn__bytes){copy, size};
}

static void drop(tn__bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* Returns the file's record, or no bytes if the file is declined. */
static tn__bytes record_of(tn__bytes file, int32_t layout)
{
    tn__blob out = {0};
    tn__arena_reset(&arena);
    const int status = tn__stripes_make(file, layout, &arena, &out);
    ck_assert_msg(status == TN_OK || status == TN__NOT_MINE, "%s", tn_error());
    const tn__bytes record = status == TN_OK ? copy_of(out.bytes, out.size) : (tn__bytes){0};
    tn__blob_free(&out);
    return record;
}

static int decode(tn__bytes bytes, tn_px_rect need, int32_t mode, tn__arena *memory,
                  tn_px_image *out)
{
    tn__info info;
    int32_t damage;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (!codec)
        return tn__error_last()->code;
    if (need.w == 0)
        need = (tn_px_rect){0, 0, info.w, info.h};
    const tn__want want = {need, mode};
    return tn__codec_decode(codec, bytes, NULL, &info, &want, memory, out, &damage);
}

static bool are_same(const tn_px_image *a, const tn_px_image *b)
{
    bool same = a->w == b->w && a->h == b->h && a->channels == b->channels && a->bits == b->bits &&
                a->x0 == b->x0 && a->y0 == b->y0;
    for (int32_t c = 0; same && c < a->channels; c++)
        for (int32_t y = 0; same && y < a->h; y++)
            same = memcmp(a->plane[c] + y * a->stride, b->plane[c] + y * b->stride,
                          (size_t)a->w * (size_t)(a->bits / 8)) == 0;
    return same;
}

static void check_regions(tn__bytes file, tn__bytes record, const tn__info *info, int32_t mode,
                          const char *name)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(3, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    for (int turn = 0; turn < REGIONS; turn++) {
        tn_px_image expected = {0}, got = {0};
        const tn_px_rect need = turn == 0 ? (tn_px_rect){0, 0, info->w, info->h}
                                          : draw_region(&draws, info->w, info->h);
        tn__arena_reset(&arena);
        ck_assert_int_eq(decode(file, need, mode, &arena, &expected), TN_OK);
        ck_assert_msg(decode(record, need, mode, &arena, &got) == TN_OK, "%s: %s", name,
                      tn_error());
        ck_assert_msg(are_same(&got, &expected), "%s: mode %d, level %s, region %d,%d %dx%d", name,
                      mode, tn__cpu_level_name(), need.x, need.y, need.w, need.h);
    }
}

/* The arena has just the memory that `scratch` allows, but no less than its smallest block. */
static void check_scratch(tn__bytes record, int32_t mode, const char *name)
{
    tn__info info;
    tn_px_image out;
    tn__arena tight;
    ck_assert_ptr_eq(tn__codec_probe(record, NULL, MAX_PIXELS, &info), &tn__codec_stripes);
    const tn__want want = {{0, 0, info.w, info.h}, mode};
    const size_t gaps = 1024; /* of an arena under AddressSanitizer */
    const size_t bound =
        (tn__codec_stripes.scratch(&info, &want) + gaps) / TN_PX_ALIGN * TN_PX_ALIGN;
    const size_t most = bound > MIN_BLOCK ? bound : MIN_BLOCK;
    tn__arena_init(&tight, most, most);
    ck_assert_msg(decode(record, want.need, mode, &tight, &out) == TN_OK, "%s: %s", name,
                  tn_error());
    tn__arena_free(&tight);
}

static void check_info(tn__bytes file, tn__bytes record, tn__info *info, const char *name)
{
    tn__info other;
    ck_assert_ptr_nonnull(tn__codec_probe(file, NULL, MAX_PIXELS, info));
    ck_assert_ptr_nonnull(tn__codec_probe(record, NULL, MAX_PIXELS, &other));
    ck_assert_msg(
        other.w == info->w && other.h == info->h && other.channels == info->channels &&
            other.bits == info->bits && other.file_channels == info->file_channels &&
            other.file_bits == info->file_bits && other.has_palette == info->has_palette &&
            other.progressive == info->progressive && other.orientation == info->orientation &&
            strcmp(other.format, info->format) == 0,
        "%s: other facts", name);
}

static void check_record(tn__bytes file, tn__bytes record, const char *name)
{
    tn__info info;
    check_info(file, record, &info, name);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        for (int m = 0; m < N_MODES; m++) {
            if (tn__info_check_mode(&info, modes[m]) != TN_OK)
                continue;
            check_regions(file, record, &info, modes[m], name);
            check_scratch(record, modes[m], name);
        }
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}

/* The kind of the file's record; 0: the file was declined. */
static int32_t check_file(tn__bytes file, int32_t layout, const char *name)
{
    const tn__bytes record = record_of(file, layout);
    const int32_t kind = record.data ? record.data[TN__STRIPES_KIND] : 0;
    if (kind != 0)
        check_record(file, record, name);
    drop(record);
    return kind;
}

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

static tn__bytes read_golden(const char *name)
{
    static uint8_t bytes[MAX_FILE];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_FOLDER, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return copy_of(bytes, size);
}

START_TEST(test_golden_files)
{
    DIR *const folder = opendir(GOLDEN_FOLDER);
    int n_packed = 0, n_declined = 0;
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!strstr(entry->d_name, ".png"))
            continue;
        const tn__bytes file = read_golden(entry->d_name);
        const bool packed = check_file(file, TN_PACK_FAST, entry->d_name) != 0;
        if (!packed && getenv("SHOW"))
            printf("declined: %s\n", entry->d_name);
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
    tcase_add_loop_test(tests, test_damage, 0, 2);
    tcase_add_test(tests, test_any_head);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
