/* SPDX-License-Identifier: MIT */
/* Checks files of the modules' formats that claim to be larger than they are: whatever they claim,
 * decoding takes no more memory than the codec has announced. */
#include <stdbool.h>

#include "golden_files.h"
#include "suite.h"

enum { SIDE = 3000 }; /* what files claim, each way */

static void put_number(uint8_t *at, uint32_t value, int n_bytes, bool is_big)
{
    for (int k = 0; k < n_bytes; k++)
        at[is_big ? n_bytes - 1 - k : k] = (uint8_t)(value >> 8 * k);
}

/* Finds a mark in a file; the test ends if it is not there. */
static uint8_t *find(uint8_t *bytes, size_t size, const char *mark, size_t length)
{
    uint8_t *const found = memmem(bytes, size, mark, length);
    ck_assert_ptr_nonnull(found);
    return found;
}

/* VP8 or VP8L: width and height in 14 bits each. */
static inline void claim_webp(uint8_t *bytes, size_t size)
{
    uint8_t *const lossless = memmem(bytes, size, "VP8L", 4);
    if (lossless) {
        put_number(lossless + 9, (SIDE - 1) | (SIDE - 1) << 14 | (lossless[12] & 0xf0u) << 24, 4,
                   false);
        return;
    }
    uint8_t *const start = find(bytes, size, "\x9d\x01\x2a", 3);
    put_number(start + 3, SIDE, 2, false);
    put_number(start + 5, SIDE, 2, false);
}

/* The box "ispe" of AVIF and HEIF; the pictures inside keep their size. */
static inline void claim_ispe(uint8_t *bytes, size_t size)
{
    uint8_t *const box = find(bytes, size, "ispe", 4);
    put_number(box + 8, SIDE, 4, true);
    put_number(box + 12, SIDE, 4, true);
}

/* The box "ihdr", and the image and its tiles in the codestream. */
static inline void claim_jp2(uint8_t *bytes, size_t size)
{
    uint8_t *const header = find(bytes, size, "ihdr", 4);
    uint8_t *const marker = find(bytes, size, "\xff\x4f\xff\x51", 4);
    enum { IMAGE = 8, TILE = 24 };
    for (int k = 0; k < 2; k++) {
        put_number(header + 4 + 4 * k, SIDE, 4, true);
        put_number(marker + IMAGE + 4 * k, SIDE, 4, true);
        put_number(marker + TILE + 4 * k, SIDE, 4, true);
    }
}

/* A new header over the old one: height, the same width, and nothing unusual. */
static inline void claim_jxl(uint8_t *bytes, size_t size)
{
    (void)size;
    const uint64_t bits = 1u << 1 | (uint64_t)(SIDE - 1) << 3 | 1u << 16 | 1u << 19 | 1u << 20;
    bytes[0] = 0xff;
    bytes[1] = 0x0a;
    put_number(bytes + 2, (uint32_t)bits, 4, false);
}

/* Changes numbers of 16 bits in a directory of this machine's usual order. */
static inline void set_tags(uint8_t *bytes, size_t size, const uint16_t tags[], size_t n,
                            uint32_t value)
{
    const size_t at = (size_t)bytes[4] | (size_t)bytes[5] << 8 | (size_t)bytes[6] << 16;
    ck_assert(memcmp(bytes, "II*", 4) == 0 && at + 2 < size);
    for (int entry = 0; entry < bytes[at]; entry++) {
        uint8_t *const field = bytes + at + 2 + (size_t)12 * (size_t)entry;
        for (size_t k = 0; k < n; k++)
            if ((field[0] | field[1] << 8) == tags[k])
                put_number(field + 8, value, 2, false);
    }
}

/* Width, height and rows of a strip. */
static inline void claim_tiff(uint8_t *bytes, size_t size)
{
    static const uint16_t tags[] = {256, 257, 278};
    set_tags(bytes, size, tags, 3, SIDE);
}

enum { ABSURD = 30000 };

/* Tiles whose sides are absurd; the image keeps its size. */
static inline void claim_tiles(uint8_t *bytes, size_t size)
{
    static const uint16_t tags[] = {322, 323};
    set_tags(bytes, size, tags, 2, ABSURD);
}

/* A stored picture whose sides are absurd; the image that is cut out of it keeps its size. */
static inline void claim_stored(uint8_t *bytes, size_t size)
{
    uint8_t *const box = find(bytes, size, "ispe", 4);
    put_number(box + 8, ABSURD, 4, true);
    put_number(box + 12, ABSURD, 4, true);
}

static const struct {
    const char *folder, *file;
    void (*claim)(uint8_t *bytes, size_t size);
} claims[] = {
#ifdef HAS_AVIF
    {GOLDEN_FOLDER "/avif", "420_full.avif", claim_ispe},
#endif
#ifdef HAS_HEIF
    {GOLDEN_FOLDER "/heif", "64x64.heic", claim_ispe},
#endif
#ifdef HAS_JP2
    {GOLDEN_FOLDER "/jp2", "rgb.jp2", claim_jp2},
    {GOLDEN_FOLDER "/jp2", "rgb_lossy.jp2", claim_jp2},
#endif
#ifdef HAS_VIPS
    {GOLDEN_FOLDER "/jxl", "lossy.jxl", claim_jxl},
#endif
#ifdef HAS_TIFF
    {GOLDEN_FOLDER "/tiff", "II_2_1_1_8x3_z.tif", claim_tiff},
    {GOLDEN_FOLDER "/tiff", "predicted_3_True_32.tif", claim_tiff},
    {GOLDEN_FOLDER "/tiff", "rgb_tiff_lzw.tif", claim_tiff},
    {GOLDEN_FOLDER "/tiff", "rgb_jpeg.tif", claim_tiff},
    {GOLDEN_FOLDER "/tiff", "ycbcr_jpeg.tif", claim_tiff},
    {GOLDEN_FOLDER "/tiff", "ycbcr_lzw.tif", claim_tiff},
#endif
#ifdef HAS_WEBP
    {GOLDEN_FOLDER "/webp", "lossy.webp", claim_webp},
    {GOLDEN_FOLDER "/webp", "lossless.webp", claim_webp},
#endif
    {"", "", NULL}}; /* the end: a build without modules has no more */
enum { N_CLAIMS = sizeof claims / sizeof claims[0] - 1 };

static const char *wanted;
static uint8_t found[GOLDEN_BYTES];
static size_t found_bytes;

static void keep_wanted(const golden_file *golden, const uint8_t *data)
{
    if (strcmp(golden->name, wanted) != 0)
        return;
    memcpy(found, data, golden->n_bytes);
    found_bytes = golden->n_bytes;
}

/* The most memory that this process has had, in bytes. */
static size_t most_memory(void)
{
    char line[128];
    size_t kib = 0;
    FILE *const status = fopen("/proc/self/status", "r");
    ck_assert_ptr_nonnull(status);
    while (fgets(line, sizeof line, status))
        (void)sscanf(line, "VmHWM: %zu", &kib);
    fclose(status);
    return kib << 10;
}

/* Decodes; returns what the codec has announced. `side` is what the header must say. */
static size_t decode_found(int32_t side)
{
    tn__info info = {0};
    tn_px_image image;
    tn__arena arena;
    tn__arena_init(&arena, 0, 0);
    const tn__bytes bytes = {found, found_bytes};
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, TN_MAX_PIXELS, &info);
    ck_assert_msg(codec != NULL, "%s: %s", wanted, tn_error());
    ck_assert(side == 0 || (info.w == side && info.h == side));
    const tn__want all = {{0, 0, info.w, info.h}, TN_RGB};
    const int status = decode_golden(bytes, &info, codec, all.need, all.mode, &arena, &image);
    ck_assert_msg(status == TN_OK || status == TN_EDECODE, "%s: %s", wanted, tn_error());
    tn__arena_free(&arena);
    return codec->scratch(&info, &all);
}

/* The file as it is comes first, for the libraries and their tables. */
START_TEST(claims_take_no_more_memory_than_announced)
{
    enum { SLACK = 4 << 20 };
    wanted = claims[_i].file;
    ck_assert_int_gt(each_golden(claims[_i].folder, keep_wanted), 0);
    ck_assert_uint_gt(found_bytes, 0);
    (void)decode_found(0);
    const size_t before = most_memory();
    claims[_i].claim(found, found_bytes);
    const size_t announced = decode_found(SIDE);
    const size_t taken = most_memory() - before;
    ck_assert_msg(HAS_SANITIZER || taken <= announced + SLACK, "%s: %zu bytes instead of %zu",
                  wanted, taken, announced);
}
END_TEST

/* Files that claim to need memory that their image does not need. */
static const struct {
    const char *folder, *file;
    void (*claim)(uint8_t *bytes, size_t size);
    const char *says;
} absurd[] = {
#ifdef HAS_HEIF
    {GOLDEN_FOLDER "/heif", "cut.heic", claim_stored,
     "HEIF that tench does not read: 40x30 pixels out of 30000x30000"},
#endif
#ifdef HAS_TIFF
    {GOLDEN_FOLDER "/tiff", "tiles_1x8_8.tif", claim_tiles,
     "tiles of 30000x30000 in an image of 19x9"},
    {GOLDEN_FOLDER "/tiff", "tiled_planes_3x8_8.tif", claim_tiles,
     "tiles of 30000x30000 in an image of 19x9"},
    {GOLDEN_FOLDER "/tiff", "turned_ycbcr_tiles_3.tif", claim_tiles,
     "tiles of 30000x30000 in an image of 19x9"},
#endif
    {"", "", NULL, ""}};
enum { N_ABSURD = sizeof absurd / sizeof absurd[0] - 1 };

START_TEST(absurd_claims_are_refused)
{
    tn__info info;
    wanted = absurd[_i].file;
    ck_assert_int_gt(each_golden(absurd[_i].folder, keep_wanted), 0);
    ck_assert_uint_gt(found_bytes, 0);
    absurd[_i].claim(found, found_bytes);
    ck_assert_ptr_null(
        tn__codec_probe((tn__bytes){found, found_bytes}, NULL, TN_MAX_PIXELS, &info));
    ck_assert_msg(strstr(tn_error(), absurd[_i].says) != NULL, "%s", tn_error());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("claims");
    TCase *const claimed = tcase_create("claims");
    tcase_set_timeout(claimed, 60);
    tcase_add_loop_test(claimed, claims_take_no_more_memory_than_announced, 0, N_CLAIMS);
    tcase_add_loop_test(claimed, absurd_claims_are_refused, 0, N_ABSURD);
    suite_add_tcase(suite, claimed);
    return suite_run(suite);
}
