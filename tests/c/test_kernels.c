/* SPDX-License-Identifier: MIT */
/* Runs the kernels of cuda/finish.cu as C. Random batches of every variant must have the values
 * that px/finish.h defines, and nothing outside the output may change. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/shim.h"
#include "random_batch.h"
#include "suite.h"

enum { GUARD = 64, ROUNDS = 40, WIDEST = 40 };

static uint32_t value_at(int32_t dtype, const uint8_t *out, uint64_t place)
{
    uint32_t wide;
    uint16_t half;
    if (dtype == TN_PX_U8)
        return out[place];
    memcpy(&wide, out + 4 * (dtype == TN_PX_F32 ? place : 0), sizeof wide);
    memcpy(&half, out + 2 * (dtype == TN_PX_F32 ? 0 : place), sizeof half);
    return dtype == TN_PX_F32 ? wide : half;
}

static void compare(const random_batch *batch, int32_t kernel, int32_t row, int32_t c)
{
    const tn__arguments *const with = &batch->with;
    for (int32_t y = 0; y < with->finish.h; y++)
        for (int32_t x = 0; x < with->finish.w; x++) {
            const uint32_t want = tn_px_finish_value(&with->finish, with->staging, with->records,
                                                     with->table, row, c, y, x);
            const uint64_t place = tn_px_finish_place(&with->finish, row, c, y, x);
            const uint32_t got = value_at(with->finish.dtype, with->out, place);
            if (got != want)
                ck_abort_msg("%s: row %d channel %d at %d,%d of %dx%d: %08X instead of %08X",
                             tn__kernel_name(kernel), row, c, x, y, with->finish.w, with->finish.h,
                             got, want);
        }
}

static void check_batch(random_batch *batch, const tn__launch *launch)
{
    memset(batch->with.out, 0xA5, batch->out_bytes + GUARD);
    tn__launch_run(launch, &batch->with);
    for (int32_t row = 0; row < batch->with.rows; row++)
        for (int32_t c = 0; c < batch->with.finish.channels; c++)
            compare(batch, launch->kernel, row, c);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert_uint_eq(batch->with.out[batch->out_bytes + i], 0xA5);
}

/* _i selects dtype, layout, channels and mix. */
START_TEST(kernels_equal_the_definition)
{
    const int32_t dtype = TN_PX_U8 + _i % 4, channels = 1 + _i / 4 % 4;
    const int32_t layout = TN_PX_NCHW + _i / 16 % 2, mix = _i / 32;
    if (dtype == TN_PX_U8 && mix == TN_PX_MIX_FLOAT)
        return; /* bytes are mixed as bytes */
    for (uint32_t round = 0; round < ROUNDS; round++) {
        random_batch batch;
        tn__launch launch;
        random_batch_make(&batch, 1000u * (uint32_t)_i + round, dtype, layout, channels, mix);
        const tn__arguments *const with = &batch.with;
        ck_assert(tn__launch_of(&with->finish, with->rows, &launch));
        check_batch(&batch, &launch);
        if (round < 8) {
            ck_assert(tn__launch_general(&with->finish, with->rows, &launch));
            check_batch(&batch, &launch);
        }
        random_batch_free(&batch);
    }
}
END_TEST

/* Tests every small width: groups that end one or two lines later, and planes that begin at any
 * offset modulo 16. _i as above. */
START_TEST(narrow_batches_too)
{
    const int32_t dtype = TN_PX_U8 + _i % 4, mix = _i / 32;
    for (int32_t w = 1; w <= WIDEST && !(dtype == TN_PX_U8 && mix == TN_PX_MIX_FLOAT); w++) {
        random_batch batch = {.with.finish = {.dtype = dtype,
                                              .layout = TN_PX_NCHW + _i / 16 % 2,
                                              .channels = 1 + _i / 4 % 4,
                                              .mix = mix,
                                              .w = w,
                                              .h = 1 + (13 * w + _i) % 19}};
        tn__launch launch;
        random_batch_fill(&batch, (uint32_t)(1000 * _i + w));
        ck_assert(tn__launch_general(&batch.with.finish, batch.with.rows, &launch));
        check_batch(&batch, &launch);
        random_batch_free(&batch);
    }
}
END_TEST

/* Gives a sample memory of its own, exact to the word. Kernels must not read before or after it,
 * wherever its groups begin; ASan would report such a read. */
START_TEST(nothing_around_a_sample_is_read)
{
    const int32_t w = 1 + _i;
    for (int32_t h = 1; h < 12; h++)
        for (int32_t flip = 0; flip < 2; flip++) {
            random_batch batch = {.with = {.rows = 1}};
            const size_t n = (size_t)w * (size_t)h, n_words = (n + 3) / 4;
            batch.with.finish = (tn_px_finish){.dtype = TN_PX_U8,
                                               .layout = TN_PX_NCHW,
                                               .staged = TN_PX_NCHW,
                                               .channels = 1,
                                               .w = w,
                                               .h = h,
                                               .stride = w,
                                               .plane = n};
            tn__launch launch;
            batch.out_bytes = n;
            batch.staging = malloc(4 * n_words);
            for (size_t i = 0; i < 4 * n_words; i++)
                batch.staging[i] = (uint8_t)random_below(&batch, 256);
            batch.records[0].flip = (uint8_t)flip;
            batch.with.out = random_memory(n + GUARD);
            batch.with.staging = batch.staging;
            batch.with.records = batch.records;
            ck_assert(tn__launch_general(&batch.with.finish, 1, &launch));
            check_batch(&batch, &launch);
            random_batch_free(&batch);
        }
}
END_TEST

/* The fast form is for three channels and widths that are multiples of eight. The general form
 * makes planes, or three channels side by side. */
START_TEST(form_is_chosen_by_shape)
{
    tn_px_finish finish = {.dtype = TN_PX_F16, .layout = TN_PX_NHWC, .channels = 3, .w = 224};
    tn__launch launch;
    finish.h = 224;
    ck_assert(tn__launch_of(&finish, 256, &launch));
    ck_assert_str_eq(tn__kernel_name(launch.kernel), "tn_finish_f16_nhwc_3");
    ck_assert_uint_eq(launch.block.x * launch.block.y, 252);
    ck_assert_uint_eq(launch.grid.x * launch.grid.y * launch.grid.z, 256 * 25);
    finish.mix = TN_PX_MIX_FLOAT;
    finish.w = 225;
    ck_assert(tn__launch_of(&finish, 256, &launch));
    ck_assert_str_eq(tn__kernel_name(launch.kernel), "tn_finish_f16_joined_mix");
    ck_assert_uint_eq(launch.grid.x * launch.grid.y * launch.grid.z, 256 * 25);
    finish.layout = TN_PX_NCHW;
    ck_assert(tn__launch_of(&finish, 256, &launch));
    ck_assert_str_eq(tn__kernel_name(launch.kernel), "tn_finish_f16_planes_mix");
    finish.channels = 1;
    finish.w = 224;
    ck_assert(tn__launch_of(&finish, 256, &launch));
    ck_assert_str_eq(tn__kernel_name(launch.kernel), "tn_finish_f16_planes_mix");
    finish.w = finish.h = 65535;
    ck_assert(tn__launch_of(&finish, 1, &launch));
    ck_assert_uint_eq(launch.grid.y, 65535);
    ck_assert_uint_eq(launch.grid.z, 32);
    finish.channels = 3;
    finish.w = 65528;
    finish.h = INT32_MAX;
    ck_assert(!tn__launch_of(&finish, 1, &launch));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("kernels");
    TCase *const tests = tcase_create("finish");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, kernels_equal_the_definition, 0, 4 * 4 * 2 * 3);
    tcase_add_loop_test(tests, narrow_batches_too, 0, 4 * 4 * 2 * 3);
    tcase_add_loop_test(tests, nothing_around_a_sample_is_read, 0, WIDEST);
    tcase_add_test(tests, form_is_chosen_by_shape);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
