/* SPDX-License-Identifier: MIT */
/* Checks what codecs say of the beginning of a file: the same facts as of the whole file, or that
 * more bytes are needed. Readers of headers then read on (make/read.h). */
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/source.h"
#include "golden_files.h"
#include "make_jpeg.h"
#include "make_png.h"
#include "suite.h"
#include "tree.h"

enum { N_HEADS = 5, GAP = 70000 }; /* bytes: more than callers read at first */
_Static_assert((int)GAP > (int)TN__HEAD_BYTES, "the rest lies after the head");

static int n_same, n_cut, n_refused;

static void check_facts(const char *name, size_t n, const tn__info *head, const tn__info *whole)
{
    const bool same =
        head->w == whole->w && head->h == whole->h && head->channels == whole->channels &&
        head->bits == whole->bits && head->file_channels == whole->file_channels &&
        head->file_bits == whole->file_bits && head->has_palette == whole->has_palette &&
        head->progressive == whole->progressive && head->orientation == whole->orientation &&
        strcmp(head->format, whole->format) == 0;
    ck_assert_msg(same, "%s: its first %zu bytes have other facts", name, n);
}

/* Probes the first n bytes, in memory of their own. */
static void check_head(const char *name, const uint8_t *data, size_t n, const tn__info *whole)
{
    const tn__bytes copy = copy_of(data, n);
    tn__info head;
    if (!tn__codec_probe(copy, NULL, INT64_MAX, &head)) {
        ck_assert_msg(tn__error_last()->code == TN_EDECODE, "%s: its first %zu bytes: %s", name, n,
                      tn_error());
        n_refused++;
    } else if (head.is_cut) {
        n_cut++;
    } else {
        check_facts(name, n, &head, whole);
        n_same++;
    }
    drop(copy);
}

static void check_heads(const char *name, const uint8_t *data, size_t size)
{
    tn__info whole;
    if (!tn__codec_probe((tn__bytes){data, size}, NULL, INT64_MAX, &whole))
        return;
    for (size_t k = 1; k < N_HEADS; k++)
        check_head(name, data, size * k / N_HEADS, &whole);
}

static void check_golden(const golden_file *golden, const uint8_t *data)
{
    check_heads(golden->name, data, golden->n_bytes);
}

START_TEST(files_of_modules)
{
    ck_assert_int_gt(each_golden(golden_modules[_i], check_golden), 0);
    ck_assert_int_gt(n_same + n_refused, 0);
}
END_TEST

START_TEST(files_of_a_folder)
{
    static const char *const folders[] = {GOLDEN_FOLDER "/jpeg", GOLDEN_FOLDER "/png"};
    DIR *const list = opendir(folders[_i]);
    ck_assert_ptr_nonnull(list);
    for (const struct dirent *entry; (entry = readdir(list));)
        if (entry->d_name[0] != '.' && strchr(entry->d_name, '.')) {
            const tn__bytes whole = copy_of_file(folders[_i], entry->d_name);
            check_heads(entry->d_name, whole.data, whole.size);
            drop(whole);
        }
    closedir(list);
    ck_assert_int_gt(n_same, 0);
    ck_assert_int_gt(n_refused, 0);
    if (_i == 1)
        ck_assert_int_gt(n_cut, 0);
}
END_TEST

static tree here;
static tn__blob file;

static void set_up(void)
{
    here = tree_make();
    file = (tn__blob){0};
}

static void tear_down(void)
{
    tree_remove(&here);
    tn__blob_free(&file);
}

static void add(const void *bytes, size_t n)
{
    ck_assert_int_eq(tn__blob_add(&file, bytes, n), TN_OK);
}

static void add_zeros(size_t n)
{
    uint8_t *const zeros = calloc(n, 1);
    add(zeros, n);
    free(zeros);
}

static void add_16(uint32_t value)
{
    add((uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static inline void add_32(uint32_t value)
{
    add_16(value >> 16);
    add_16(value & 0xffff);
}

/* Writes the file into a data set, and reads its header there. */
static tn_image_info probe_file(void)
{
    ck_assert_uint_gt(file.size, TN__HEAD_BYTES);
    tree_write(&here, "a/1.png", file.bytes, file.size);
    tn_dataset *const dataset = tree_open(&here);
    tn_image_info info = {.size = (int32_t)sizeof info};
    ck_assert_msg(tn_dataset_probe(dataset, 0, &info) == TN_OK, "%s", tn_error());
    tn_dataset_destroy(dataset);
    return info;
}

static void check_info(const tn_image_info *info, const char *format, int32_t w, int32_t h,
                       int32_t orientation)
{
    ck_assert_str_eq(info->format, format);
    ck_assert_int_eq(info->width, w);
    ck_assert_int_eq(info->height, h);
    ck_assert_int_eq(info->orientation, orientation);
    ck_assert_int_eq(info->file_bytes, (int64_t)file.size);
}

/* Exif with orientation 6. */
static const char exif[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
enum { EXIF_BYTES = sizeof exif - 1 };

START_TEST(exif_after_long_profiles_of_a_jpeg)
{
    enum { PROFILE = 60000 };
    const jpeg_recipe recipe = {YCC(40, 30, 22, 11, 11)};
    const jpeg_file jpeg = make_jpeg(&recipe);
    add(jpeg.bytes, 2);
    for (int k = 0; k < 2; k++) {
        add_16(0xffe2);
        add_16(2 + PROFILE);
        add_zeros(PROFILE);
    }
    add_16(0xffe1);
    add_16(2 + 6 + EXIF_BYTES);
    add("Exif\0", 6);
    add(exif, EXIF_BYTES);
    add(jpeg.bytes + 2, jpeg.size - 2);
    free(jpeg.bytes);
    const tn_image_info info = probe_file();
    check_info(&info, "jpeg", 40, 30, 6);
}
END_TEST

START_TEST(exif_after_the_data_of_a_png)
{
    const png_recipe recipe = {"rgb", 200, 150, 8, 2, 0, 0, 8192};
    made_png png = make_png(&recipe);
    uint8_t chunk[EXIF_BYTES + 12];
    enum { END_BYTES = 12 };
    const uint8_t *const chunk_end =
        png_put_chunk(chunk, "eXIf", (const uint8_t *)exif, EXIF_BYTES);
    add(png.bytes, png.size - END_BYTES);
    add(chunk, (size_t)(chunk_end - chunk));
    add(png.bytes + png.size - END_BYTES, END_BYTES);
    free_png(&png);
    const tn_image_info info = probe_file();
    check_info(&info, "png", 200, 150, 6);
}
END_TEST

#ifdef HAS_TIFF
enum { TIFF_BYTES = 1, TIFF_SHORT = 3, TIFF_LONG = 4, TIFF_W = 400, TIFF_H = 200 };

static void add_entry(uint32_t tag, uint32_t type, uint32_t n, uint32_t value)
{
    add_16(tag);
    add_16(type);
    add_32(n);
    add_32(type == TIFF_SHORT ? value << 16 : value);
}

/* The directory of a grey image in one strip, and the turn. */
static const char turn[] = "<x tiff:Orientation=\"6\"/>";
enum { ENTRIES = 9, DIRECTORY = 2 + 12 * ENTRIES + 4, PIXELS = TIFF_W * TIFF_H };

static void add_directory(uint32_t strip_at, uint32_t turn_at)
{
    add_16(ENTRIES);
    add_entry(256, TIFF_SHORT, 1, TIFF_W);
    add_entry(257, TIFF_SHORT, 1, TIFF_H);
    add_entry(258, TIFF_SHORT, 1, 8);
    add_entry(259, TIFF_SHORT, 1, 1);
    add_entry(262, TIFF_SHORT, 1, 1);
    add_entry(273, TIFF_LONG, 1, strip_at);
    add_entry(277, TIFF_SHORT, 1, 1);
    add_entry(278, TIFF_SHORT, 1, TIFF_H);
    add_entry(700, TIFF_BYTES, sizeof turn - 1, turn_at);
    add_32(0);
}

START_TEST(the_directory_of_a_tiff_after_the_pixels)
{
    add("MM\0*", 4);
    add_32(8 + PIXELS);
    add_zeros(PIXELS);
    add_directory(8, 8 + PIXELS + DIRECTORY);
    add(turn, sizeof turn - 1);
    const tn_image_info info = probe_file();
    check_info(&info, "tiff", TIFF_W, TIFF_H, 6);
}
END_TEST

START_TEST(a_value_of_a_tiff_after_the_pixels)
{
    add("MM\0*", 4);
    add_32(8);
    add_directory(8 + DIRECTORY, 8 + DIRECTORY + PIXELS);
    add_zeros(PIXELS);
    add(turn, sizeof turn - 1);
    const tn_image_info info = probe_file();
    check_info(&info, "tiff", TIFF_W, TIFF_H, 6);
}
END_TEST
#endif

#if defined HAS_AVIF || defined HAS_HEIF
static uint32_t get_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t get_16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

/* Moves a place of the file by the gap. */
static void move_place(uint8_t *bytes)
{
    const uint32_t place = get_32(bytes) + GAP;
    for (int k = 0; k < 4; k++)
        bytes[k] = (uint8_t)(place >> (24 - 8 * k));
}

/* Moves the places of the box iloc (ISO/IEC 14496-12, 8.11.3), whose numbers have 4 bytes. */
static void move_items(uint8_t *box)
{
    const int version = box[0], base_bytes = box[5] >> 4;
    ck_assert_int_eq(box[4], 0x44);
    ck_assert(version < 2 && (base_bytes == 0 || base_bytes == 4));
    uint8_t *at = box + 8;
    for (uint32_t item = 0; item < get_16(box + 6); item++) {
        const bool is_inside = version == 1 && get_16(at + 2) != 0; /* in the box idat */
        at += version == 1 ? 6 : 4;
        const bool has_base = base_bytes == 4 && get_32(at) != 0;
        if (has_base && !is_inside)
            move_place(at);
        const uint32_t n_extents = get_16(at + base_bytes);
        at += base_bytes + 2;
        for (uint32_t k = 0; k < n_extents; k++, at += 8)
            if (!has_base && !is_inside)
                move_place(at);
    }
}

/* Adds a file with a gap after its first box. */
static void add_with_gap(const uint8_t *data, size_t size)
{
    const uint32_t first = get_32(data);
    add(data, first);
    add_32(GAP);
    add("free", 4);
    add_zeros(GAP - 8);
    const size_t rest = file.size;
    add(data + first, size - first);
    uint8_t *const items = memmem(file.bytes + rest, file.size - rest, "iloc", 4);
    ck_assert_ptr_nonnull(items);
    move_items(items + 4);
}

static void check_gap(const golden_file *golden, const uint8_t *data)
{
    if (strcmp(golden->verdict, "ok") != 0)
        return;
    tn__info whole;
    ck_assert(tn__codec_probe((tn__bytes){data, golden->n_bytes}, NULL, INT64_MAX, &whole));
    file.size = 0;
    add_with_gap(data, golden->n_bytes);
    const tn_image_info info = probe_file();
    check_info(&info, whole.format, whole.w, whole.h, whole.orientation);
}

START_TEST(headers_after_a_gap)
{
    static const char *const folders[] = {
#ifdef HAS_AVIF
        GOLDEN_FOLDER "/avif",
#endif
#ifdef HAS_HEIF
        GOLDEN_FOLDER "/heif",
#endif
    };
    for (size_t k = 0; k < sizeof folders / sizeof folders[0]; k++)
        ck_assert_int_gt(each_golden(folders[k], check_gap), 0);
}
END_TEST
#endif

int main(void)
{
    Suite *const suite = suite_create("heads");
    TCase *const heads = tcase_create("heads");
    tcase_set_timeout(heads, 120);
    tcase_add_loop_test(heads, files_of_modules, 0, N_GOLDEN_MODULES);
    tcase_add_loop_test(heads, files_of_a_folder, 0, 2);
    suite_add_tcase(suite, heads);
    TCase *const far = tcase_create("facts that lie after the head");
    tcase_add_checked_fixture(far, set_up, tear_down);
    tcase_set_timeout(far, 120);
    tcase_add_test(far, exif_after_long_profiles_of_a_jpeg);
    tcase_add_test(far, exif_after_the_data_of_a_png);
#ifdef HAS_TIFF
    tcase_add_test(far, the_directory_of_a_tiff_after_the_pixels);
    tcase_add_test(far, a_value_of_a_tiff_after_the_pixels);
#endif
#if defined HAS_AVIF || defined HAS_HEIF
    tcase_add_test(far, headers_after_a_gap);
#endif
    suite_add_tcase(suite, far);
    return suite_run(suite);
}
