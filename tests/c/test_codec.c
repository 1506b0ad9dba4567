/* SPDX-License-Identifier: MIT */
/* Checks codecs: which files they recognise, regions against full decodes, and small files against
 * Pillow's results (tests/golden/make_jpegs.py). */
#include <check.h>

#include "base/error.h"
#include "base/rng.h"
#include "codec/codec.h"
#include "codec/describe.h"
#include "codec/jpeg/baseline.h"
#include "codec/jpeg/frame.h"
#include "draw_region.h"
#include "make_jpeg.h"
#include "suite.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 20, REGIONS = 60 };

static const int32_t modes[] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP};
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

static tn__info probe(tn__bytes bytes)
{
    tn__info info;
    ck_assert_msg(tn__codec_probe(bytes, NULL, MAX_PIXELS, &info) != NULL, "%s", tn_error());
    return info;
}

static tn_px_image decode(tn__bytes bytes, const tn__info *info, tn_px_rect need, int32_t mode)
{
    const tn__want want = {need, mode};
    tn_px_image out = {0};
    int32_t damage = -1;
    const int status =
        tn__codec_decode(&tn__codec_baseline, bytes, NULL, info, &want, &arena, &out, &damage);
    ck_assert_msg(status == TN_OK, "%s", tn_error());
    ck_assert_int_ge(damage, 0);
    ck_assert(out.x0 == need.x && out.y0 == need.y && out.w == need.w && out.h == need.h);
    ck_assert_int_eq(out.channels, tn__info_channels(info, mode));
    ck_assert_int_eq(out.bits, 8);
    return out;
}

static void check_same(const tn_px_image *region, const tn_px_image *full, const char *name)
{
    for (int32_t c = 0; c < region->channels; c++)
        for (int32_t y = 0; y < region->h; y++) {
            const uint8_t *const got = region->plane[c] + y * region->stride;
            const uint8_t *const expected =
                full->plane[c] + (region->y0 + y) * full->stride + region->x0;
            ck_assert_msg(memcmp(got, expected, (size_t)region->w) == 0,
                          "%s: region %d,%d %dx%d differs in row %d of plane %d", name, region->x0,
                          region->y0, region->w, region->h, y, c);
        }
}

static void check_regions(tn__bytes bytes, int32_t mode, const char *name)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(1, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    const tn__info info = probe(bytes);
    for (int turn = 0; turn < REGIONS; turn++) {
        tn__arena_reset(&arena);
        const tn_px_image full = decode(bytes, &info, (tn_px_rect){0, 0, info.w, info.h}, mode);
        const tn_px_image region = decode(bytes, &info, draw_region(&draws, info.w, info.h), mode);
        check_same(&region, &full, name);
    }
}

static const jpeg_recipe recipes[] = {
    {.name = "4:4:4", YCC(77, 45, 11)},
    {.name = "4:2:2", YCC(77, 45, 21, 11, 11)},
    {.name = "4:2:0", YCC(77, 75, 22, 11, 11)},
    {.name = "4:2:0 even", YCC(96, 96, 0)},
    {.name = "4:4:0", YCC(77, 75, 12, 11, 11)},
    {.name = "4:1:1", YCC(99, 45, 41, 11, 11)},
    {.name = "4:1:0", YCC(99, 45, 42, 11, 11)},
    {.name = "1x4", YCC(45, 99, 14, 11, 11)},
    {.name = "3x1", YCC(77, 45, 31, 11, 11)},
    {.name = "mixed", YCC(77, 75, 22, 21, 12)},
    {.name = "chroma finer", YCC(77, 75, 11, 22, 11)},
    {.name = "one pixel", YCC(1, 1, 0)},
    {.name = "narrow", YCC(3, 90, 0)},
    {.name = "17 wide", YCC(17, 90, 0)},
    {.name = "18 wide", YCC(18, 17, 0)},
    {.name = "low", YCC(90, 2, 0)},
    {.name = "restarts", YCC(77, 75, 0), .restart = 3},
    {.name = "progressive", YCC(77, 75, 0), .progressive = TRUE},
    {.name = "progressive 4:4:4", YCC(77, 75, 11), .progressive = TRUE, .restart = 5},
    {.name = "separate scans", YCC(77, 75, 0), .separate = TRUE},
    {.name = "arithmetic", YCC(77, 75, 0), .arithmetic = TRUE},
    {.name = "RGB", .w = 77, .h = 45, .channels = 3, .space = JCS_RGB},
    {.name = "grey", .w = 77, .h = 45, .channels = 1, .space = JCS_GRAYSCALE},
    {.name = "grey 2x2", .w = 77, .h = 45, .channels = 1, .space = JCS_GRAYSCALE, .sampling = {22}},
    {.name = "grey progressive",
     .w = 77,
     .h = 45,
     .channels = 1,
     .space = JCS_GRAYSCALE,
     .progressive = TRUE},
    {.name = "CMYK", .w = 77, .h = 45, .channels = 4, .space = JCS_CMYK},
    {.name = "YCCK", .w = 77, .h = 75, .channels = 4, .space = JCS_YCCK},
    {.name = "YCCK progressive",
     .w = 77,
     .h = 75,
     .channels = 4,
     .space = JCS_YCCK,
     .progressive = TRUE},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0] };

START_TEST(regions_equal_the_full_decode)
{
    const jpeg_recipe *const recipe = &recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    const tn__bytes bytes = {file.bytes, file.size};
    const tn__info info = probe(bytes);
    ck_assert_int_eq(info.w, recipe->w);
    ck_assert_int_eq(info.h, recipe->h);
    ck_assert_int_eq(info.file_channels, recipe->channels);
    ck_assert_int_eq(info.channels, recipe->channels == 1 ? 1 : 3);
    ck_assert_int_eq(info.bits, 8);
    ck_assert_int_eq(info.progressive, recipe->progressive || recipe->separate);
    ck_assert_int_eq(info.own[TN__JPEG_COEFFICIENT_BYTES] > 0, info.progressive);
    for (int m = 0; m < N_MODES; m++)
        check_regions(bytes, modes[m], recipe->name);
    free(file.bytes);
}
END_TEST

/* 64-bit FNV-1a over interleaved pixels, as in the script. */
static uint64_t hash_pixels(const tn_px_image *image)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++)
                hash = (hash ^ image->plane[c][y * image->stride + x]) * 0x100000001b3u;
    return hash;
}

static size_t read_golden(const char *name, uint8_t *bytes, size_t capacity)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_FOLDER, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    const size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    ck_assert_uint_lt(size, capacity);
    return size;
}

/* Decodes everything, and returns the verdict. */
static int decode_all(tn__bytes bytes, int32_t mode, tn__info *info, tn_px_image *out)
{
    int32_t damage = 0;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, info);
    if (!codec)
        return tn__error_last()->code;
    const tn__want want = {{0, 0, info->w, info->h}, mode};
    return tn__codec_decode(codec, bytes, NULL, info, &want, &arena, out, &damage);
}

static void check_golden(const char *line)
{
    static uint8_t buffer[1 << 16];
    char name[64], verdict[16], file_name[80];
    int w = 0, h = 0, orientation = 0;
    unsigned long long hashes[2] = {0};
    ck_assert_int_eq(sscanf(line, "%63s %15s %d %d %d %llx %llx", name, verdict, &w, &h,
                            &orientation, &hashes[0], &hashes[1]),
                     7);
    snprintf(file_name, sizeof file_name, "%s.jpg", name);
    const tn__bytes bytes = {buffer, read_golden(file_name, buffer, sizeof buffer)};
    for (int m = 0; m < 2; m++) {
        tn__info info = {0};
        tn_px_image image = {0};
        tn__arena_reset(&arena);
        const int status = decode_all(bytes, modes[m], &info, &image);
        ck_assert_msg((status == TN_OK) == (strcmp(verdict, "ok") == 0), "%s: %s, but status %d %s",
                      name, verdict, status, status ? tn_error() : "");
        if (status != TN_OK)
            continue;
        ck_assert_msg(info.w == w && info.h == h && info.orientation == orientation,
                      "%s: %dx%d, orientation %d", name, info.w, info.h, info.orientation);
        ck_assert_msg(hash_pixels(&image) == hashes[m], "%s: pixels differ from Pillow's", name);
    }
}

START_TEST(small_files_equal_pillow)
{
    char text[1 << 14];
    const size_t size = read_golden("golden.txt", (uint8_t *)text, sizeof text);
    text[size] = '\0';
    int n_files = 0;
    char *rest = text;
    for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        check_golden(line);
        n_files++;
    }
    ck_assert_int_gt(n_files, 40);
}
END_TEST

static tn__bytes text_bytes(const char *text)
{
    return (tn__bytes){(const uint8_t *)text, strlen(text)};
}

static const char *const unknown[][2] = {
    {"", "empty file"},
    {"%PDF-1.4", "not an image that this build can read: a PDF file"},
    {"GIF88a", "not an image that this build can read: a GIF file of an unknown version"},
    {"P7\nWIDTH 1\n", "not an image that this build can read: a PAM file"},
    {"  <!DOCTYPE HTML>", "not an image that this build can read: text/HTML"},
    {"hello", "not an image that this build can read: text"},
    {"\x76\x2f\x31\x01\x02", "not an image that this build can read: an OpenEXR file"},
    {"#?RADIANCE\n", "not an image that this build can read: a Radiance HDR file"},
    {"SIMPLE  =   T", "not an image that this build can read: a FITS file"},
    {"\xff\xd8", "not an image that this build can read: unknown (bytes ff d8)"},
    {"\x01\x02\x03\x04\x05", "not an image that this build can read: unknown (bytes 01 02 03 04)"},
};

/* Beginnings of a Targa file without a name or a palette, and of a file with one cursor. */
START_TEST(a_targa_file_is_no_cursor)
{
    static const struct {
        uint8_t bytes[18];
        const char *name;
    } cases[] = {{{0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 0, 24, 0}, "a Targa file"},
                 {{0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 0, 32, 8}, "a Targa file"},
                 {{0, 0, 2, 0, 1, 0, 32, 32, 0, 0, 0, 0, 0, 0, 22, 0, 0, 0}, "a cursor file"}};
    char text[TN__DESCRIBE_BYTES];
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        tn__describe((tn__bytes){cases[k].bytes, sizeof cases[k].bytes}, text);
        ck_assert_str_eq(text, cases[k].name);
    }
}
END_TEST

START_TEST(unknown_bytes_are_described)
{
    ck_assert_ptr_null(tn__codec_find(text_bytes(unknown[_i][0])));
    ck_assert_int_eq(tn__error_last()->code, TN_EDECODE);
    ck_assert_str_eq(tn__error_last()->message, unknown[_i][1]);
}
END_TEST

START_TEST(a_signature_can_lie_after_other_bytes)
{
    uint8_t dicom[132] = {[128] = 'D', [129] = 'I', [130] = 'C', [131] = 'M'};
    ck_assert_ptr_null(tn__codec_find((tn__bytes){dicom, sizeof dicom}));
    ck_assert_str_eq(tn_error(), "not an image that this build can read: a DICOM file");
    ck_assert_ptr_null(tn__codec_find((tn__bytes){dicom, sizeof dicom - 1}));
    ck_assert_str_ne(tn_error(), "not an image that this build can read: a DICOM file");
}
END_TEST

START_TEST(sizes_are_limited_before_anything_is_allocated)
{
    const jpeg_recipe recipe = {
        .w = 40, .h = 30, .channels = 3, .space = JCS_YCbCr, .progressive = TRUE};
    const jpeg_file file = make_jpeg(&recipe);
    const tn__bytes bytes = {file.bytes, file.size};
    tn__info info;
    ck_assert_ptr_nonnull(tn__codec_probe(bytes, NULL, 1200, &info));
    ck_assert_ptr_null(tn__codec_probe(bytes, NULL, 1199, &info));
    ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
    ck_assert_str_eq(tn_error(), "40x30 = 1200 pixels: more than the limit of 1199");
    free(file.bytes);
}
END_TEST

START_TEST(two_channels_are_refused)
{
    const jpeg_recipe recipe = {.w = 8, .h = 8, .channels = 2, .space = JCS_UNKNOWN};
    const jpeg_file file = make_jpeg(&recipe);
    tn__info info;
    ck_assert_ptr_null(
        tn__codec_probe((tn__bytes){file.bytes, file.size}, NULL, MAX_PIXELS, &info));
    ck_assert_int_eq(tn__error_last()->code, TN_EDECODE);
    free(file.bytes);
}
END_TEST

START_TEST(a_region_outside_of_the_image_is_refused)
{
    static const tn_px_rect outside[] = {{0, 0, 9, 8}, {0, 0, 8, 9},  {8, 0, 1, 1}, {-1, 0, 2, 2},
                                         {0, 0, 0, 1}, {0, 0, 1, -1}, {0, 7, 1, 2}, {1, 0, 8, 1}};
    const jpeg_recipe recipe = {.w = 8, .h = 8, .channels = 1, .space = JCS_GRAYSCALE};
    const jpeg_file file = make_jpeg(&recipe);
    const tn__bytes bytes = {file.bytes, file.size};
    const tn__info info = probe(bytes);
    const tn__want want = {outside[_i], TN_RGB};
    tn_px_image out;
    int32_t damage;
    ck_assert_int_eq(
        tn__codec_decode(&tn__codec_baseline, bytes, NULL, &info, &want, &arena, &out, &damage),
        TN_EINVAL);
    free(file.bytes);
}
END_TEST

/* CIFAR's order: all reds, all greens, all blues. Caffe's is blue, green, red. */
START_TEST(raw_pixels_are_read_as_the_hint_says)
{
    uint8_t file[2 * 3 * 3 + TN__READ_PADDING] = {0};
    for (int k = 0; k < 18; k++)
        file[k] = (uint8_t)(10 * k + 1);
    const tn__bytes bytes = {file, 18};
    const bool planar = _i & 1, bgr = _i & 2;
    const tn__hint hint = {.w = 2, .h = 3, .channels = 3, .planar = planar, .bgr = bgr};
    tn__info info;
    const tn__codec *const codec = tn__codec_probe(bytes, &hint, 6, &info);
    ck_assert_ptr_nonnull(codec);
    ck_assert_str_eq(info.format, "raw");
    const tn__want want = {{1, 1, 1, 2}, TN_RGBA};
    tn_px_image out;
    int32_t damage;
    ck_assert_int_eq(tn__codec_decode(codec, bytes, NULL, &info, &want, &arena, &out, &damage),
                     TN_OK);
    ck_assert(out.x0 == 1 && out.y0 == 1 && out.w == 1 && out.h == 2 && out.channels == 4);
    for (int32_t c = 0; c < 3; c++)
        for (int32_t y = 0; y < 2; y++) {
            const int32_t pixel = 2 * (1 + y) + 1, stored = bgr ? 2 - c : c;
            const int32_t at = planar ? 6 * stored + pixel : 3 * pixel + stored;
            ck_assert_uint_eq(out.plane[c][y * out.stride], file[at]);
            ck_assert_uint_eq(out.plane[3][y * out.stride], 255);
        }
    const tn__bytes cut = {file, 17};
    ck_assert_int_eq(tn__codec_decode(codec, cut, NULL, &info, &want, &arena, &out, &damage),
                     TN_EDECODE);
    ck_assert_str_eq(tn_error(), "raw pixels of 2x3 with 3 channels have 18 bytes, not 17");
}
END_TEST

START_TEST(hints_are_checked)
{
    static const tn__hint wrong[] = {{.w = 0, .h = 3, .channels = 3},
                                     {.w = 2, .h = -1, .channels = 3},
                                     {.w = 2, .h = 3, .channels = 2},
                                     {.w = 2, .h = 4, .channels = 1}};
    tn__info info;
    ck_assert_ptr_null(tn__codec_probe((tn__bytes){0}, &wrong[_i], 7, &info));
    ck_assert_int_eq(tn__error_last()->code, _i < 3 ? TN_EDECODE : TN_ELIMIT);
}
END_TEST

START_TEST(colours_have_no_indices)
{
    const jpeg_recipe recipe = {
        .w = 8, .h = 8, .channels = _i ? 3 : 1, .space = _i ? JCS_YCbCr : JCS_GRAYSCALE};
    const jpeg_file file = make_jpeg(&recipe);
    const tn__bytes bytes = {file.bytes, file.size};
    tn__info info;
    tn_px_image grey = {0}, index = {0};
    ck_assert_int_eq(decode_all(bytes, TN_GREY, &info, &grey), TN_OK);
    const int status = decode_all(bytes, TN_INDICES, &info, &index);
    ck_assert_int_eq(status, _i ? TN_EDECODE : TN_OK);
    if (_i) {
        ck_assert_ptr_nonnull(strstr(tn_error(), "jpeg file with 3 channels of 8 bits"));
    } else {
        ck_assert(grey.plane[0] && index.plane[0]);
        check_same(&index, &grey, "index");
    }
    free(file.bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("codec");
    TCase *const find = tcase_create("find");
    tcase_add_checked_fixture(find, set_up, tear_down);
    tcase_add_loop_test(find, unknown_bytes_are_described, 0, sizeof unknown / sizeof unknown[0]);
    tcase_add_test(find, a_targa_file_is_no_cursor);
    tcase_add_test(find, a_signature_can_lie_after_other_bytes);
    tcase_add_test(find, sizes_are_limited_before_anything_is_allocated);
    tcase_add_test(find, two_channels_are_refused);
    tcase_add_loop_test(find, a_region_outside_of_the_image_is_refused, 0, 8);
    tcase_add_loop_test(find, raw_pixels_are_read_as_the_hint_says, 0, 4);
    tcase_add_loop_test(find, hints_are_checked, 0, 4);
    tcase_add_loop_test(find, colours_have_no_indices, 0, 2);
    suite_add_tcase(suite, find);
    TCase *const pixels = tcase_create("pixels");
    tcase_add_checked_fixture(pixels, set_up, tear_down);
    tcase_set_timeout(pixels, 60);
    tcase_add_loop_test(pixels, regions_equal_the_full_decode, 0, N_RECIPES);
    tcase_add_test(pixels, small_files_equal_pillow);
    suite_add_tcase(suite, pixels);
    return suite_run(suite);
}
