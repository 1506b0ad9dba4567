/* SPDX-License-Identifier: MIT */
/* Checks which BMP, WebP and TIFF files become striped images, and that these have the pixels of
 * the files: small ones of all kinds, odd ones and broken ones (tests/golden). */
#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "golden_files.h"
#include "stripes_case.h"
#include "suite.h"

static void check_one(const char *name, tn__bytes file, bool is_packed)
{
    const int32_t kind = check_file(file, TN_PACK_FAST, name);
    ck_assert_msg((kind != 0) == is_packed, "%s: rows of kind %d", name, kind);
}

#if defined HAS_WEBP || defined HAS_TIFF
/* True if the name has one of these parts. */
static bool has_any(const char *name, const char *const *parts)
{
    while (*parts && !strstr(name, *parts))
        parts++;
    return *parts != NULL;
}

/* A broken file is never packed. */
static void check_golden(const golden_file *golden, const uint8_t *data, bool is_packed)
{
    const tn__bytes file = copy_of(data, golden->n_bytes);
    check_one(golden->name, file, is_packed && strcmp(golden->verdict, "ok") == 0);
    drop(file);
}
#endif

#ifdef HAS_WEBP
/* Lossless files of one frame. */
static void check_webp(const golden_file *golden, const uint8_t *data)
{
    static const char *const packed[] = {"lossless", "frame_inside_alpha", "frame_without_flag",
                                         NULL};
    check_golden(golden, data, has_any(golden->name, packed));
}

START_TEST(test_webp)
{
    ck_assert_int_gt(each_golden(GOLDEN_FOLDER "/webp", check_webp), 10);
}
END_TEST
#endif

#ifdef HAS_TIFF
/* All but JPEG inside, files that are turned, and several pages. Raw YCbCr has a grey of its own,
 * which rows of colours do not give, and L*a*b* has none. */
static void check_tiff(const golden_file *golden, const uint8_t *data)
{
    static const char *const unchanged[] = {
        "jpeg",       "pages",    "turned_2", "turned_3", "turned_4",      "turned_5",
        "turned_6",   "turned_7", "turned_8", "turned_x", "turned_packed", "_6_1_1_8x3.",
        "_8_1_1_8x3", "_lab",     "lab_",     NULL};
    static const char *const upright[] = {"ycbcr_0", "ycbcr_1", "ycbcr_9", NULL};
    const bool is_turned = strstr(golden->name, "turned_ycbcr") && !has_any(golden->name, upright);
    check_golden(golden, data, !is_turned && !has_any(golden->name, unchanged));
}

START_TEST(test_tiff)
{
    ck_assert_int_gt(each_golden(GOLDEN_FOLDER "/tiff", check_tiff), 10);
}
END_TEST
#endif

static const struct {
    const char *name, *file;
    int32_t w, h; /* 0: a broken file */
    uint64_t hash[N_MODES];
} small[] = {
#include "../golden/small_formats.inc"
};
enum { N_SMALL = sizeof small / sizeof small[0] };

/* A file of small_formats.inc, which has two digits for each byte. */
static tn__bytes small_file(const char *digits)
{
    const tn__bytes file = copy_of(digits, strlen(digits) / 2);
    uint8_t *const bytes = (uint8_t *)(uintptr_t)file.data;
    for (size_t k = 0; k < file.size; k++) {
        const char both[3] = {digits[2 * k], digits[2 * k + 1]};
        bytes[k] = (uint8_t)strtoul(both, NULL, 16);
    }
    return file;
}

/* Every BMP is packed. GIF has frames, PNM and QOI are not among the formats of packs. */
START_TEST(test_bmp)
{
    for (size_t k = 0; k < N_SMALL; k++) {
        const tn__bytes file = small_file(small[k].file);
        check_one(small[k].name, file, small[k].w > 0 && strncmp(small[k].name, "bmp", 3) == 0);
        drop(file);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("lossless");
    TCase *const tests = tcase_create("lossless");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_bmp);
#ifdef HAS_WEBP
    tcase_add_test(tests, test_webp);
#endif
#ifdef HAS_TIFF
    tcase_add_test(tests, test_tiff);
#endif
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
