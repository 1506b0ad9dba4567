/* SPDX-License-Identifier: MIT */
/* Compares plans that take shortcuts with the same plans run step by step. Two vflips undo each
 * other, and they prevent the shortcuts. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "cpu/level.h"
#include "make/image.h"
#include "make/planning.h"
#include "make/run.h"
#include "suite.h"

enum { W = 61, H = 47 };

static const struct {
    const char *resize, *showing, *finish;
} plans[] = {
    {"resize size=30 interpolation=bicubic", "center_crop size=24", ""},
    {"resize size=30 interpolation=lanczos", "center_crop size=24; hflip p=1", ""},
    {"resize size=30", "hflip p=1; crop box=3,2,20,25", "; normalize; convert layout=nhwc"},
    {"resize size=30", "hflip p=1; crop box=3,2,20,25; hflip p=1", "; convert dtype=f16"},
    {"resize size=13x50 mode=exact", "hflip p=1; trim_border border=2", "; convert dtype=bf16"},
    {"resize size=47x20 mode=exact", "hflip p=1", "; convert compat=timm dtype=f16"},
    {"resize size=20x61 mode=exact", "center_crop size=15x60", "; convert layout=nhwc dtype=u8"},
    {"resize size=9x60 mode=exact interpolation=box", "hflip p=1", ""},
    {"resize size=40 interpolation=nearest", "center_crop size=24; hflip p=1", ""},
    {"random_resized_crop size=17x33", "hflip p=1", "; random_erasing p=1; normalize; convert"},
    {"random_resized_crop size=33", "hflip p=1", "; random_erasing p=1; convert dtype=u8"},
    {"resize size=30", "center_crop size=40; hflip p=1", ""},
    {"resize size=30", "center_crop_or_pad size=28x44 padding_mode=reflect; hflip p=1", ""},
    {"resize size=30", "crop box=1,1,24,24; hflip p=1; color_jitter", ""},
    {"resize size=30", "hflip p=1; resize size=19; center_crop size=18", ""},
    {"resize size=33", "hflip p=1", "; random_erasing p=1 count=5,9; convert layout=nhwc"},
};
enum { N_PLANS = sizeof plans / sizeof plans[0] };

static tn_image *make_source(int32_t channels)
{
    uint8_t pixels[W * H * 3];
    uint32_t state = 5;
    for (size_t i = 0; i < sizeof pixels; i++) {
        state = state * 1664525u + 1013904223u;
        pixels[i] = (uint8_t)(state >> 24);
    }
    return tn__image_copy_in(pixels, W, H, channels);
}

static tn_image *apply(const tn_image *source, const char *showing, int32_t plan)
{
    char text[300];
    snprintf(text, sizeof text, "%s; %s%s", plans[plan].resize, showing, plans[plan].finish);
    tn_transform *const transform = tn_transform_create(text);
    ck_assert_msg(transform != NULL, "%s: %s", text, tn_error());
    const tn__place place = {.seed = 11, .position = plan};
    tn_image *const made = tn__image_transform(transform, source, &place);
    ck_assert_msg(made != NULL, "%s: %s", text, tn_error());
    tn_transform_destroy(transform);
    return made;
}

static size_t output_bytes(const tn_image *image)
{
    const tn_tensor *const tensor = &image->tensor;
    return (size_t)(tensor->shape[0] * tensor->shape[1] * tensor->shape[2]) *
           (size_t)tn__dtype_bytes(tensor->dtype);
}

/* Runs `showing` in three plans: alone; after two vflips, so that each step runs on its own; and
 * before two vflips, so that the resize does not write the output. */
static void check(const tn_image *source, int32_t plan)
{
    char before[200], after[200];
    snprintf(before, sizeof before, "vflip p=1; vflip p=1; %s", plans[plan].showing);
    snprintf(after, sizeof after, "%s; vflip p=1; vflip p=1", plans[plan].showing);
    tn_image *const direct = apply(source, plans[plan].showing, plan);
    tn_image *const stepwise = apply(source, before, plan);
    tn_image *const halfway = apply(source, after, plan);
    const size_t n_bytes = output_bytes(direct);
    ck_assert_uint_eq(output_bytes(stepwise), n_bytes);
    ck_assert_mem_eq(direct->memory, stepwise->memory, n_bytes);
    ck_assert_mem_eq(direct->memory, halfway->memory, n_bytes);
    tn__image_free(direct);
    tn__image_free(stepwise);
    tn__image_free(halfway);
}

START_TEST(shortcuts_change_no_pixel)
{
    for (int32_t channels = 1; channels <= 3; channels += 2) {
        tn_image *const source = make_source(channels);
        const bool coloured = strstr(plans[_i].finish, "normalize") != NULL;
        for (int32_t level = 0; level < TN__CPU_LEVELS && (channels == 3 || !coloured); level++) {
            tn__cpu_lower(level);
            check(source, _i);
        }
        tn__image_free(source);
    }
}
END_TEST

/* The part of the source that the plan needs, in the worker's arena. */
static tn_px_image needed(const tn_image *source, const tn__plan *plan, tn__arena *arena)
{
    tn_px_image part;
    const tn_px_rect need = plan->need;
    tn__arena_image(arena, need.w, need.h, source->pixels.channels, 8, &part);
    part.x0 = need.x;
    part.y0 = need.y;
    for (int32_t c = 0; c < part.channels; c++)
        for (int32_t y = 0; y < need.h; y++)
            memcpy(part.plane[c] + y * part.stride,
                   source->pixels.plane[c] + (need.y + y) * source->pixels.stride + need.x,
                   (size_t)need.w);
    return part;
}

/* Stages one sample after a gap, and makes each value of its row from it. */
static void finish_staged(const tn_transform *transform, const tn_image *source,
                          const tn__plan *plan, tn__worker *worker, uint8_t *out)
{
    enum { GAP = 24, BOXES = 8 * TN_PX_MAX_BOXES };
    static uint8_t staging[GAP + BOXES + 3 * 64 * 64];
    tn_px_record record[2] = {{.reserved = 77}}; /* two, because the compiler expects partners */
    const tn__row_output output = {
        .staging = staging, .pixels_at = GAP + BOXES, .boxes_at = GAP, .record = record};
    tn_px_finish constants;
    const tn_px_image part = needed(source, plan, &worker->arena);
    ck_assert_int_eq(tn__plan_run(transform, plan, &part, worker, &output), TN_OK);
    ck_assert_int_eq(
        tn__transform_constants(transform, plan->channels, plan->w, plan->h, &constants), TN_OK);
    const uint32_t *const table = tn__transform_finish(transform, plan->channels)->table[0];
    const int32_t bytes = tn__dtype_bytes(constants.dtype);
    for (int32_t c = 0; c < constants.channels; c++)
        for (int32_t y = 0; y < constants.h; y++)
            for (int32_t x = 0; x < constants.w; x++) {
                const uint32_t bits =
                    tn_px_finish_value(&constants, staging, record, table, 0, c, y, x);
                const uint64_t at = tn_px_finish_place(&constants, 0, c, y, x);
                memcpy(out + at * (uint64_t)bytes, &bits, (size_t)bytes); /* little-endian */
            }
}

/* A sample that is staged and finished later equals one that is finished at once. */
START_TEST(staged_samples_equal_finished_ones)
{
    static uint8_t direct[4 * 3 * 64 * 64], staged[sizeof direct];
    tn_image *const source = make_source(3);
    char text[300];
    snprintf(text, sizeof text, "%s; %s%s", plans[_i].resize, plans[_i].showing, plans[_i].finish);
    tn_transform *const transform = tn_transform_create(text);
    const tn__info info = {.w = W, .h = H, .channels = 3, .bits = 8, .orientation = 1};
    tn__worker worker;
    tn__worker_init(&worker, NULL);
    for (int64_t position = 0; position < 5; position++) {
        const tn__place place = {.seed = 3, .position = position};
        tn__plan plan;
        ck_assert_int_eq(tn__plan_make(transform, &info, TN_RGB, false, &place, &plan), TN_OK);
        memset(direct, 0, sizeof direct);
        memset(staged, 0, sizeof staged);
        const tn_px_image part = needed(source, &plan, &worker.arena);
        const tn__row_output output = {.out = direct};
        ck_assert_int_eq(tn__plan_run(transform, &plan, &part, &worker, &output), TN_OK);
        finish_staged(transform, source, &plan, &worker, staged);
        ck_assert_mem_eq(direct, staged, sizeof direct);
        tn__arena_reset(&worker.arena);
    }
    tn__worker_free(&worker);
    tn_transform_destroy(transform);
    tn__image_free(source);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("run");
    TCase *const tcase = tcase_create("run");
    tcase_set_timeout(tcase, 120); /* sanitizers are slow */
    tcase_add_loop_test(tcase, shortcuts_change_no_pixel, 0, N_PLANS);
    tcase_add_loop_test(tcase, staged_samples_equal_finished_ones, 0, N_PLANS);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
