/* SPDX-License-Identifier: MIT */
/* The program's C parts: npy files, files that appear only when complete, the contact sheet. The
 * test reads them back with code of its own. */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <png.h>

#include "cli/cli.h"
#include "cli/font.h"
#include "suite.h"

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/tench-test-cli-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    static const char *const names[] = {"a.npy", "a.txt", "a.png"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    ck_assert_int_eq(rmdir(folder), 0); /* fails if a temporary file is left */
}

static size_t read_file(const char *name, uint8_t *out, size_t size)
{
    FILE *const file = fopen(path_of(name), "rbe");
    ck_assert_ptr_nonnull(file);
    const size_t n = fread(out, 1, size, file);
    fclose(file);
    return n;
}

/* The file that must result from a tensor: 128 bytes of prefix and header, then the data. */
static void check_npy(const tn_tensor *tensor, const char *header, const void *data, size_t n_bytes)
{
    uint8_t bytes[512], expected[512] = "\x93NUMPY\x01\x00\x76\x00";
    snprintf((char *)expected + 10, 119, "%-117.117s\n", header);
    memcpy(expected + 128, data, n_bytes);
    ck_assert_int_eq(tncli_write_npy(path_of("a.npy"), tensor), TN_OK);
    ck_assert_uint_eq(read_file("a.npy", bytes, sizeof bytes), 128 + n_bytes);
    ck_assert_mem_eq(bytes, expected, 128 + n_bytes);
}

START_TEST(npy_of_contiguous_tensors)
{
    uint8_t data[24];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    const struct {
        int32_t dtype;
        const char *descr;
        int64_t n_elements;
    } kinds[] = {{TN_U8, "|u1", 24},
                 {TN_F16, "<f2", 12},
                 {TN_BF16, "<u2", 12},
                 {TN_F32, "<f4", 6},
                 {TN_I64, "<i8", 3}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char header[128];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }",
                 kinds[i].descr, (int)kinds[i].n_elements);
        const tn_tensor flat = {.data = data,
                                .dtype = kinds[i].dtype,
                                .ndim = 1,
                                .shape = {kinds[i].n_elements},
                                .strides = {1}};
        check_npy(&flat, header, data, sizeof data);
    }
}
END_TEST

START_TEST(npy_of_a_strided_tensor)
{
    const uint16_t data[] = {0, 1, 2, 99, 10, 11, 12, 99};
    uint16_t copy[8];
    memcpy(copy, data, sizeof copy);
    const uint16_t turned[] = {0, 10, 1, 11, 2, 12};
    const tn_tensor tensor = {
        .data = copy, .dtype = TN_F16, .ndim = 3, .shape = {3, 1, 2}, .strides = {1, 77, 4}};
    check_npy(&tensor, "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 1, 2), }", turned,
              sizeof turned);
}
END_TEST

START_TEST(failed_writes_leave_nothing)
{
    uint8_t byte = 1;
    tn_tensor tensor = {.data = &byte, .dtype = 99, .ndim = 1, .shape = {1}, .strides = {1}};
    ck_assert_int_eq(tncli_write_npy(path_of("a.npy"), &tensor), TN_EINVAL);
    tensor.dtype = TN_U8;
    ck_assert_int_eq(tncli_write_npy("/dev/full", &tensor), TN_EIO);
    ck_assert_ptr_nonnull(strstr(tncli_error(), "No space left"));
    ck_assert_int_eq(tncli_write_npy(path_of("absent/a.npy"), &tensor), TN_EIO);
    ck_assert_ptr_nonnull(strstr(tncli_error(), "absent/a.npy"));
}
END_TEST

START_TEST(text_files_and_folders)
{
    uint8_t bytes[16];
    ck_assert_int_eq(tncli_folder_used(folder), 0);
    ck_assert_int_eq(tncli_write_text(path_of("a.txt"), "first", 5), TN_OK);
    ck_assert_int_eq(tncli_write_text(path_of("a.txt"), "2nd", 3), TN_OK);
    ck_assert_uint_eq(read_file("a.txt", bytes, sizeof bytes), 3);
    ck_assert_mem_eq(bytes, "2nd", 3);
    ck_assert_int_eq(tncli_folder_used(folder), 1);
    ck_assert_int_eq(tncli_folder_used(path_of("absent")), 0);
    ck_assert_int_lt(tncli_folder_used(path_of("a.txt")), 0);
    ck_assert_int_lt(tncli_make_folder(path_of("a.txt/below")), 0);
    ck_assert_int_eq(tncli_make_folder(path_of("b/c")), TN_OK);
    ck_assert_int_eq(tncli_make_folder(path_of("b/c")), TN_OK);
    ck_assert_int_eq(tncli_path_kind(path_of("b/c")), 1);
    ck_assert_int_eq(tncli_path_kind(path_of("a.txt")), 2);
    ck_assert_int_eq(tncli_path_kind(path_of("absent")), 0);
    rmdir(path_of("b/c"));
    rmdir(path_of("b"));
}
END_TEST

/* Decodes a.png with libpng's simple interface. The caller frees the pixels. */
static uint8_t *read_png(uint32_t *w, uint32_t *h)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    ck_assert(png_image_begin_read_from_file(&image, path_of("a.png")));
    image.format = PNG_FORMAT_RGB;
    uint8_t *const rgb = malloc(PNG_IMAGE_SIZE(image));
    ck_assert_ptr_nonnull(rgb);
    ck_assert(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    *w = image.width;
    *h = image.height;
    return rgb;
}

static bool is_block(const uint8_t *corner, uint32_t w, const uint8_t colour[3], uint32_t block)
{
    for (uint32_t y = 0; y < block; y++)
        for (uint32_t x = 0; x < block; x++)
            if (memcmp(corner + 3 * ((size_t)y * w + x), colour, 3) != 0)
                return false;
    return true;
}

/* Counts the places where a block × block square of one colour begins. */
static int count_blocks(const uint8_t *rgb, uint32_t w, uint32_t h, const uint8_t colour[3],
                        uint32_t block)
{
    int found = 0;
    for (uint32_t y = 0; y + block <= h; y++)
        for (uint32_t x = 0; x + block <= w; x++)
            found += is_block(rgb + 3 * ((size_t)y * w + x), w, colour, block);
    return found;
}

START_TEST(sheet_shows_pixels)
{
    /* Two pictures of 2 × 2: all dots of the first are one colour, in both layouts. */
    static uint8_t planar[2 * 3 * 4] = {200, 200, 200, 200, 10, 10, 10, 10, 90, 90, 90, 90};
    static uint8_t packed[2 * 4 * 3] = {200, 10, 90, 200, 10, 90, 200, 10, 90, 200, 10, 90};
    const tn_tensor nchw = {
        .data = planar, .dtype = TN_U8, .ndim = 4, .shape = {2, 3, 2, 2}, .strides = {12, 4, 2, 1}};
    const tn_tensor nhwc = {
        .data = packed, .dtype = TN_U8, .ndim = 4, .shape = {2, 2, 2, 3}, .strides = {12, 6, 3, 1}};
    const uint8_t colour[3] = {200, 10, 90};
    tncli_sheet *const sheet = tncli_sheet_create(2, 2, 2, 2);
    ck_assert_int_eq(tncli_sheet_image(sheet, 0, &nchw, 0, TN_NCHW), TN_OK);
    ck_assert_int_eq(tncli_sheet_image(sheet, 1, &nhwc, 0, TN_NHWC), TN_OK);
    ck_assert_int_eq(tncli_sheet_image(sheet, 1, &nhwc, 2, TN_NHWC), TN_EINVAL);
    ck_assert_int_eq(tncli_sheet_image(sheet, 2, &nhwc, 0, TN_NHWC), TN_EINVAL);
    tncli_sheet_label(sheet, 0, "label", "second", "detail");
    tncli_sheet_title(sheet, "title", "detail");
    ck_assert_int_eq(tncli_sheet_write(sheet, path_of("a.png")), TN_OK);
    ck_assert_int_eq(tncli_sheet_write(sheet, "/dev/full"), TN_EIO);
    tncli_sheet_destroy(sheet);
    uint32_t w, h;
    uint8_t *const rgb = read_png(&w, &h);
    ck_assert_int_eq(count_blocks(rgb, w, h, colour, 128), 2); /* enlarged to the smallest tile */
    free(rgb);
}
END_TEST

START_TEST(sheet_reduces_large_pictures)
{
    enum { W = 1000, H = 20, N = W * H };
    uint8_t *const grey = malloc(N);
    ck_assert_ptr_nonnull(grey);
    for (int i = 0; i < N; i++)
        grey[i] = i % 2 ? 110 : 90; /* every 4 × 4 block has the mean 100 */
    const tn_tensor images = {
        .data = grey, .dtype = TN_U8, .ndim = 4, .shape = {1, 1, H, W}, .strides = {N, N, W, 1}};
    const uint8_t colour[3] = {100, 100, 100};
    tncli_sheet *const sheet = tncli_sheet_create(1, W, H, 1);
    ck_assert_int_eq(tncli_sheet_image(sheet, 0, &images, 0, TN_NCHW), TN_OK);
    ck_assert_int_eq(tncli_sheet_write(sheet, path_of("a.png")), TN_OK);
    tncli_sheet_destroy(sheet);
    uint32_t w, h;
    uint8_t *const rgb = read_png(&w, &h);
    ck_assert_int_eq(count_blocks(rgb, w, h, colour, 5), 250 - 4); /* 250 × 5 dots */
    free(rgb);
    free(grey);
}
END_TEST

START_TEST(sheet_limits)
{
    ck_assert_ptr_null(tncli_sheet_create(0, 10, 10, 1));
    ck_assert_ptr_null(tncli_sheet_create(1, 0, 10, 1));
    ck_assert_ptr_null(tncli_sheet_create(1, 10, 1 << 30, 1));
    tncli_sheet *const sheet = tncli_sheet_create(1, 1, 5000, 1); /* shrunk to nothing in x */
    ck_assert_ptr_nonnull(sheet);
    tncli_sheet_fault(sheet, 0, "a message that is far longer than such a tile has room for");
    tncli_sheet_label(sheet, 0, "label", "", "");
    ck_assert_ptr_null(tncli_sheet_create(1, 10, 10, 3));
    tncli_sheet_title(sheet, "a title that is far longer than such a sheet has room for", "");
    tncli_sheet_fault(sheet, 7, "no such tile");
    tncli_sheet_destroy(sheet);
    tncli_sheet_destroy(NULL);
}
END_TEST

START_TEST(characters_of_utf8)
{
    const char *text = "a\xC3\xA9\xE2\x82\xAC\xFFz\x7F";
    const uint32_t expected[] = {'a', 0xFFFD, 0xFFFD, 0xFFFD, 'z', 0xFFFD};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(tn__font_next(&text), expected[i]);
    ck_assert_int_eq(*text, '\0');
    text = "\xE2\x82"; /* cuts the font's text byte by byte; it never reads beyond the end */
    tn__font_next(&text);
    tn__font_next(&text);
    ck_assert_int_eq(*text, '\0');
    ck_assert_ptr_eq(tn__font_glyph(0xFFFD), tn__font_glyph('?'));
}
END_TEST

START_TEST(process_facts)
{
    ck_assert(tncli_peak_bytes() > 100e3);
    ck_assert(tncli_cpu_seconds() > 0);
    ck_assert(tncli_columns(-1) == 80);
    ck_assert_int_eq(tncli_is_terminal(-1), 0);
    ck_assert_ptr_nonnull(strstr(tncli_program_path(), "test_cli"));
    ck_assert_ptr_nonnull(strstr(tncli_cdef(), "tncli_sheet_create"));
    tncli_catch_signals();
    ck_assert_int_eq(tncli_signal(), 0);
    raise(SIGINT);
    ck_assert_int_eq(tncli_signal(), SIGINT);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("cli");
    TCase *const files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, npy_of_contiguous_tensors);
    tcase_add_test(files, npy_of_a_strided_tensor);
    tcase_add_test(files, failed_writes_leave_nothing);
    tcase_add_test(files, text_files_and_folders);
    tcase_add_test(files, sheet_shows_pixels);
    tcase_add_test(files, sheet_reduces_large_pictures);
    suite_add_tcase(suite, files);
    TCase *const rest = tcase_create("rest");
    tcase_add_test(rest, sheet_limits);
    tcase_add_test(rest, characters_of_utf8);
    tcase_add_test(rest, process_facts);
    suite_add_tcase(suite, rest);
    return suite_run(suite);
}
