/* SPDX-License-Identifier: MIT */
/* Compares what tench's ops draw with what timm and torchvision draw
 * (tests/golden/make_distributions.py).
 *
 * For each number the test computes the two-sample Kolmogorov-Smirnov statistic at stored
 * thresholds. The bound allows one false alarm in 10^8 for each number, so about 3 in 10^7 for all;
 * numbers that take few values, and few thresholds, make it rarer. The draws are a function of the
 * seed below, so the test gives the same result each time. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "op/parse.h"
#include "op/transform.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

enum { SEED = 2026, MAX_LEVELS = 40, MAX_COLUMNS = 5 };

static const double FALSE_ALARM = 1e-8;

static const struct row {
    const char *name;
    int32_t n, n_levels;
    double at[MAX_LEVELS];
    int32_t below[MAX_LEVELS];
} rows[] = {
#include "../golden/distributions.inc"
};

static tn__node nodes[TN__MAX_NODES];
static tn__plan plan;

/* The numbers that the op drew for the sample; false if there are none. */
typedef bool numbers_of(double out[MAX_COLUMNS]);

static bool crop_numbers(double out[MAX_COLUMNS])
{
    const tn__step *const step = &plan.steps[0];
    const int32_t *const q = step->q;
    out[0] = (double)(q[2] * q[3]) / (step->source_w * step->source_h);
    out[1] = (double)q[2] / q[3];
    out[2] = (double)q[0] / (step->source_w - q[2] + 1);
    out[3] = (double)q[1] / (step->source_h - q[3] + 1);
    out[4] = q[4] == 4; /* bicubic */
    return true;
}

static bool size_numbers(double out[MAX_COLUMNS])
{
    out[0] = plan.h;
    out[1] = plan.w;
    out[2] = (double)plan.w / plan.h;
    return true;
}

static bool place_numbers(double out[MAX_COLUMNS])
{
    out[0] = plan.steps[0].q[1];
    out[1] = plan.steps[0].q[0];
    return true;
}

static bool jitter_numbers(double out[MAX_COLUMNS])
{
    const tn__step *const step = &plan.steps[0];
    out[0] = step->q[1] * 100 + step->q[2] * 10 + step->q[3];
    for (int i = 0; i < 3; i++)
        out[1 + step->q[1 + i]] = step->p[i];
    out[4] = out[1] * out[3];
    return true;
}

static bool coin_numbers(double out[MAX_COLUMNS])
{
    out[0] = plan.n_steps;
    return true;
}

static bool erased(double out[MAX_COLUMNS])
{
    out[0] = 0;
    for (int32_t s = 0; s < plan.n_steps; s++)
        out[0] += plan.steps[s].q[0];
    return true;
}

/* Of the last box. */
static bool erased_box(double out[MAX_COLUMNS])
{
    if (plan.n_steps == 0)
        return false;
    const int32_t *const q = plan.steps[plan.n_steps - 1].q;
    const int32_t *const box = q + 4 * q[0];
    out[0] = (double)(box[2] * box[3]) / (plan.w * plan.h);
    out[1] = (double)box[3] / box[2];
    out[2] = (double)box[0] / (plan.w - box[2] + 1);
    out[3] = (double)box[1] / (plan.h - box[3] + 1);
    return true;
}

#define JITTER_RKR                                                                                 \
    "resize_keep_ratio size=224 random_scale_prob=0.5 random_scale_range=0.8,1 "                   \
    "random_scale_area=yes random_aspect_prob=0.5 random_aspect_range=0.9,1.1111111111111112"

/* How to make the numbers of each row; a row's name is "source: column". */
static const struct source {
    const char *name, *text;
    int32_t w, h;
    const char *columns[MAX_COLUMNS];
    numbers_of *numbers;
} sources[] = {
    {"rrc", "random_resized_crop size=8", 500, 375, {"area", "ratio", "left", "top"}, crop_numbers},
    {"rrc tall",
     "random_resized_crop size=8 scale=0.2,0.6",
     120,
     400,
     {"area", "ratio", "left", "top"},
     crop_numbers},
    {"rrc small", "random_resized_crop size=8", 7, 5, {"area", "ratio"}, crop_numbers},
    {"rrc filter",
     "random_resized_crop size=8 interpolation=random",
     500,
     375,
     {"", "", "", "", "bicubic"},
     crop_numbers},
    {"rkr", JITTER_RKR, 500, 375, {"height", "width", "ratio"}, size_numbers},
    {"pad", "random_crop_or_pad size=60", 90, 30, {"top", "left"}, place_numbers},
    {"jitter",
     "color_jitter",
     9,
     9,
     {"order", "brightness", "contrast", "saturation", "product"},
     jitter_numbers},
    {"jitter coin", "color_jitter p=0.7", 9, 9, {"taken"}, coin_numbers},
    {"hflip", "hflip p=0.3", 9, 9, {"flipped"}, coin_numbers},
    {"erase", "random_erasing p=0.6", 224, 224, {"boxes"}, erased},
    {"erase", "random_erasing p=0.6", 224, 224, {"area", "aspect", "left", "top"}, erased_box},
    {"erase small",
     "random_erasing p=0.6 area=0.1,0.9 aspect=0.3,1.5 count=1,3",
     12,
     8,
     {"boxes"},
     erased},
    {"erase small",
     "random_erasing p=0.6 area=0.1,0.9 aspect=0.3,1.5 count=1,3",
     12,
     8,
     {"area", "aspect", "left", "top"},
     erased_box},
};

static const struct source *find_source(const char *name, int *column)
{
    const char *const colon = strchr(name, ':');
    for (int s = 0; s < COUNT(sources); s++) {
        if (strlen(sources[s].name) != (size_t)(colon - name) ||
            strncmp(sources[s].name, name, (size_t)(colon - name)) != 0)
            continue;
        for (*column = 0; *column < MAX_COLUMNS && sources[s].columns[*column]; ++*column)
            if (strcmp(sources[s].columns[*column], colon + 2) == 0)
                return &sources[s];
    }
    ck_abort_msg("no source draws %s", name);
    return NULL;
}

static void draw_sample(const struct source *source, int64_t position)
{
    plan.w = source->w;
    plan.h = source->h;
    plan.channels = 3;
    plan.n_steps = 0;
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(SEED, 1, TN__DOMAIN_SAMPLE), position, 0,
                    tn__node_address(&nodes[0]), 0);
    if (nodes[0].op->draw(&nodes[0], &plan, &draws) != TN_OK) /* an assertion costs a system call */
        ck_abort_msg("%s", tn__error_last()->message);
}

/* Counts how many of the n numbers are at or below each of the row's thresholds. */
static void count_ours(const struct row *row, int32_t below[MAX_LEVELS])
{
    int column;
    int32_t n_nodes;
    const struct source *const source = find_source(row->name, &column);
    ck_assert_int_eq(tn__parse_ops(source->text, nodes, &n_nodes), TN_OK);
    int64_t position = 0;
    for (int32_t n = 0; n < row->n; position++) {
        double numbers[MAX_COLUMNS];
        draw_sample(source, position);
        if (!source->numbers(numbers))
            continue;
        n++;
        for (int32_t level = 0; level < row->n_levels; level++)
            below[level] += numbers[column] <= row->at[level];
    }
}

START_TEST(draws_are_distributed_as_those_of_timm)
{
    const struct row *const row = &rows[_i];
    int32_t below[MAX_LEVELS] = {0};
    count_ours(row, below);
    const double bound = sqrt(-log(FALSE_ALARM / 2) / 2) * sqrt(2.0 / row->n);
    for (int32_t level = 0; level < row->n_levels; level++) {
        const double apart = fabs((double)below[level] - row->below[level]) / row->n;
        ck_assert_msg(apart <= bound, "%s: at %g ours is %.4f, theirs %.4f; %.4f is allowed",
                      row->name, row->at[level], (double)below[level] / row->n,
                      (double)row->below[level] / row->n, bound);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("draws");
    TCase *const tcase = tcase_create("draws");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, draws_are_distributed_as_those_of_timm, 0, COUNT(rows));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
