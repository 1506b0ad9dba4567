/* SPDX-License-Identifier: MIT */
/* Checks the codecs of BMP, GIF, PNM and QOI against Pillow's results for plain, odd and broken
 * files (tests/golden/make_small_formats.py): verdicts, pixels in each mode, regions, memory. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/poison.h"
#include "base/rng.h"
#include "codec/codec.h"
#include "draw_region.h"
#include "suite.h"
#include "tench.h"

static const int32_t modes[] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP, TN_INDICES};
enum { N_MODES = sizeof modes / sizeof modes[0], REGIONS = 8, MAX_PIXELS = 1 << 20 };

static const struct {
    const char *name, *file;
    int32_t w, h;           /* 0: Pillow refuses the file */
    uint64_t hash[N_MODES]; /* 0: the mode does not take the file, or is not Pillow's */
} cases[] = {
#include "../golden/small_formats.inc"
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

static tn__arena arena;

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 20, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
}

/* Copies the first `size` bytes of a file to an exact allocation, so that ASan sees every read
 * beyond the bytes that may follow. */
static tn__bytes copy_of(const char *hex, size_t size)
{
    uint8_t *const bytes = calloc(1, size + TN__READ_PADDING);
    for (size_t k = 0; k < size; k++) {
        const char digits[3] = {hex[2 * k], hex[2 * k + 1]};
        bytes[k] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return (tn__bytes){bytes, size};
}

static tn__bytes file_of(const char *hex)
{
    return copy_of(hex, strlen(hex) / 2);
}

static void release(tn__bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static int decode(const tn__codec *codec, tn__bytes bytes, const tn__info *info, tn_px_rect need,
                  int32_t mode, tn_px_image *out)
{
    const tn__want want = {need, mode};
    int32_t damage = -1;
    const int status = tn__codec_decode(codec, bytes, NULL, info, &want, &arena, out, &damage);
    if (status == TN_OK) {
        ck_assert_int_eq(damage, 0);
        ck_assert(out->x0 == need.x && out->y0 == need.y && out->w == need.w && out->h == need.h);
        ck_assert_int_eq(out->channels, tn__info_channels(info, mode));
        ck_assert_int_eq(out->bits, tn__info_bits(info, mode));
    }
    return status;
}

static tn_px_rect whole(const tn__info *info)
{
    return (tn_px_rect){0, 0, info->w, info->h};
}

static const uint8_t *value_at(const tn_px_image *image, int32_t x, int32_t y, int32_t c)
{
    return image->plane[c] + y * image->stride + (ptrdiff_t)x * (image->bits / 8);
}

/* FNV-1a of the values, pixel after pixel. Those of 16 bits begin with the low byte. */
static uint64_t hash_of(const tn_px_image *image)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++) {
                const uint8_t *const at = value_at(image, x, y, c);
                uint16_t value = *at;
                if (image->bits == 16)
                    memcpy(&value, at, sizeof value);
                hash = (hash ^ (value & 255)) * 0x100000001B3u;
                if (image->bits == 16)
                    hash = (hash ^ value >> 8) * 0x100000001B3u;
            }
    return hash;
}

static void check_regions(const tn__codec *codec, tn__bytes bytes, const tn__info *info,
                          int32_t mode, const tn_px_image *full, const char *name)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(1, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    for (int k = 0; k < REGIONS; k++) {
        const tn_px_rect need = draw_region(&draws, info->w, info->h);
        tn_px_image part;
        const tn__arena_mark mark = tn__arena_here(&arena);
        ck_assert_msg(decode(codec, bytes, info, need, mode, &part) == TN_OK, "%s: %s", name,
                      tn_error());
        for (int32_t c = 0; c < part.channels; c++)
            for (int32_t y = 0; y < need.h; y++)
                ck_assert_msg(memcmp(value_at(&part, 0, y, c),
                                     value_at(full, need.x, need.y + y, c),
                                     (size_t)need.w * (size_t)(part.bits / 8)) == 0,
                              "%s: mode %d, region %d,%d %dx%d, row %d", name, mode, need.x, need.y,
                              need.w, need.h, y);
        tn__arena_rewind(&arena, mark);
    }
}

static void check_mode(const tn__codec *codec, tn__bytes bytes, const tn__info *info, int k, int m)
{
    tn_px_image image;
    tn__arena_reset(&arena);
    const int status = decode(codec, bytes, info, whole(info), modes[m], &image);
    if (cases[k].hash[m] == 0 && modes[m] == TN_INDICES) {
        ck_assert_msg(status == TN_EDECODE, "%s: has indices", cases[k].name);
        return;
    }
    ck_assert_msg(status == TN_OK, "%s: mode %d: %s", cases[k].name, modes[m], tn_error());
    if (cases[k].hash[m])
        ck_assert_msg(hash_of(&image) == cases[k].hash[m], "%s: mode %d: other pixels",
                      cases[k].name, modes[m]);
    check_regions(codec, bytes, info, modes[m], &image, cases[k].name);
}

static void check_case(int k)
{
    const tn__bytes bytes = file_of(cases[k].file);
    tn__info info;
    tn_px_image image;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (cases[k].w == 0) {
        const int status =
            codec ? decode(codec, bytes, &info, whole(&info), TN_RGB, &image) : TN_EDECODE;
        ck_assert_msg(status == TN_EDECODE, "%s: decodes, or %s", cases[k].name, tn_error());
        release(bytes);
        return;
    }
    ck_assert_msg(codec != NULL, "%s: %s", cases[k].name, codec ? "" : tn_error());
    ck_assert_msg(info.w == cases[k].w && info.h == cases[k].h, "%s: %dx%d", cases[k].name, info.w,
                  info.h);
    for (int m = 0; m < N_MODES; m++)
        check_mode(codec, bytes, &info, k, m);
    release(bytes);
}

START_TEST(files_are_read_as_pillow_reads_them)
{
    for (int k = 0; k < N_CASES; k++)
        check_case(k);
}
END_TEST

/* A file that ends anywhere decodes or is refused. Sanitizers see a wrong access. */
START_TEST(cut_files_are_safe)
{
    for (int k = 0; k < N_CASES; k++) {
        const size_t size = strlen(cases[k].file) / 2, step = 1 + size / 200;
        for (size_t cut = 0; cut < size; cut += step) {
            const tn__bytes bytes = copy_of(cases[k].file, cut);
            tn__info info;
            tn_px_image image;
            tn__arena_reset(&arena);
            const tn__codec *const codec = tn__codec_probe(bytes, NULL, 4096, &info);
            const int status = codec ? decode(codec, bytes, &info, whole(&info), TN_KEEP, &image)
                                     : tn__error_last()->code;
            ck_assert_msg(status == TN_OK || status == TN_EDECODE || status == TN_ELIMIT,
                          "%s cut at %zu: %s", cases[k].name, cut, tn_error());
            release(bytes);
        }
    }
}
END_TEST

static size_t used(void)
{
    return tn__arena_here(&arena).used;
}

/* A block of the arena has at least 1 MiB, so its use is measured. For ASan the arena leaves gaps.
 */
START_TEST(scratch_is_an_upper_bound)
{
    const size_t gaps = TN__HAS_ASAN ? (size_t)8 * TN_PX_ALIGN : 0;
    for (int k = 0; k < N_CASES; k++) {
        const tn__bytes bytes = file_of(cases[k].file);
        tn__info info;
        tn_px_image image;
        tn__arena_reset(&arena);
        const tn__codec *const codec =
            cases[k].w ? tn__codec_probe(bytes, NULL, MAX_PIXELS, &info) : NULL;
        for (int m = 0; codec && m < N_MODES - 1; m++) {
            const tn__want want = {whole(&info), modes[m]};
            const tn__arena_mark mark = tn__arena_here(&arena);
            const size_t before = used();
            ck_assert_int_eq(decode(codec, bytes, &info, want.need, want.mode, &image), TN_OK);
            ck_assert_msg(used() - before <= codec->scratch(&info, &want) + gaps,
                          "%s: mode %d took %zu bytes", cases[k].name, modes[m], used() - before);
            tn__arena_rewind(&arena, mark);
        }
        release(bytes);
    }
}
END_TEST

/* Pillow shows the colours of the file's palette here, but gives the greys in the mode L. */
START_TEST(a_frame_of_greys_needs_no_colours)
{
    static const char palette[] = "474946383961020001008000000a141e28323c",
                      greys[] = "2c00000000020001008000000001010102020c0a003b";
    char file[256];
    snprintf(file, sizeof file, "%s%s", palette, greys);
    const tn__bytes bytes = file_of(file);
    tn__info info;
    tn_px_image image;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    ck_assert_ptr_nonnull(codec);
    ck_assert_msg(decode(codec, bytes, &info, whole(&info), TN_RGB, &image) == TN_OK, "%s",
                  tn_error());
    ck_assert_int_eq(info.channels, 1);
    for (int32_t c = 0; c < 3; c++)
        for (int32_t x = 0; x < 2; x++)
            ck_assert_int_eq(*value_at(&image, x, 0, c), 1 - x);
    release(bytes);
}
END_TEST

/* A source may read a file in two parts, so that its header is read twice. */
START_TEST(a_file_that_changes_is_refused)
{
    tn_px_image image;
    tn__info info;
    const tn__bytes first = file_of("50350a3420340a3235350a"),
                    second = file_of("50350a3420330a3235350a");
    const tn__codec *const codec = tn__codec_probe(first, NULL, MAX_PIXELS, &info);
    ck_assert_ptr_nonnull(codec);
    ck_assert_int_eq(decode(codec, second, &info, whole(&info), TN_RGB, &image), TN_EDECODE);
    ck_assert_str_eq(tn_error(), "PNM whose header changed while it was read");
    release(first);
    release(second);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("small_formats");
    TCase *const tcase = tcase_create("small_formats");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, files_are_read_as_pillow_reads_them);
    tcase_add_test(tcase, cut_files_are_safe);
    tcase_add_test(tcase, scratch_is_an_upper_bound);
    tcase_add_test(tcase, a_frame_of_greys_needs_no_colours);
    tcase_add_test(tcase, a_file_that_changes_is_refused);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
