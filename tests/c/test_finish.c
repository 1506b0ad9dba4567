/* SPDX-License-Identifier: MIT */
/* Checks conversions at each boundary between two results, timm's tables, and the last write of a
 * sample against a simple version of it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "cpu/finish.h"
#include "cpu/level.h"
#include "px/half.h"
#include "px/norm.h"
#include "suite.h"
#include "tench.h"

/* Checks two neighbouring positive results: numbers between them go to the nearer one, and the
 * middle to the even one. With the results themselves these are all floats, because conversion is
 * monotonic. */
static void check_between(uint16_t (*convert)(float), uint16_t below, float low, float high)
{
    const float middle = low + (high - low) / 2;
    const uint16_t even = below & 1 ? (uint16_t)(below + 1) : below;
    ck_assert(convert(low) == below && convert(-low) == (below | 0x8000));
    ck_assert(convert(middle) == even && convert(-middle) == (even | 0x8000));
    ck_assert(convert(nextafterf(middle, 0)) == below);
    ck_assert(convert(nextafterf(middle, INFINITY)) == below + 1);
}

static uint16_t to_f16(float value)
{
    return tn_px_f16(value);
}

static uint16_t to_bf16(float value)
{
    return tn_px_bf16(value);
}

START_TEST(f16_rounds_to_even)
{
    for (uint16_t half = 0; half < 0x7BFF; half++)
        check_between(to_f16, half, tn_px_f16_float(half), tn_px_f16_float(half + 1));
    check_between(to_f16, 0x7BFF, 65504.0f, 65536.0f);
    ck_assert_uint_eq(tn_px_f16(INFINITY), 0x7C00);
    ck_assert_uint_eq(tn_px_f16(-1e30f), 0xFC00);
    ck_assert_uint_eq(tn_px_f16(NAN), 0x7FFF);
    ck_assert_uint_eq(tn_px_f16(-NAN), 0x7FFF);
    ck_assert(tn_px_f16_float(0x3C00) == 1.0f && tn_px_f16_float(0x0001) == ldexpf(1, -24));
    ck_assert(tn_px_f16_float(0xC248) == -3.140625f && isinf(tn_px_f16_float(0x7C00)));
}
END_TEST

START_TEST(bf16_rounds_to_even)
{
    for (uint16_t bits = 0; bits < 0x7F7F; bits++)
        check_between(to_bf16, bits, tn_px_bf16_float(bits), tn_px_bf16_float(bits + 1));
    ck_assert_uint_eq(tn_px_bf16(INFINITY), 0x7F80);
    ck_assert_uint_eq(tn_px_bf16(3.4028234e38f), 0x7F80);
    ck_assert_uint_eq(tn_px_bf16(NAN), 0x7FFF);
    ck_assert_uint_eq(tn_px_bf16(-NAN), 0x7FFF);
}
END_TEST

/* Checks every half against its definition, and converts it back. */
START_TEST(halves_are_widened)
{
    for (uint32_t half = 0; half < 0x10000; half++) {
        const int exponent = (int)(half >> 10 & 31);
        const double mantissa = half & 0x3FF;
        const double magnitude =
            exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
        const float value = tn_px_f16_float((uint16_t)half);
        if (exponent == 31) {
            ck_assert(mantissa > 0 ? isnan(value) : isinf(value));
            ck_assert_uint_eq(tn_px_f16(value), mantissa > 0 ? 0x7FFF : half);
            continue;
        }
        ck_assert(value == (float)(half & 0x8000 ? -magnitude : magnitude));
        ck_assert_uint_eq(tn_px_f16(value), half);
    }
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
        const float value = tn_px_bf16_float((uint16_t)bits);
        ck_assert_uint_eq(tn_px_float_bits(value), bits << 16);
        ck_assert_uint_eq(tn_px_bf16(value), isnan(value) ? 0x7FFF : bits);
    }
}
END_TEST

enum { MOST_W = 1100, MOST_H = 12, MOST = MOST_W * MOST_H * TN_PX_MAX_CHANNELS };

static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

static tn_px_image make_image(int32_t w, int32_t h, int32_t channels)
{
    tn_px_image image = {
        .stride = tn_px_stride(w, 8), .w = w, .h = h, .channels = channels, .bits = 8};
    for (int32_t c = 0; c < channels; c++) {
        image.plane[c] = aligned_alloc(TN_PX_ALIGN, tn_px_plane_bytes(w, h, 8));
        for (size_t i = 0; i < tn_px_plane_bytes(w, h, 8); i++)
            image.plane[c][i] = (uint8_t)draw(256);
    }
    return image;
}

static void free_image(tn_px_image *image)
{
    for (int32_t c = 0; c < image->channels; c++)
        free(image->plane[c]);
}

static const struct {
    int32_t dtype;
    double mean[3], std[3];
    uint64_t checksum;
} timm_tables[] = {
#include "../golden/finish.inc"
};
enum { N_TABLES = sizeof timm_tables / sizeof timm_tables[0] };

START_TEST(tables_of_timm)
{
    static uint8_t out[3 * 256 * 4];
    tn__finish finish;
    tn_px_image ramp = make_image(16, 16, 3);
    const tn_px_record record = {.w = 16, .h = 16};
    for (int32_t i = 0; i < 3 * 256; i++)
        ramp.plane[i / 256][i % 256 / 16 * ramp.stride + i % 16] = (uint8_t)i;
    tn__finish_init(&finish, timm_tables[_i].dtype, TN_NCHW, 3, timm_tables[_i].mean,
                    timm_tables[_i].std, true);
    tn__finish_sample(&finish, &record, NULL, &ramp, out);
    uint64_t sum = 0xCBF29CE484222325u;
    for (int32_t i = 0; i < 3 * 256 * tn__dtype_bytes(finish.px.dtype); i++)
        sum = (sum ^ out[i]) * 0x100000001B3u;
    ck_assert(sum == timm_tables[_i].checksum);
    free_image(&ramp);
}
END_TEST

/* A sample, and all that is needed to write it. */
struct sample {
    tn__finish finish;
    double mean[TN_PX_MAX_CHANNELS], std[TN_PX_MAX_CHANNELS];
    tn_px_image image;
    tn_px_record record;
    tn_px_box box[3];
};

static void draw_box(tn_px_box *box, const tn_px_image *image)
{
    box->w = (uint16_t)(1 + draw((uint32_t)image->w));
    box->h = (uint16_t)(1 + draw((uint32_t)image->h));
    box->x = (uint16_t)draw((uint32_t)(image->w - box->w + 1));
    box->y = (uint16_t)draw((uint32_t)(image->h - box->h + 1));
}

static void draw_sample(struct sample *sample)
{
    const int32_t dtypes[] = {TN_U8, TN_F16, TN_BF16, TN_F32};
    const int32_t channels = draw(2) ? 3 : 1 + (int32_t)draw(4);
    const int32_t w = 1 + (int32_t)draw(draw(2) ? MOST_W : 60), h = 1 + (int32_t)draw(MOST_H);
    sample->image = make_image(w, h, channels);
    for (int32_t c = 0; c < channels; c++) {
        sample->mean[c] = draw(1000) / 1000.0;
        sample->std[c] = 0.05 + draw(1000) / 1000.0;
    }
    tn__finish_init(&sample->finish, dtypes[draw(4)], draw(2) ? TN_NCHW : TN_NHWC, channels,
                    sample->mean, sample->std, draw(3) == 0);
    sample->record = (tn_px_record){.flip = (uint8_t)draw(2),
                                    .erase = (uint8_t)draw(4),
                                    .n_boxes = (uint8_t)draw(4),
                                    .key = {draw(~0u), draw(~0u)},
                                    .w = (uint16_t)w,
                                    .h = (uint16_t)h};
    for (int32_t i = 0; i < sample->record.n_boxes; i++)
        draw_box(&sample->box[i], &sample->image);
}

/* Returns the last box there, or -1. */
static int32_t box_at(const struct sample *sample, int32_t x, int32_t y)
{
    int32_t last = -1;
    for (int32_t i = 0; sample->record.erase && i < sample->record.n_boxes; i++) {
        const tn_px_box *const box = &sample->box[i];
        if (x >= box->x && x < box->x + box->w && y >= box->y && y < box->y + box->h)
            last = i;
    }
    return last;
}

static uint32_t erased(const struct sample *sample, int32_t b, int32_t c, int32_t x, int32_t y)
{
    const tn_px_record *const record = &sample->record;
    const int32_t dtype = sample->finish.px.dtype;
    const double mean = 255.0 * sample->mean[c], std = 255.0 * sample->std[c];
    if (record->erase == TN_PX_ERASE_CONST)
        return dtype == TN_U8 ? (uint32_t)(mean + 0.5) : 0;
    const tn_px_words block = record->erase == TN_PX_ERASE_RAND
                                  ? tn_px_box_noise(record, b)
                                  : tn_px_pixel_noise(record, c, y, x / 4);
    const float noise =
        tn_px_normal(&block, (uint32_t)(record->erase == TN_PX_ERASE_RAND ? c : x % 4));
    const float byte = rintf(fmaf(noise, (float)std, (float)mean));
    switch (dtype) {
    case TN_U8: return byte < 0 ? 0 : byte > 255 ? 255 : (uint32_t)byte;
    case TN_F16: return tn_px_f16(noise);
    case TN_BF16: return tn_px_bf16(noise);
    default: return tn_px_float_bits(noise);
    }
}

/* Returns the bits of the value that belongs at (x, y) of the output. */
static uint32_t value_at(const struct sample *sample, int32_t c, int32_t x, int32_t y)
{
    const tn__finish *const finish = &sample->finish;
    const int32_t from = sample->record.flip ? sample->image.w - 1 - x : x;
    const uint8_t value = sample->image.plane[c][y * sample->image.stride + from];
    const float scale = (float)(1.0 / (255.0 * sample->std[c]));
    const float normal = tn_px_norm(value, scale, (float)(-sample->mean[c] / sample->std[c]));
    const int32_t box = box_at(sample, x, y);
    if (box >= 0)
        return erased(sample, box, c, x, y);
    if (finish->px.kind == TN_PX_TABLE)
        return finish->table[c][value];
    switch (finish->px.dtype) {
    case TN_U8: return value;
    case TN_F16: return tn_px_f16(normal);
    case TN_BF16: return tn_px_bf16(normal);
    default: return tn_px_float_bits(normal);
    }
}

static uint32_t read_bits(const uint8_t *from, int32_t bytes)
{
    uint16_t narrow;
    uint32_t wide;
    memcpy(&narrow, from, sizeof narrow);
    memcpy(&wide, from, sizeof wide);
    return bytes == 1 ? from[0] : bytes == 2 ? narrow : wide;
}

static void check_output(const struct sample *sample, const uint8_t *out)
{
    const int32_t w = sample->image.w, h = sample->image.h, channels = sample->image.channels;
    const int32_t bytes = tn__dtype_bytes(sample->finish.px.dtype);
    for (int32_t i = 0; i < w * h * channels; i++) {
        const bool joined = sample->finish.px.layout == TN_NHWC;
        const int32_t c = joined ? i % channels : i / (w * h);
        const int32_t pixel = joined ? i / channels : i % (w * h);
        if (read_bits(out + (ptrdiff_t)i * bytes, bytes) ==
            value_at(sample, c, pixel % w, pixel / w))
            continue;
        ck_abort_msg("dtype %d, layout %d, %dx%d, element %d", sample->finish.px.dtype,
                     sample->finish.px.layout, w, h, i);
    }
    ck_assert_uint_eq(out[(ptrdiff_t)w * h * channels * bytes], 0xA5);
}

enum { LOOPS = 20, CASES = 6 };

START_TEST(samples)
{
    static uint8_t out[MOST * 4 + 16];
    state = 77u + (uint32_t)_i;
    for (int32_t k = 0; k < CASES; k++) {
        struct sample sample;
        draw_sample(&sample);
        for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
            tn__cpu_lower(level);
            memset(out, 0xA5, sizeof out);
            tn__finish_sample(&sample.finish, &sample.record, sample.box, &sample.image, out);
            check_output(&sample, out);
        }
        free_image(&sample.image);
    }
}
END_TEST

/* Without mean and std, floats are v/255. */
START_TEST(plain_floats)
{
    tn__finish finish;
    tn__finish_init(&finish, TN_F32, TN_NCHW, 1, NULL, NULL, false);
    ck_assert(finish.px.scale[0] == (float)(1.0 / 255.0) && finish.px.bias[0] == 0.0f);
    ck_assert(tn_px_norm(255, finish.px.scale[0], finish.px.bias[0]) == 1.0f);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("finish");
    TCase *const cases = tcase_create("finish");
    tcase_set_timeout(cases, 120); /* sanitizers are slow */
    tcase_add_test(cases, f16_rounds_to_even);
    tcase_add_test(cases, bf16_rounds_to_even);
    tcase_add_test(cases, halves_are_widened);
    tcase_add_loop_test(cases, tables_of_timm, 0, N_TABLES);
    tcase_add_loop_test(cases, samples, 0, LOOPS);
    tcase_add_test(cases, plain_floats);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
