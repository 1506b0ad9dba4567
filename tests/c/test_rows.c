/* SPDX-License-Identifier: MIT */
/* Checks row functions: plain C against the definitions, every other level against plain C. */
#include <check.h>
#include <string.h>

#include "cpu/arrange_rows.h"
#include "cpu/finish_rows.h"
#include "cpu/level.h"
#include "cpu/photo_rows.h"
#include "cpu/table_rows.h"
#include "px/erase.h"
#include "px/photo.h"
#include "suite.h"

enum { MOST = 700, GUARD = 64, LOOPS = 60 };

static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

/* Fills a row with random bytes; some rows get only 0 and 255. */
static void fill(uint8_t *row, size_t n)
{
    const uint32_t extreme = draw(3);
    for (size_t i = 0; i < n; i++)
        row[i] = (uint8_t)(extreme ? draw(256) : 255 * draw(2));
}

static struct {
    uint8_t src[3][MOST + GUARD], packed[3 * MOST + GUARD];
    uint8_t out[TN__CPU_LEVELS][3][MOST + GUARD], joined[TN__CPU_LEVELS][3 * MOST + GUARD];
} buffers;

static const tn__arrange_rows *arrange_of(int32_t level)
{
    tn__cpu_lower(level);
    return tn__arrange_rows_get();
}

static const tn__photo_rows *photo_of(int32_t level)
{
    tn__cpu_lower(level);
    return tn__photo_rows_get();
}

static const tn__finish_rows *finish_of(int32_t level)
{
    tn__cpu_lower(level);
    return tn__finish_rows_get();
}

static int32_t begin_round(int32_t round)
{
    state = 12345u + (uint32_t)round;
    for (int32_t c = 0; c < 3; c++)
        fill(buffers.src[c], sizeof buffers.src[c]);
    fill(buffers.packed, sizeof buffers.packed);
    memset(buffers.out, 0xA5, sizeof buffers.out);
    memset(buffers.joined, 0xA5, sizeof buffers.joined);
    return 1 + (int32_t)draw(round % 4 ? MOST : 70);
}

static void check_split_and_join(const tn__arrange_rows *rows, int32_t level, int32_t n)
{
    uint8_t *const planes[3] = {buffers.out[level][0], buffers.out[level][1],
                                buffers.out[level][2]};
    const uint8_t *const back[3] = {planes[0], planes[1], planes[2]};
    uint8_t *const joined = buffers.joined[level];
    rows->split3(buffers.packed, planes, n);
    for (ptrdiff_t i = 0; i < 3 * (ptrdiff_t)n; i++)
        ck_assert_uint_eq(planes[i % 3][i / 3], buffers.packed[i]);
    for (int32_t c = 0; c < 3; c++)
        ck_assert_uint_eq(planes[c][n], 0xA5);
    rows->join3(back, joined, n);
    ck_assert_mem_eq(joined, buffers.packed, 3 * (size_t)n);
    ck_assert_uint_eq(joined[3 * (ptrdiff_t)n], 0xA5);
}

START_TEST(split_and_join)
{
    const int32_t n = begin_round(_i);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++)
        check_split_and_join(arrange_of(level), level, n);
}
END_TEST

static void check_splits(const tn__arrange_rows *rows, int32_t level, int32_t n)
{
    static uint8_t fourth[MOST + GUARD];
    uint8_t *const planes[4] = {buffers.out[level][0], buffers.out[level][1], buffers.out[level][2],
                                fourth};
    memset(fourth, 0xA5, sizeof fourth);
    rows->split2(buffers.packed + 1, planes, n);
    for (ptrdiff_t i = 0; i < 2 * (ptrdiff_t)n; i++)
        ck_assert_uint_eq(planes[i % 2][i / 2], buffers.packed[1 + i]);
    ck_assert(planes[0][n] == 0xA5 && planes[1][n] == 0xA5);
    n = n * 3 / 4;
    memset(buffers.out[level], 0xA5, sizeof buffers.out[level]);
    rows->split4(buffers.packed + 1, planes, n);
    for (ptrdiff_t i = 0; i < 4 * (ptrdiff_t)n; i++)
        ck_assert_uint_eq(planes[i % 4][i / 4], buffers.packed[1 + i]);
    for (int32_t c = 0; c < 4; c++)
        ck_assert_uint_eq(planes[c][n], 0xA5);
}

START_TEST(split_of_2_and_4)
{
    const int32_t n = begin_round(_i);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++)
        check_splits(arrange_of(level), level, n);
}
END_TEST

START_TEST(look_up)
{
    const int32_t n = begin_round(_i), sixteens = _i % 17;
    const uint8_t *const numbers = buffers.packed, missing = (uint8_t)draw(256);
    uint8_t table[256];
    fill(table, sizeof table);
    memset(table + 16 * sixteens, missing, sizeof table - 16 * (size_t)sixteens);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        uint8_t *const out = buffers.out[level][0];
        tn__cpu_lower(level);
        tn__table_rows_get()->look_up(numbers, table, sixteens, missing, out, n);
        for (int32_t i = 0; i < n; i++)
            ck_assert_uint_eq(out[i], table[numbers[i]]);
        ck_assert_uint_eq(out[n], 0xA5);
    }
}
END_TEST

START_TEST(mirror)
{
    const int32_t n = begin_round(_i);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        arrange_of(level)->mirror(buffers.src[0], buffers.out[level][0], n);
        for (int32_t i = 0; i < n; i++)
            ck_assert_uint_eq(buffers.out[level][0][i], buffers.src[0][n - 1 - i]);
        ck_assert_uint_eq(buffers.out[level][0][n], 0xA5);
    }
}
END_TEST

START_TEST(luma_and_sum)
{
    const int32_t n = begin_round(_i);
    int64_t total = 0;
    for (int32_t i = 0; i < n; i++)
        total += buffers.src[0][i];
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        uint8_t *const out = buffers.out[level][0];
        photo_of(level)->luma(buffers.src[0], buffers.src[1], buffers.src[2], out, n);
        for (int32_t i = 0; i < n; i++)
            ck_assert_uint_eq(out[i],
                              tn_px_luma(buffers.src[0][i], buffers.src[1][i], buffers.src[2][i]));
        ck_assert_uint_eq(out[n], 0xA5);
        ck_assert_int_eq(photo_of(level)->sum(buffers.src[0], n), total);
    }
}
END_TEST

static void check_blend(const tn__photo_rows *rows, const uint8_t *from, float factor, int32_t n)
{
    uint8_t *const out = buffers.out[0][0];
    ck_assert_int_ge(n, 0); /* without it gcc's TSan build warns about the copy */
    memcpy(out, buffers.src[0], (size_t)n);
    rows->blend(from, out, factor, n);
    for (int32_t i = 0; i < n; i++)
        ck_assert_uint_eq(out[i], tn_px_blend(from[i], buffers.src[0][i], factor));
    ck_assert_uint_eq(out[n], 0xA5);
}

static void check_blend_grey(const tn__photo_rows *rows, uint8_t grey, float factor, int32_t n)
{
    uint8_t *const out = buffers.out[0][1];
    ck_assert_int_ge(n, 0);
    memcpy(out, buffers.src[0], (size_t)n);
    rows->blend_grey(grey, out, factor, n);
    for (int32_t i = 0; i < n; i++)
        ck_assert_uint_eq(out[i], tn_px_blend(grey, buffers.src[0][i], factor));
    ck_assert_uint_eq(out[n], 0xA5);
}

START_TEST(blends)
{
    const int32_t n = begin_round(_i);
    ck_assert_int_ge(n, 0); /* without it gcc's TSan build warns about memcpy */
    const float factor = (float)draw(1u << 24) * (3.0f / 16777216.0f) - 0.5f;
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        check_blend(photo_of(level), buffers.src[1], factor, n);
        check_blend_grey(photo_of(level), buffers.src[2][0], factor, n);
    }
}
END_TEST

/* Results of Pillow 13's Image.blend: 200 towards 100, then 10 towards 250. */
START_TEST(blend_known_answers)
{
    static const struct {
        float factor;
        uint8_t high, low;
    } cases[] = {{0.0f, 200, 10}, {1.0f, 100, 250}, {0.1f, 190, 34}, {0.333f, 166, 89},
                 {1.4f, 60, 255}, {2.5f, 0, 255},   {-0.5f, 250, 0}, {0.7f, 130, 178}};
    ck_assert_uint_eq(tn_px_blend(200, 100, cases[_i].factor), cases[_i].high);
    ck_assert_uint_eq(tn_px_blend(10, 250, cases[_i].factor), cases[_i].low);
}
END_TEST

typedef void norm(const uint8_t *, const float *, const float *, void *, int32_t);

static norm *norm_of(const tn__finish_rows *rows, int32_t kind)
{
    return kind == 0 ? rows->norm_f32 : kind == 1 ? rows->norm_f16 : rows->norm_bf16;
}

START_TEST(norms_agree)
{
    static uint32_t out[TN__CPU_LEVELS][MOST + 1];
    float scale[TN__NORM_PERIOD], bias[TN__NORM_PERIOD];
    const int32_t n = begin_round(_i);
    for (int32_t i = 0; i < TN__NORM_PERIOD; i++) {
        if (i >= 12) {
            scale[i] = scale[i - 12];
            bias[i] = bias[i - 12];
            continue;
        }
        scale[i] = (float)draw(1u << 24) * (1.0f / (float)(1u << (20 + draw(10))));
        bias[i] = (float)draw(1u << 24) * (-1.0f / (float)(1u << (20 + draw(8))));
    }
    for (int32_t kind = 0; kind < 3; kind++) {
        memset(out, 0xA5, sizeof out);
        for (int32_t level = 0; level < TN__CPU_LEVELS; level++)
            norm_of(finish_of(level), kind)(buffers.src[0], scale, bias, out[level], n);
        for (int32_t level = 1; level < TN__CPU_LEVELS; level++)
            ck_assert_mem_eq(out[0], out[level], sizeof out[0]);
        ck_assert_uint_eq(out[0][n], 0xA5A5A5A5u);
    }
}
END_TEST

START_TEST(noise_is_that_of_one_pixel)
{
    static float out[MOST + GUARD];
    state = 999u + (uint32_t)_i;
    const int32_t n_groups = 1 + (int32_t)draw(MOST / 4), group = (int32_t)draw(1000);
    const int32_t c = (int32_t)draw(4), y = (int32_t)draw(1000);
    const tn_px_record record = {.erase = TN_PX_ERASE_PIXEL, .key = {draw(~0u), draw(~0u)}};
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        memset(out, 0xA5, sizeof out);
        finish_of(level)->noise(&record, c, y, group, out, n_groups);
        for (int32_t i = 0; i < 4 * n_groups; i++)
            ck_assert(out[i] == tn_px_noise(&record, 0, c, y, 4 * group + i));
        ck_assert_uint_eq(tn_px_float_bits(out[4 * (ptrdiff_t)n_groups]), 0xA5A5A5A5u);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("rows");
    TCase *const cases = tcase_create("rows");
    tcase_set_timeout(cases, 120); /* sanitizers are slow */
    tcase_add_loop_test(cases, split_and_join, 0, LOOPS);
    tcase_add_loop_test(cases, split_of_2_and_4, 0, LOOPS);
    tcase_add_loop_test(cases, look_up, 0, LOOPS);
    tcase_add_loop_test(cases, mirror, 0, LOOPS);
    tcase_add_loop_test(cases, luma_and_sum, 0, LOOPS);
    tcase_add_loop_test(cases, blends, 0, LOOPS);
    tcase_add_loop_test(cases, blend_known_answers, 0, 8);
    tcase_add_loop_test(cases, norms_agree, 0, LOOPS);
    tcase_add_loop_test(cases, noise_is_that_of_one_pixel, 0, LOOPS);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
