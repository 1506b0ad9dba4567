/* SPDX-License-Identifier: MIT */
/* Mixing: compares rows of a staged batch with px/finish.h, and tests the draws, their
 * distributions and the soft targets. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/error.h"
#include "cpu/finish_rows.h"
#include "cpu/level.h"
#include "cpu/staged.h"
#include "make/planning.h"
#include "op/ops.h"
#include "op/parse.h"
#include "suite.h"

enum { ROWS = 4, MOST_W = 100, MOST_H = 9, CHANNELS = 3, LOOPS = 24 };

static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

static tn_px_box draw_box(const tn_px_finish *px)
{
    const uint32_t w = 1 + draw((uint32_t)px->w), h = 1 + draw((uint32_t)px->h);
    return (tn_px_box){(uint16_t)draw((uint32_t)px->w - w + 1),
                       (uint16_t)draw((uint32_t)px->h - h + 1), (uint16_t)w, (uint16_t)h};
}

/* A staged batch. Up to three boxes of each row lie in the staging memory. */
static struct {
    tn__finish finish;
    tn_px_finish px;
    tn_px_record record[ROWS];
    struct {
        tn_px_box boxes[ROWS][TN_PX_MAX_BOXES];
        uint8_t pixels[ROWS * CHANNELS * MOST_W * MOST_H + TN_PX_ALIGN];
    } staging;
} batch;

static void draw_record(int32_t row)
{
    const tn_px_finish *const px = &batch.px;
    tn_px_record *const record = &batch.record[row];
    *record = (tn_px_record){
        .offset = sizeof batch.staging.boxes + (size_t)row * (size_t)px->channels * px->plane,
        .flip = (uint8_t)draw(2),
        .erase = (uint8_t)draw(4),
        .n_boxes = (uint8_t)draw(5),
        .w = (uint16_t)px->w,
        .h = (uint16_t)px->h,
        .more_boxes = (uint32_t)((size_t)row * sizeof batch.staging.boxes[0] / 8),
        .partner = draw(3) ? ROWS - 1 - (uint32_t)row : (uint32_t)row,
        .lambda = (float)draw(1u << 24) / (float)(1 << 24),
        .key = {draw(~0u), draw(~0u)},
    };
    for (int32_t b = 0; b < record->n_boxes; b++)
        *(b < TN_PX_RECORD_BOXES ? &record->box[b]
                                 : &batch.staging.boxes[row][b - TN_PX_RECORD_BOXES]) =
            draw_box(px);
    if (draw(2))
        record->mix = draw_box(px);
}

static void draw_batch(void)
{
    static const int32_t dtypes[] = {TN_U8, TN_F16, TN_BF16, TN_F32};
    const double mean[CHANNELS] = {0.4, 0.5, 0.6}, std[CHANNELS] = {0.2, 0.3, 0.25};
    const int32_t dtype = dtypes[draw(4)], channels = draw(2) ? 3 : 1;
    tn__finish_init(&batch.finish, dtype, draw(2) ? TN_NCHW : TN_NHWC, channels, mean, std,
                    draw(2));
    tn_px_finish *const px = &batch.px;
    *px = batch.finish.px;
    px->w = 1 + (int32_t)draw(MOST_W);
    px->h = 1 + (int32_t)draw(MOST_H);
    px->staged = TN_PX_NCHW;
    px->stride = px->w;
    px->plane = (uint64_t)px->w * (uint64_t)px->h;
    px->mix = (int32_t)draw(dtype == TN_U8 ? 2 : 3);
    for (size_t i = 0; i < sizeof batch.staging.pixels; i++)
        batch.staging.pixels[i] = (uint8_t)draw(256);
    for (int32_t row = 0; row < ROWS; row++)
        draw_record(row);
}

static uint32_t read_bits(const uint8_t *from, int32_t bytes)
{
    uint32_t bits = 0;
    memcpy(&bits, from, (size_t)bytes);
    return bits;
}

static void check_row(int32_t row, const uint8_t *out, int32_t level)
{
    const tn_px_finish *const px = &batch.px;
    const int32_t bytes = tn__dtype_bytes(px->dtype);
    for (int32_t c = 0; c < px->channels; c++)
        for (int32_t y = 0; y < px->h; y++)
            for (int32_t x = 0; x < px->w; x++) {
                const uint32_t wanted =
                    tn_px_finish_value(px, (const uint8_t *)&batch.staging, batch.record,
                                       batch.finish.table[0], row, c, y, x);
                const uint64_t at = tn_px_finish_place(px, 0, c, y, x) * (uint64_t)bytes;
                if (read_bits(out + at, bytes) != wanted)
                    ck_abort_msg("level %d, dtype %d, mix %d, row %d, channel %d, (%d, %d)", level,
                                 px->dtype, px->mix, row, c, x, y);
            }
}

START_TEST(rows_are_those_of_the_truth)
{
    static uint8_t out[CHANNELS * MOST_W * MOST_H * 4 + 8];
    state = 4711u + (uint32_t)_i;
    draw_batch();
    const tn__staged staged = {&batch.finish, &batch.px, (uint8_t *)&batch.staging, batch.record};
    const size_t n_scratch = (tn__staged_scratch(&batch.px) + TN_PX_ALIGN) / TN_PX_ALIGN;
    void *const scratch = aligned_alloc(TN_PX_ALIGN, n_scratch * TN_PX_ALIGN);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++)
        for (int32_t row = 0; row < ROWS; row++) {
            tn__cpu_lower(level);
            tn__staged_finish(&staged, row, scratch, out);
            check_row(row, out, level);
        }
    free(scratch);
}
END_TEST

/* Blends every 16-bit value, also infinities and NaN, with a random one. */
START_TEST(halves_blend_as_the_truth_says)
{
    enum { N = 1 << 16, ODD = 5 }; /* an odd number more, because vectors leave a rest */
    static const float lambdas[] = {0, 1, 0.5f, 0.3f, 0.987f};
    static uint16_t own[N + ODD], partner[N + ODD], out[N + ODD];
    const int32_t dtype = _i % 2 ? TN_F16 : TN_BF16;
    const float lambda = lambdas[_i / 2];
    state = 815u + (uint32_t)_i;
    for (uint32_t i = 0; i < N + ODD; i++) {
        own[i] = (uint16_t)i;
        partner[i] = (uint16_t)draw(N);
    }
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        const tn__finish_rows *const rows = tn__finish_rows_get();
        memcpy(out, own, sizeof out);
        (dtype == TN_F16 ? rows->mix_f16 : rows->mix_bf16)(out, partner, lambda, N + ODD);
        for (uint32_t i = 0; i < N + ODD; i++)
            if (out[i] != tn_px_mix_bits(dtype, own[i], partner[i], lambda))
                ck_abort_msg("level %d, dtype %d, lambda %g: %04x and %04x give %04x", level, dtype,
                             (double)lambda, own[i], partner[i], out[i]);
    }
}
END_TEST

static tn__node nodes[TN__MAX_NODES];

static const tn__node *parse(const char *text)
{
    int32_t n_nodes;
    ck_assert_msg(tn__parse_ops(text, nodes, &n_nodes) == TN_OK, "%s", tn__error_last()->message);
    return &nodes[n_nodes - 1];
}

static tn__pair mix_of(const tn__node *node, int64_t first, int32_t row, int32_t rows)
{
    static tn__plan plan;
    plan = (tn__plan){
        .place = {.seed = 3, .epoch = 1, .position = first + row, .row = row, .rows = rows},
        .w = 40,
        .h = 30};
    tn__plan_pair(node, &plan);
    return plan.pair;
}

static bool same_draws(const tn__pair *a, const tn__pair *b)
{
    return a->pastes == b->pastes && a->lambda == b->lambda && a->share == b->share &&
           memcmp(&a->box, &b->box, sizeof a->box) == 0;
}

START_TEST(partners_are_mirrored_rows)
{
    const tn__node *const node = parse("mixup");
    for (int32_t rows = 1; rows < 8; rows++)
        for (int32_t row = 0; row < rows; row++)
            ck_assert_int_eq(mix_of(node, 64, row, rows).partner, rows - 1 - row);
    ck_assert_int_eq(mix_of(node, 64, 0, 0).partner, 0); /* a batch of one row */
    ck_assert_int_eq(mix_of(parse("mixup prob=0"), 64, 1, 8).partner, 1);
}
END_TEST

START_TEST(half_has_no_rows_for_the_later_samples)
{
    const tn__node *const half = parse("mixup mode=half");
    for (int32_t samples = 1; samples < 8; samples++) {
        const int32_t rows = half->op->batch->rows(half, samples);
        ck_assert_int_eq(rows, (samples + 1) / 2);
        for (int32_t row = 0; row < rows; row++)
            ck_assert_int_eq(mix_of(half, 64, row, samples).partner, samples - 1 - row);
    }
    const tn__node *const pair = parse("mixup mode=pair");
    ck_assert_int_eq(pair->op->batch->rows(pair, 7), 7);
}
END_TEST

START_TEST(modes_share_draws)
{
    const char *const options = "mixup_alpha=0.8 cutmix_alpha=1";
    char text[100];
    for (int mode = 0; mode < 4; mode++) {
        static const char *const names[] = {"batch", "elem", "pair", "half"};
        snprintf(text, sizeof text, "mixup %s mode=%s", options, names[mode]);
        const tn__node *const node = parse(text);
        for (int64_t first = 0; first < 80; first += 8) {
            const tn__pair mix[4] = {mix_of(node, first, 0, 8), mix_of(node, first, 3, 8),
                                     mix_of(node, first, 4, 8), mix_of(node, first, 7, 8)};
            ck_assert_int_eq(same_draws(&mix[0], &mix[1]), mode == 0);
            ck_assert_int_eq(same_draws(&mix[1], &mix[2]), mode % 2 == 0);
            ck_assert_int_eq(same_draws(&mix[0], &mix[3]), mode % 2 == 0);
        }
    }
}
END_TEST

/* Each box is one that timm's rand_bbox can draw for this lambda, and the share follows from it. */
START_TEST(boxes_follow_lambda)
{
    const tn__node *const node = parse("mixup mixup_alpha=0 cutmix_alpha=1");
    for (int64_t first = 0; first < 4000; first += 8) {
        const tn__pair mix = mix_of(node, first, 2, 8);
        const int32_t w = (int32_t)(40 * sqrt(1 - (double)mix.lambda));
        const int32_t h = (int32_t)(30 * sqrt(1 - (double)mix.lambda));
        ck_assert(mix.pastes && mix.box.w <= w && mix.box.h <= h);
        ck_assert(mix.box.w == w || mix.box.x == 0 || mix.box.x + mix.box.w == 40);
        ck_assert(mix.box.h == h || mix.box.y == 0 || mix.box.y + mix.box.h == 30);
        ck_assert(mix.share == 1 - mix.box.w * mix.box.h / 1200.0);
    }
    const tn__node *const inside = parse("mixup cutmix_minmax=0.2,0.8 switch_prob=1");
    for (int64_t first = 0; first < 4000; first += 8) {
        const tn__pair mix = mix_of(inside, first, 2, 8);
        ck_assert(mix.box.w >= 8 && mix.box.w < 32 && mix.box.h >= 6 && mix.box.h < 24);
        ck_assert(mix.box.x + mix.box.w <= 40 && mix.box.y + mix.box.h <= 30);
        ck_assert(mix.share == 1 - mix.box.w * mix.box.h / 1200.0);
    }
    const tn__node *const as_drawn = parse("mixup mixup_alpha=0 cutmix_alpha=1 correct_lam=no");
    ck_assert(mix_of(as_drawn, 0, 0, 8).share == (double)mix_of(as_drawn, 0, 0, 8).lambda);
}
END_TEST

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Distribution function of Beta(alpha, alpha) at x. It integrates by Simpson's rule over t, with
 * x = t^k, which removes the pole at 0. */
static double beta_below(double alpha, double x)
{
    enum { STEPS = 400 };
    const double k = alpha < 1 ? 4 / alpha : 1;
    const double end = pow(x <= 0.5 ? x : 1 - x, 1 / k), step = end / STEPS;
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        const double t = i * step, at = pow(t, k);
        const double value = k * pow(t, k * alpha - 1) * pow(1 - at, alpha - 1);
        sum += value * (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2);
    }
    const double area = sum * step / 3 / exp(2 * lgamma(alpha) - lgamma(2 * alpha));
    return x <= 0.5 ? area : 1 - area;
}

/* Tests the Kolmogorov-Smirnov distance of the drawn numbers. By chance it exceeds 1.95/sqrt(n)
 * once in a thousand times. */
START_TEST(lambda_is_beta)
{
    enum { N = 20000 };
    static double drawn[N];
    static const double alphas[] = {0.1, 0.2, 0.4, 0.5, 0.8, 1, 2, 8};
    char text[40];
    snprintf(text, sizeof text, "mixup mixup_alpha=%g", alphas[_i]);
    const tn__node *const node = parse(text);
    for (int32_t i = 0; i < N; i++)
        drawn[i] = (double)mix_of(node, (int64_t)i * 4, 0, 4).lambda;
    qsort(drawn, N, sizeof *drawn, compare);
    double distance = 0;
    for (int32_t i = 0; i < N; i++) {
        const double below = beta_below(alphas[_i], drawn[i]);
        if (drawn[i] > 1e-6 && drawn[i] < 1 - 1e-6) /* floats are coarse near 1 */
            distance = fmax(distance, fmax(below - (double)i / N, (double)(i + 1) / N - below));
    }
    ck_assert_msg(distance * sqrt(N) < 1.95, "alpha %g: distance %g", alphas[_i], distance);
}
END_TEST

/* The expected numbers are those of timm 1.0.31: mixup_target of [0, 1] with 4 classes, lam 0.7,
 * smoothing 0.1. */
START_TEST(targets_are_those_of_timm)
{
    static const float wanted[4] = {0.655f, 0.295f, 0.025f, 0.025f};
    float target[4];
    const tn__pair mix = {.partner = 1, .share = 0.7};
    tn__op_mixup.batch->target(parse("mixup"), &mix, TN_F32, 0, 1, 4, target);
    for (int k = 0; k < 4; k++)
        ck_assert(fabsf(target[k] - wanted[k]) < 1e-7f);
    tn__op_mixup.batch->target(parse("mixup label_smoothing=0"), &mix, TN_F32, 2, 2, 4, target);
    ck_assert(target[0] == 0.0f && target[2] == 1.0f);
}
END_TEST

int main(void)
{
    TCase *const tests = tcase_create("mixup");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, rows_are_those_of_the_truth, 0, LOOPS);
    tcase_add_loop_test(tests, halves_blend_as_the_truth_says, 0, 10);
    tcase_add_test(tests, partners_are_mirrored_rows);
    tcase_add_test(tests, half_has_no_rows_for_the_later_samples);
    tcase_add_test(tests, modes_share_draws);
    tcase_add_test(tests, boxes_follow_lambda);
    tcase_add_loop_test(tests, lambda_is_beta, 0, 8);
    tcase_add_test(tests, targets_are_those_of_timm);
    Suite *const suite = suite_create("mixup");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
