/* SPDX-License-Identifier: MIT */
/* Compares resizes with Pillow 13's results at every level, and parts of a result with the whole.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/level.h"
#include "cpu/resample.h"
#include "suite.h"
#include "tench.h"

enum { ROW = 8 };
static const uint8_t row[ROW] = {0, 10, 40, 90, 160, 250, 30, 5};

static tn_px_image make_image(int32_t w, int32_t h, int32_t channels)
{
    tn_px_image image = {
        .stride = tn_px_stride(w, 8), .w = w, .h = h, .channels = channels, .bits = 8};
    for (int32_t c = 0; c < channels; c++) {
        image.plane[c] = aligned_alloc(TN_PX_ALIGN, tn_px_plane_bytes(w, h, 8));
        memset(image.plane[c], 0xA5, tn_px_plane_bytes(w, h, 8));
    }
    return image;
}

static void free_image(tn_px_image *image)
{
    for (int32_t c = 0; c < image->channels; c++)
        free(image->plane[c]);
}

enum { SCRATCH_GUARD = 64 };

/* Allocates exactly the scratch that a resize asks for, followed by bytes that must not change. */
static uint8_t *make_scratch(const tn__resize *resize, int32_t channels)
{
    const size_t bytes = tn__resize_scratch(resize, channels);
    uint8_t *const scratch = aligned_alloc(TN_PX_ALIGN, bytes + SCRATCH_GUARD);
    memset(scratch + bytes, 0x5A, SCRATCH_GUARD);
    return scratch;
}

static void free_scratch(const tn__resize *resize, int32_t channels, uint8_t *scratch)
{
    const size_t bytes = tn__resize_scratch(resize, channels);
    for (size_t i = bytes; i < bytes + SCRATCH_GUARD; i++)
        ck_assert_uint_eq(scratch[i], 0x5A);
    free(scratch);
}

static void run_cached(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst,
                       tn__weight_cache *cache)
{
    uint8_t *const scratch = make_scratch(resize, src->channels);
    tn__resize_run(resize, src, dst, cache, scratch);
    free_scratch(resize, src->channels, scratch);
}

static void run(const tn__resize *resize, const tn_px_image *src, tn_px_image *dst)
{
    run_cached(resize, src, dst, NULL);
}

static const struct {
    uint8_t five[5], eleven[11];
} rows[] = {
    {{0, 40, 160, 250, 5}, {0, 10, 10, 40, 90, 160, 160, 250, 30, 30, 5}},
    {{5, 40, 125, 250, 18}, {0, 10, 10, 40, 90, 160, 160, 250, 30, 30, 5}},
    {{4, 41, 127, 176, 15}, {0, 6, 20, 42, 79, 125, 180, 246, 100, 20, 5}},
    {{3, 38, 125, 202, 14}, {0, 7, 14, 40, 87, 125, 165, 250, 62, 23, 5}},
    {{2, 36, 133, 186, 8}, {0, 4, 17, 42, 77, 123, 185, 252, 96, 5, 4}},
    {{1, 31, 138, 189, 2}, {0, 4, 17, 42, 78, 114, 194, 254, 105, 0, 8}},
    {{0, 28, 142, 196, 2}, {0, 2, 15, 39, 74, 120, 198, 255, 97, 0, 0}},
    {{3, 33, 134, 191, 6}, {0, 3, 17, 42, 78, 118, 188, 253, 97, 0, 6}},
};

static void check_row(int32_t filter, int32_t n, const uint8_t *expected, int32_t down)
{
    const int32_t w = down ? 1 : n, h = down ? n : 1;
    const tn__resize resize = {filter, 13, down ? 1 : ROW, down ? ROW : 1, w, h, {0, 0, w, h}, 0};
    tn_px_image src = make_image(resize.source_w, resize.source_h, 1), dst = make_image(w, h, 1);
    for (int32_t i = 0; i < ROW; i++)
        src.plane[0][down ? i * src.stride : i] = row[i];
    run(&resize, &src, &dst);
    for (int32_t i = 0; i < n; i++)
        ck_assert_uint_eq(dst.plane[0][down ? i * dst.stride : i], expected[i]);
    free_image(&src);
    free_image(&dst);
}

START_TEST(rows_as_in_pillow)
{
    for (int32_t down = 0; down < 2; down++) {
        check_row(_i, 5, rows[_i].five, down);
        check_row(_i, 11, rows[_i].eleven, down);
    }
}
END_TEST

/* Resizes a small image whose bytes show which pass came first. */
START_TEST(order_of_passes)
{
    static const uint8_t expected[20] = {119, 44,  57,  112, 158, 173, 182, 109, 49,  73,
                                         77,  132, 185, 183, 106, 98,  51,  99,  150, 199};
    static const int32_t differing[3] = {3, 11, 17};
    static const uint8_t horizontal_first[3] = {113, 131, 100};
    tn__resize resize = {TN_FILTER_BICUBIC, 13, 6, 9, 5, 4, {0, 0, 5, 4}, 0};
    tn_px_image src = make_image(6, 9, 1), dst = make_image(5, 4, 1);
    for (int32_t i = 0; i < 54; i++)
        src.plane[0][i / 6 * src.stride + i % 6] = (uint8_t)(37 * i);
    run(&resize, &src, &dst);
    for (int32_t i = 0; i < 20; i++)
        ck_assert_uint_eq(dst.plane[0][i / 5 * dst.stride + i % 5], expected[i]);
    resize.pillow = 11;
    run(&resize, &src, &dst);
    for (int32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(dst.plane[0][differing[i] / 5 * dst.stride + differing[i] % 5],
                          horizontal_first[i]);
    free_image(&src);
    free_image(&dst);
}
END_TEST

static uint32_t state;

static uint32_t step(void)
{
    state = state * 1664525u + 1013904223u;
    return state;
}

static uint32_t draw(uint32_t below)
{
    return (uint32_t)(((uint64_t)step() * below) >> 32);
}

/* Generates the image of golden/make_resample.py. */
static void generate(uint32_t seed, tn_px_image *image)
{
    state = seed;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++) {
                const uint8_t value = (uint8_t)(step() >> 24);
                image->plane[c][y * image->stride + x] = seed % 2 == 0 ? value
                                                         : value > 127 ? 255
                                                                       : 0;
            }
}

static uint64_t checksum(const tn_px_image *image)
{
    uint64_t value = 0xCBF29CE484222325u;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++)
                value = (value ^ image->plane[c][y * image->stride + x]) * 0x100000001B3u;
    return value;
}

static const struct {
    int32_t filter, pillow, channels, source_w, source_h, w, h;
    uint64_t checksum;
} golden[] = {
#include "../golden/resample.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof golden[0], GOLDEN_LOOPS = 16 };

static void check_golden(int32_t k)
{
    const tn__resize resize = {golden[k].filter,
                               golden[k].pillow,
                               golden[k].source_w,
                               golden[k].source_h,
                               golden[k].w,
                               golden[k].h,
                               {0, 0, golden[k].w, golden[k].h},
                               0};
    tn_px_image src = make_image(resize.source_w, resize.source_h, golden[k].channels);
    tn_px_image dst = make_image(resize.w, resize.h, golden[k].channels);
    generate((uint32_t)k, &src);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        run(&resize, &src, &dst);
        ck_assert_msg(checksum(&dst) == golden[k].checksum,
                      "case %d (filter %d, %dx%d to %dx%d) differs at level %d", k, resize.filter,
                      resize.source_w, resize.source_h, resize.w, resize.h, level);
    }
    free_image(&src);
    free_image(&dst);
}

START_TEST(golden_checksums)
{
    for (int32_t k = _i; k < N_GOLDEN; k += GOLDEN_LOOPS)
        check_golden(k);
}
END_TEST

static int32_t draw_side(void)
{
    switch (draw(9)) {
    case 0: return 1 + (int32_t)draw(3);
    case 1: return 1 + (int32_t)draw(500);
    case 2: return 1 + (int32_t)draw(1800);
    default: return 1 + (int32_t)draw(120);
    }
}

static tn_px_rect draw_part(int32_t w, int32_t h)
{
    tn_px_rect part = {.w = 1 + (int32_t)draw((uint32_t)w), .h = 1 + (int32_t)draw((uint32_t)h)};
    part.x = (int32_t)draw((uint32_t)(w - part.w + 1));
    part.y = (int32_t)draw((uint32_t)(h - part.h + 1));
    return part;
}

/* Copies that part of `src` into an image of its own, with nothing around it. */
static tn_px_image cut(const tn_px_image *src, tn_px_rect part)
{
    tn_px_image out = make_image(part.w, part.h, src->channels);
    out.x0 = part.x;
    out.y0 = part.y;
    for (int32_t c = 0; c < src->channels; c++)
        for (int32_t y = 0; y < part.h; y++)
            memcpy(out.plane[c] + y * out.stride,
                   src->plane[c] + (part.y + y) * src->stride + part.x, (size_t)part.w);
    return out;
}

/* Moves the rows to another address: decoded rows may begin anywhere. The readable bytes still
 * follow the plane. */
static tn_px_image shift(tn_px_image *image, ptrdiff_t offset)
{
    tn_px_image shifted = *image;
    for (int32_t c = 0; c < image->channels; c++) {
        const size_t bytes = (size_t)image->stride * (size_t)image->h + TN_PX_ALIGN;
        uint8_t *const memory = aligned_alloc(TN_PX_ALIGN, bytes + TN_PX_ALIGN);
        memset(memory, 0xC3, bytes + TN_PX_ALIGN);
        memcpy(memory + offset, image->plane[c], bytes - TN_PX_ALIGN);
        free(image->plane[c]);
        image->plane[c] = memory;
        shifted.plane[c] = memory + offset;
    }
    return shifted;
}

/* Checks that nothing was written around the rows. */
static void check_padding(const tn_px_image *image)
{
    int32_t written = 0;
    for (int32_t c = 0; c < image->channels; c++)
        for (int32_t y = 0; y < image->h; y++)
            for (ptrdiff_t x = image->w; x < image->stride; x++)
                written += image->plane[c][y * image->stride + x] != 0xA5;
    ck_assert_int_eq(written, 0);
}

/* Checks the last write alone, for u8 planes: it gives the same pixels, mirrored or not, planar or
 * interleaved. */
static void check_written(const tn__resize *resize, const tn_px_image *needed,
                          const tn_px_image *expected, tn__weight_cache *cache)
{
    tn__finish finish;
    const tn_px_rect size = resize->out;
    const tn_px_record record = {
        .w = (uint16_t)size.w, .h = (uint16_t)size.h, .flip = (uint8_t)draw(2)};
    const size_t area = (size_t)size.w * (size_t)size.h, bytes = area * (size_t)needed->channels;
    uint8_t *const out = malloc(bytes + 1), *const scratch = make_scratch(resize, needed->channels);
    ck_assert(out && scratch);
    out[bytes] = 0xA5;
    tn__finish_init(&finish, TN_U8, TN_NCHW, needed->channels, NULL, NULL, false);
    const tn__writer writer = tn__writer_begin(&finish, &record, out);
    tn__resize_write(resize, needed, &writer, cache, scratch);
    int32_t wrong = 0;
    for (int32_t c = 0; c < needed->channels; c++) {
        ck_assert_ptr_nonnull(expected->plane[c]);
        for (int32_t i = 0; i < size.w * size.h; i++) {
            const int32_t x = record.flip ? size.w - 1 - i % size.w : i % size.w;
            const uint8_t *const wanted = expected->plane[c] + i / size.w * expected->stride;
            wrong += out[(size_t)c * area + (size_t)i] != wanted[x];
        }
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_uint_eq(out[bytes], 0xA5);
    free_scratch(resize, needed->channels, scratch);
    free(out);
}

/* Mirrors the rows of an image in place. */
static void mirror(tn_px_image *image)
{
    for (int32_t c = 0; c < image->channels; c++)
        for (int32_t y = 0; y < image->h; y++)
            for (int32_t x = 0; x < image->w / 2; x++) {
                uint8_t *const pixels = image->plane[c] + y * image->stride;
                const uint8_t left = pixels[x];
                pixels[x] = pixels[image->w - 1 - x];
                pixels[image->w - 1 - x] = left;
            }
}

static void check_level(tn__resize resize, const tn_px_image *needed, tn_px_image *expected,
                        tn__weight_cache *cache)
{
    tn_px_image dst = make_image(resize.out.w, resize.out.h, needed->channels);
    run_cached(&resize, needed, &dst, cache);
    ck_assert(dst.x0 == resize.out.x && dst.y0 == resize.out.y);
    ck_assert(checksum(&dst) == checksum(expected));
    check_padding(&dst);
    check_written(&resize, needed, expected, cache);
    resize.mirrored = 1;
    run_cached(&resize, needed, &dst, cache);
    mirror(&dst);
    ck_assert(checksum(&dst) == checksum(expected));
    check_padding(&dst);
    free_image(&dst);
}

/* Makes a part of the result from the part of the source that it needs. At every level, with and
 * without cached weights, it must equal that part of the whole result in plain C. */
static void check_part(tn__resize resize, const tn_px_image *src, const tn_px_image *whole,
                       tn__weight_cache *cache)
{
    resize.out = draw_part(resize.w, resize.h);
    const tn_px_rect need = tn__resize_need(&resize);
    ck_assert(need.x >= 0 && need.y >= 0 && need.w > 0 && need.h > 0);
    ck_assert(need.x + need.w <= src->w && need.y + need.h <= src->h);
    tn_px_image needed = cut(src, need), expected = cut(whole, resize.out);
    const tn_px_image shifted = shift(&needed, (ptrdiff_t)draw(TN_PX_ALIGN));
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        check_level(resize, &shifted, &expected, NULL);
        check_level(resize, &shifted, &expected, cache);
        check_level(resize, &shifted, &expected, cache);
    }
    free_image(&needed);
    free_image(&expected);
}

static void check_random(uint32_t seed, tn__weight_cache *cache)
{
    state = seed * 2654435761u;
    tn__resize resize = {.filter = (int32_t)draw(8),
                         .pillow = draw(2) ? 13 : 11,
                         .source_w = draw_side(),
                         .source_h = draw_side(),
                         .w = draw_side(),
                         .h = draw_side()};
    resize.out = (tn_px_rect){0, 0, resize.w, resize.h};
    tn_px_image src = make_image(resize.source_w, resize.source_h, 1 + (int32_t)draw(4));
    tn_px_image whole = make_image(resize.w, resize.h, src.channels);
    generate(seed, &src);
    tn__cpu_lower(TN__CPU_SCALAR);
    run(&resize, &src, &whole);
    for (int32_t part = 0; part < 2; part++)
        check_part(resize, &src, &whole, cache);
    free_image(&src);
    free_image(&whole);
}

enum { RANDOM_LOOPS = 24, RANDOM_CASES = 4 };

START_TEST(parts_and_levels)
{
    tn__weight_cache cache = {0};
    for (int32_t k = 0; k < RANDOM_CASES; k++)
        check_random((uint32_t)(_i * RANDOM_CASES + k + 1), &cache);
    tn__weight_cache_free(&cache);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("resample");
    TCase *const cases = tcase_create("resample");
    tcase_set_timeout(cases, 120); /* sanitizers are slow */
    tcase_add_loop_test(cases, rows_as_in_pillow, 0, 8);
    tcase_add_test(cases, order_of_passes);
    tcase_add_loop_test(cases, golden_checksums, 0, GOLDEN_LOOPS);
    tcase_add_loop_test(cases, parts_and_levels, 0, RANDOM_LOOPS);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
