/* SPDX-License-Identifier: MIT */
/* Compares rows of every kind, in every mode and at every level, with Pillow's convert. */
#include <check.h>
#include <string.h>

#include "codec/rows.h"
#include "cpu/level.h"
#include "suite.h"

enum { MOST = 700, COLOURS = 200, GUARD = 0xA5 };

static const struct golden {
    int32_t kind, w, mode, has_key;
    uint16_t key[3];
    int32_t channels, bits;
    uint64_t hash;
} golden[] = {
#include "../golden/modes.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof golden[0] };

/* As in make_modes.py. */
static uint16_t sample(uint32_t k, bool wide)
{
    const uint32_t low = (k * k * 3 + k * 37 + (k >> 6) * 11) & 255;
    const uint32_t high = k % 3 == 0 ? 0 : (k * 91 + (k >> 4)) & 255;
    return (uint16_t)(wide ? high << 8 | low : low);
}

/* Samples of a row; those of 16 bits in the given order of their bytes. */
static void make_samples(bool wide, bool big_endian, uint8_t *out)
{
    for (uint32_t k = 0; k < 4 * MOST; k++) {
        const uint16_t value = sample(k, wide);
        if (!wide) {
            out[k] = (uint8_t)value;
            continue;
        }
        out[2 * k] = (uint8_t)(big_endian ? value >> 8 : value);
        out[2 * k + 1] = (uint8_t)(big_endian ? value : value >> 8);
    }
}

static void set_palette(tn__rows *rows, const tn__info *info)
{
    uint8_t rgb[3 * COLOURS], alpha[COLOURS];
    for (int32_t k = 0; k < COLOURS; k++) {
        rgb[3 * k + 0] = (uint8_t)(k * 7);
        rgb[3 * k + 1] = (uint8_t)(k * 13 + 5);
        rgb[3 * k + 2] = (uint8_t)(k * 29 + 3);
        alpha[k] = (uint8_t)(255 - k % 5 * 60);
    }
    tn__rows_set_palette(rows, info, rgb, alpha, COLOURS);
}

/* FNV-1a over interleaved values, as in the script. */
static uint64_t hash_row(const tn_px_image *image, int32_t row)
{
    const int32_t bytes = image->bits / 8;
    uint64_t hash = 0xcbf29ce484222325u;
    for (int32_t x = 0; x < image->w; x++)
        for (int32_t c = 0; c < image->channels; c++)
            for (int32_t b = 0; b < bytes; b++)
                hash =
                    (hash ^ image->plane[c][row * image->stride + x * bytes + b]) * 0x100000001b3u;
    return hash;
}

/* Checks that nothing was written past the last pixel, or to another row. */
static void check_guards(const tn_px_image *image)
{
    const ptrdiff_t n = image->w * (image->bits / 8), stride = image->stride;
    bool kept = true;
    for (int32_t c = 0; c < image->channels; c++)
        for (ptrdiff_t i = 0; i < 3 * stride; i++)
            kept = kept && ((i >= stride && i < stride + n) || image->plane[c][i] == GUARD);
    ck_assert(kept);
}

static void check_case(const struct golden *expected, bool big_endian, tn__arena *arena)
{
    static uint8_t samples[2 * 4 * MOST + TN__ROWS_TAIL];
    const bool wide = expected->kind >= TN__ROW_GREY16;
    const tn__info info = {.channels = expected->channels, .bits = expected->bits};
    tn__rows rows = {.kind = expected->kind,
                     .mode = expected->mode,
                     .big_endian = big_endian,
                     .has_key = expected->has_key};
    memcpy(rows.key, expected->key, sizeof rows.key);
    if (expected->kind == TN__ROW_PALETTE8)
        set_palette(&rows, &info);
    make_samples(wide, big_endian, samples);
    tn_px_image image;
    const tn__want want = {{0, 0, expected->w, 3}, expected->mode};
    ck_assert_int_eq(tn__rows_image(&info, &want, arena, &image), TN_OK);
    ck_assert_int_eq(image.channels, expected->channels);
    ck_assert_int_eq(image.bits, expected->bits);
    for (int32_t c = 0; c < image.channels; c++)
        memset(image.plane[c], GUARD, (size_t)(3 * image.stride));
    tn__rows_put(&rows, &image, 1, samples);
    ck_assert_msg(hash_row(&image, 1) == expected->hash,
                  "kind %d, mode %d, %d pixels, key %d, level %s", expected->kind, expected->mode,
                  expected->w, expected->has_key, tn__cpu_level_name());
    check_guards(&image);
}

START_TEST(rows_equal_pillow)
{
    tn__arena arena;
    tn__arena_init(&arena, 1 << 16, 0);
    tn__cpu_lower(_i);
    for (int g = 0; g < N_GOLDEN; g++)
        for (int order = 0; order < 2; order++) {
            check_case(&golden[g], order, &arena);
            tn__arena_reset(&arena);
        }
    tn__arena_free(&arena);
    tn__cpu_lower(TN__CPU_LEVELS);
}
END_TEST

/* A palette that is a grey ramp makes one channel in the mode keep. */
START_TEST(a_grey_palette_stays_grey)
{
    const tn__info info = {.channels = 1, .bits = 8, .has_palette = true};
    const uint8_t rgb[9] = {0, 0, 0, 85, 85, 85, 255, 255, 255};
    const uint8_t numbers[4 + TN__ROWS_TAIL] = {2, 0, 1, 3};
    tn__rows rows = {.kind = TN__ROW_PALETTE8, .mode = TN_KEEP};
    tn__rows_set_palette(&rows, &info, rgb, NULL, 3);
    uint8_t grey[4];
    const tn_px_image out = {
        .plane = {grey}, .stride = 64, .w = 4, .h = 1, .channels = 1, .bits = 8};
    tn__rows_put(&rows, &out, 0, numbers);
    ck_assert_mem_eq(grey, ((uint8_t[]){255, 0, 85, 0}), 4);
}
END_TEST

START_TEST(packed_samples_are_unpacked)
{
    static const uint8_t packed[64 + 8] = {0xB4, 0x1E, 0xF0};
    static const uint8_t ones[] = {1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1};
    uint8_t out[24];
    for (int32_t bits = 1; bits <= 4; bits *= 2)
        for (int32_t first = 0; first < 20 / bits; first++) {
            const int32_t n = 20 / bits - first;
            memset(out, GUARD, sizeof out);
            tn__rows_unpack(packed, bits, first, n, out);
            for (int32_t x = 0; x < n; x++) {
                uint8_t value = 0;
                for (int32_t b = 0; b < bits; b++)
                    value = (uint8_t)(value << 1 | ones[(first + x) * bits + b]);
                ck_assert_uint_eq(out[x], value);
            }
            ck_assert_uint_eq(out[n], GUARD);
        }
}
END_TEST

START_TEST(alpha_is_added)
{
    tn__arena arena;
    tn_px_image image;
    tn__arena_init(&arena, 0, 0);
    ck_assert_int_eq(tn__arena_image(&arena, 70, 3, 3, 8, &image), TN_OK);
    ck_assert_int_eq(tn__rows_add_alpha(&arena, &image), TN_OK);
    ck_assert_int_eq(image.channels, 4);
    for (int32_t y = 0; y < 3; y++)
        for (int32_t x = 0; x < 70; x++)
            ck_assert_uint_eq(image.plane[3][y * image.stride + x], 255);
    tn__arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("modes");
    TCase *const rows = tcase_create("rows");
    tcase_set_timeout(rows, 60);
    tcase_add_loop_test(rows, rows_equal_pillow, 0, TN__CPU_LEVELS);
    tcase_add_test(rows, a_grey_palette_stays_grey);
    tcase_add_test(rows, packed_samples_are_unpacked);
    tcase_add_test(rows, alpha_is_added);
    suite_add_tcase(suite, rows);
    return suite_run(suite);
}
