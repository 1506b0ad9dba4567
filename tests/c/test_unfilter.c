/* SPDX-License-Identifier: MIT */
/* Checks the unfiltering of PNG rows: plain C against a filter that the test applies by the text of
 * the specification, every other level against plain C. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/level.h"
#include "png/unfilter.h"
#include "suite.h"

enum { MOST_W = 90, MOST_ROWS = 23, MOST_PIXEL = 8, LOOPS = 600 };
enum { MOST_BYTES = MOST_W * MOST_PIXEL, STRIDE = MOST_BYTES + 2 * TN__PNG_SLACK };
enum { GUARD = TN__PNG_SLACK };

static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

/* The image, with a row of zeros above it, and the filtered form of its rows. */
static struct {
    uint8_t image[(MOST_ROWS + 1) * STRIDE];
    uint8_t filtered[MOST_ROWS * (MOST_BYTES + 1) + GUARD];
    uint8_t out[MOST_ROWS * STRIDE];
} buffers;

typedef struct case_shape {
    int32_t n_rows, n_bytes, pixel;
} case_shape;

static uint8_t *row_of(uint8_t *rows, int32_t y)
{
    return rows + (ptrdiff_t)y * STRIDE + TN__PNG_SLACK;
}

/* Random bytes, near one another, or 0 and 255 only: ties and wraps are frequent. */
static uint8_t draw_byte(uint32_t kind)
{
    if (kind == 0)
        return (uint8_t)draw(256);
    return (uint8_t)(kind == 1 ? 120 + draw(7) : 255 * draw(2));
}

static int32_t predict(int32_t filter, int32_t a, int32_t b, int32_t c)
{
    const int32_t p = a + b - c;
    const int32_t pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    const int32_t nearest = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    const int32_t predictions[TN__PNG_FILTERS] = {0, a, b, (a + b) / 2, nearest};
    return predictions[filter];
}

static void filter_row(const uint8_t *row, const uint8_t *above, uint8_t *out, case_shape shape)
{
    for (int32_t i = 0; i < shape.n_bytes; i++) {
        const bool first = i < shape.pixel;
        const int32_t a = first ? 0 : row[i - shape.pixel];
        const int32_t c = first ? 0 : above[i - shape.pixel];
        out[1 + i] = (uint8_t)(row[i] - predict(out[0], a, above[i], c));
    }
}

/* `filters`: 0…4 all rows have this one; 5: any; 6: light ones and one heavy one. */
static uint8_t draw_filter(uint32_t filters)
{
    if (filters < TN__PNG_FILTERS)
        return (uint8_t)filters;
    return (uint8_t)draw(filters == 5 || draw(4) == 0 ? TN__PNG_FILTERS : 3);
}

static case_shape make_case(int32_t round)
{
    static const int32_t pixels[] = {1, 2, 3, 4, 6, 8};
    state = 777u + (uint32_t)round;
    const int32_t pixel = pixels[round % 6];
    const case_shape shape = {.n_rows = 1 + (int32_t)draw(MOST_ROWS),
                              .n_bytes = pixel * (1 + (int32_t)draw(round % 4 ? MOST_W : 9)),
                              .pixel = pixel};
    const uint32_t kind = draw(3), filters = draw(7);
    memset(buffers.image, 0, sizeof buffers.image);
    memset(buffers.filtered, 0x5A, sizeof buffers.filtered);
    for (int32_t y = 0; y < shape.n_rows; y++) {
        uint8_t *const row = row_of(buffers.image, y + 1);
        for (int32_t i = 0; i < shape.n_bytes; i++)
            row[i] = draw_byte(kind);
        uint8_t *const filtered = buffers.filtered + (ptrdiff_t)y * (shape.n_bytes + 1);
        filtered[0] = draw_filter(filters);
        filter_row(row, row_of(buffers.image, y), filtered, shape);
    }
    return shape;
}

/* Unfilters `n_bytes` of each row, in two calls: the second one continues the first. */
static void check_level(int32_t level, case_shape shape, int32_t n_bytes, int32_t split)
{
    tn__cpu_lower(level);
    memset(buffers.out, 0xA5, sizeof buffers.out);
    tn__png_rows rows = {.filtered = buffers.filtered,
                         .filtered_stride = shape.n_bytes + 1,
                         .above = row_of(buffers.image, 0),
                         .out = row_of(buffers.out, 0),
                         .out_stride = STRIDE,
                         .n_rows = split,
                         .n_bytes = n_bytes,
                         .pixel = shape.pixel};
    tn__unfilter_get()->rows(&rows);
    rows.filtered += split * rows.filtered_stride;
    rows.above = split > 0 ? row_of(buffers.out, split - 1) : rows.above;
    rows.out = row_of(buffers.out, split);
    rows.n_rows = shape.n_rows - split;
    tn__unfilter_get()->rows(&rows);
    for (int32_t y = 0; y < shape.n_rows; y++)
        ck_assert_mem_eq(row_of(buffers.out, y), row_of(buffers.image, y + 1), (size_t)n_bytes);
}

START_TEST(unfilter)
{
    const case_shape shape = make_case(_i);
    const int32_t some = shape.pixel * (1 + (int32_t)draw((uint32_t)(shape.n_bytes / shape.pixel)));
    const int32_t split = (int32_t)draw((uint32_t)shape.n_rows + 1);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        check_level(level, shape, shape.n_bytes, 0);
        check_level(level, shape, some, split);
    }
}
END_TEST

/* Nothing is written outside of the rows' slack, and nothing read outside of theirs: the buffers
 * are on the heap, where AddressSanitizer sees it. */
START_TEST(bounds)
{
    const case_shape shape = make_case(_i);
    const size_t n_filtered = (size_t)shape.n_rows * ((size_t)shape.n_bytes + 1) + TN__PNG_SLACK;
    const size_t stride = (size_t)shape.n_bytes + 2 * (size_t)TN__PNG_SLACK;
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        uint8_t *const filtered = malloc(n_filtered), *const above = calloc(1, stride);
        uint8_t *const out = malloc((size_t)shape.n_rows * stride);
        ck_assert(filtered && above && out);
        memcpy(filtered, buffers.filtered, n_filtered);
        const tn__png_rows rows = {.filtered = filtered,
                                   .filtered_stride = shape.n_bytes + 1,
                                   .above = above + TN__PNG_SLACK,
                                   .out = out + TN__PNG_SLACK,
                                   .out_stride = (ptrdiff_t)stride,
                                   .n_rows = shape.n_rows,
                                   .n_bytes = shape.n_bytes,
                                   .pixel = shape.pixel};
        tn__unfilter_get()->rows(&rows);
        for (int32_t y = 0; y < shape.n_rows; y++)
            ck_assert_mem_eq(rows.out + y * rows.out_stride, row_of(buffers.image, y + 1),
                             (size_t)shape.n_bytes);
        free(filtered);
        free(above);
        free(out);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("unfilter");
    TCase *const cases = tcase_create("unfilter");
    tcase_set_timeout(cases, 120); /* sanitizers are slow */
    tcase_add_loop_test(cases, unfilter, 0, LOOPS);
    tcase_add_loop_test(cases, bounds, 0, LOOPS);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
