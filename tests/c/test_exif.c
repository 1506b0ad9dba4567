/* SPDX-License-Identifier: MIT */
/* Checks that files get the orientation that Pillow applies. If a header makes Pillow's parser
 * fail, tench still reads the image (src/codec/README.md has a table of such headers). */
#include <check.h>

#include "base/error.h"
#include "codec/exif.h"
#include "edit_jpeg.h"
#include "suite.h"

enum { MAX_SEGMENT_BYTES = 4096, REFUSES = -1, RAISES = -2 };

static const struct {
    const char *name, *segments;
    int32_t orientation;
} headers[] = {
#include "../golden/headers.inc"
};
enum { N_HEADERS = sizeof headers / sizeof headers[0] };

static size_t parse_hex(const char *text, uint8_t *bytes)
{
    size_t n = 0;
    for (; text[2 * n]; n++) {
        const char digits[3] = {text[2 * n], text[2 * n + 1]};
        bytes[n] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return n;
}

/* Makes a small image with these bytes before its first table, and without other metadata. */
static jpeg_file jpeg_with(const void *segments, size_t n)
{
    const jpeg_recipe recipe = {
        .w = 17, .h = 9, .channels = 3, .space = JCS_YCbCr, .no_jfif = TRUE};
    jpeg_file file = make_jpeg(&recipe);
    splice(&file, 2, 0, segments, n);
    return file;
}

static void check_header(const char *name, const char *segments, int32_t expected)
{
    uint8_t bytes[MAX_SEGMENT_BYTES];
    ck_assert_uint_lt(strlen(segments) / 2, sizeof bytes);
    const jpeg_file file = jpeg_with(bytes, parse_hex(segments, bytes));
    tn__info info = {0};
    const tn__codec *const codec =
        tn__codec_probe((tn__bytes){file.bytes, file.size}, NULL, INT64_MAX, &info);
    ck_assert_msg(codec != NULL, "%s: %s", name, codec ? "" : tn_error());
    ck_assert_msg(info.w == 17 && info.h == 9, "%s: %dx%d", name, info.w, info.h);
    ck_assert_msg(info.orientation == expected || expected < 0, "%s: %d instead of %d", name,
                  info.orientation, expected);
    ck_assert(info.orientation >= 1 && info.orientation <= 8);
    free(file.bytes);
}

START_TEST(headers_are_read_as_pillow_reads_them)
{
    for (int k = 0; k < N_HEADERS; k++)
        check_header(headers[k].name, headers[k].segments, headers[k].orientation);
}
END_TEST

enum { N_PIECES = 200000, PIECE_BYTES = 11 };

/* A directory of 65535 entries in segments of one byte each must be read once, not once for each
 * byte. */
START_TEST(a_directory_in_many_pieces_takes_no_longer)
{
    static uint8_t segments[N_PIECES * PIECE_BYTES];
    const uint8_t head[] = "II*\0\x08\0\0\0\xff\xff";
    for (size_t k = 0; k < N_PIECES; k++) {
        uint8_t *const segment = segments + k * PIECE_BYTES;
        memcpy(segment,
               "\xff\xe1\0\x09"
               "Exif\0",
               PIECE_BYTES - 1);
        segment[PIECE_BYTES - 1] = k < sizeof head - 1 ? head[k] : 1;
    }
    const jpeg_file file = jpeg_with(segments, sizeof segments);
    ck_assert_int_eq(tn__exif_orientation((tn__bytes){file.bytes, file.size}), 1);
    free(file.bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("exif");
    TCase *const tcase = tcase_create("exif");
    tcase_add_test(tcase, headers_are_read_as_pillow_reads_them);
    tcase_add_test(tcase, a_directory_in_many_pieces_takes_no_longer);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
