/* SPDX-License-Identifier: MIT */
/* Compares the pixels of every op with the results of the real Pillow, torchvision and timm
 * (tests/golden/make_ops.py). A step that makes only a rectangle must give the same pixels as a
 * full run. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "op/geometry.h"
#include "op/parse.h"
#include "op/transform.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

static const struct golden {
    const char *text;
    int32_t w, h, channels;
    int32_t n_q, q[TN__STEP_Q];
    int32_t n_p;
    double p[TN__STEP_P];
    int32_t to_w, to_h;
    uint64_t hash;
} golden[] = {
#include "../golden/ops.inc"
};

static const struct {
    int32_t w, h;
    double share, log_ratio;
    int32_t box_w, box_h;
} sides[] = {
#include "../golden/sides.inc"
};

static tn__arena arena;
static tn__node nodes[TN__MAX_NODES];
static tn__plan plan;

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 20, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
}

/* The same image as in make_ops.py. */
static uint8_t pixel(int32_t x, int32_t y, int32_t c, int32_t h)
{
    const int32_t noise = (x * 37 + y * 101 + c * 59 + x * y * 7) ^ (x * x * 3 + y * (c + 1) * 11);
    const int32_t ramp = x * 3 + y * 2 + c * 40;
    return (uint8_t)((y * 2 < h ? ramp : noise) & 255);
}

/* The part `rect` of that image, without its surroundings. */
static tn_px_image image_part(int32_t h, int32_t channels, tn_px_rect rect)
{
    tn_px_image image;
    ck_assert_int_eq(tn__arena_image(&arena, rect.w, rect.h, channels, 8, &image), TN_OK);
    image.x0 = rect.x;
    image.y0 = rect.y;
    for (int32_t c = 0; c < channels; c++)
        for (int32_t y = 0; y < rect.h; y++)
            for (int32_t x = 0; x < rect.w; x++)
                image.plane[c][y * image.stride + x] = pixel(rect.x + x, rect.y + y, c, h);
    return image;
}

/* FNV-1a over interleaved pixels, as in make_ops.py. */
static uint64_t hash_of(const tn_px_image *image)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++)
                hash = (hash ^ image->plane[c][y * image->stride + x]) * 0x100000001B3u;
    return hash;
}

/* Draws the only op of a text for an image; the plan then has its steps. */
static int plan_op(const char *text, int32_t w, int32_t h, int32_t channels, int64_t position)
{
    int32_t n_nodes;
    ck_assert_msg(tn__parse_ops(text, nodes, &n_nodes) == TN_OK, "%s", tn__error_last()->message);
    plan = (tn__plan){.w = w,
                      .h = h,
                      .channels = channels,
                      .place = {.row = plan.place.row, .kept = plan.place.kept}};
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(7, 0, TN__DOMAIN_SAMPLE), position, 0,
                    tn__node_address(&nodes[0]), 0);
    return nodes[0].op->draw(&nodes[0], &plan, &draws);
}

/* For a resize, the box is the whole source. */
static void resize_part(const tn__step *step, tn_px_image source, tn_px_image *made)
{
    tn_px_rect box;
    const tn__resize resize = nodes[0].op->resize(step, &box);
    source.x0 -= box.x;
    source.y0 -= box.y;
    void *const scratch = tn__arena_take(&arena, tn__resize_scratch(&resize, source.channels));
    ck_assert_ptr_nonnull(scratch);
    tn__resize_run(&resize, &source, made, NULL, scratch);
}

/* Runs the plan's only step for a part of its result. The source has only the pixels that this part
 * needs. */
static tn_px_image run_part(int32_t h, int32_t channels, tn_px_rect out)
{
    tn__step *const step = &plan.steps[0];
    step->out = out;
    step->in = nodes[0].op->need ? nodes[0].op->need(step) : out;
    ck_assert(step->in.x >= 0 && step->in.y >= 0 && step->in.w > 0 && step->in.h > 0);
    ck_assert(step->in.x + step->in.w <= step->source_w);
    ck_assert(step->in.y + step->in.h <= step->source_h);
    tn_px_image source = image_part(h, channels, step->in);
    const tn__tools tools = {.arena = &arena};
    if (!nodes[0].op->need) { /* it works in place */
        ck_assert_int_eq(nodes[0].op->run(step, &source, &source, &tools), TN_OK);
        return source;
    }
    tn_px_image made;
    ck_assert_int_eq(tn__arena_image(&arena, out.w, out.h, channels, 8, &made), TN_OK);
    made.x0 = out.x;
    made.y0 = out.y;
    if (nodes[0].op->resize)
        resize_part(step, source, &made);
    else
        ck_assert_int_eq(nodes[0].op->run(step, &source, &made, &tools), TN_OK);
    return made;
}

static void set_up_case(const struct golden *g)
{
    ck_assert_msg(plan_op(g->text, g->w, g->h, g->channels, 0) == TN_OK, "%s",
                  tn__error_last()->message);
    tn__step *const step = &plan.steps[0];
    ck_assert_int_eq(plan.n_steps, g->n_q > 0 || plan.n_steps == 1 ? 1 : 0);
    if (g->n_q > 0)
        memset(step->q, 0, sizeof step->q);
    for (int32_t i = 0; i < g->n_q; i++)
        step->q[i] = g->q[i];
    for (int32_t i = 0; i < g->n_p; i++)
        step->p[i] = g->p[i];
    ck_assert_int_eq(plan.w, g->to_w);
    ck_assert_int_eq(plan.h, g->to_h);
}

START_TEST(pixels_are_those_of_pillow)
{
    for (int i = 0; i < COUNT(golden); i++) {
        const struct golden *const g = &golden[i];
        tn__arena_reset(&arena);
        set_up_case(g);
        const tn_px_rect whole = {0, 0, g->to_w, g->to_h};
        const tn_px_image made = plan.n_steps > 0 ? run_part(g->h, g->channels, whole)
                                                  : image_part(g->h, g->channels, whole);
        ck_assert_msg(hash_of(&made) == g->hash, "case %d: %s of %d x %d x %d", i, g->text, g->w,
                      g->h, g->channels);
    }
}
END_TEST

static void compare_part(const tn_px_image *whole, const tn_px_image *part, const char *text)
{
    for (int32_t c = 0; c < part->channels; c++)
        for (int32_t y = 0; y < part->h; y++)
            ck_assert_msg(memcmp(part->plane[c] + y * part->stride,
                                 whole->plane[c] + (part->y0 + y) * whole->stride + part->x0,
                                 (size_t)part->w) == 0,
                          "%s: part %d,%d %d x %d differs in row %d", text, part->x0, part->y0,
                          part->w, part->h, y);
}

START_TEST(parts_are_those_of_the_whole)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(9, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    for (int i = 0; i < COUNT(golden); i++) {
        const struct golden *const g = &golden[i];
        tn__arena_reset(&arena);
        set_up_case(g);
        if (plan.n_steps == 0)
            continue;
        const tn_px_image whole = run_part(g->h, g->channels, (tn_px_rect){0, 0, plan.w, plan.h});
        for (int part = 0; part < 4; part++) {
            tn_px_rect out = {.x = (int32_t)tn__draw_integer(&draws, 0, plan.w - 1),
                              .y = (int32_t)tn__draw_integer(&draws, 0, plan.h - 1)};
            out.w = (int32_t)tn__draw_integer(&draws, 1, plan.w - out.x);
            out.h = (int32_t)tn__draw_integer(&draws, 1, plan.h - out.y);
            const tn_px_image made = run_part(g->h, g->channels, out);
            compare_part(&whole, &made, g->text);
        }
    }
}
END_TEST

START_TEST(box_sides_are_those_of_timm)
{
    for (int i = 0; i < COUNT(sides); i++) {
        double w, h;
        const double area = (double)sides[i].w * sides[i].h;
        tn__box_sides(sides[i].share * area, exp(sides[i].log_ratio), &w, &h);
        ck_assert(w == sides[i].box_w && h == sides[i].box_h);
    }
}
END_TEST

START_TEST(version_of_pillow_is_passed_on)
{
    ck_assert_int_eq(plan_op("resize size=4", 9, 9, 1, 0), TN_OK);
    ck_assert_int_eq(plan.steps[0].q[5], 13);
    ck_assert_int_eq(plan_op("random_resized_crop size=4 pillow=11", 9, 9, 1, 0), TN_OK);
    ck_assert_int_eq(plan.steps[0].q[5], 11);
}
END_TEST

/* No box of this area and ratio fits. timm then falls back; 20 x 1000 is the mirrored case. */
START_TEST(crop_falls_back_to_the_centre)
{
    static const struct {
        int32_t w, h;
        tn_px_rect box;
    } cases[] = {{1000, 20, {486, 0, 27, 20}}, {20, 1000, {0, 486, 20, 27}}};
    for (int i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(
            plan_op("random_resized_crop size=8 scale=0.9,1", cases[i].w, cases[i].h, 3, i), TN_OK);
        ck_assert_mem_eq(plan.steps[0].q, &cases[i].box, sizeof(tn_px_rect));
    }
}
END_TEST

/* No result is empty, larger than allowed, or outside the image. */
START_TEST(extreme_sizes)
{
    static const char *const texts[] = {
        "random_resized_crop size=3 scale=0.000001,1 ratio=0.001,1000",
        "resize size=2",
        "resize_keep_ratio size=2 longest=1",
        "resize_keep_ratio size=9 random_scale_prob=1",
        "center_crop size=5",
        "center_crop_or_pad size=5 padding_mode=reflect",
        "random_crop_or_pad size=5 padding_mode=symmetric",
        "trim_border border=2",
        "random_erasing p=1 area=0,1 count=1,16"};
    static const int32_t sizes[][2] = {{1, 1}, {1, 2}, {3, 1}, {1, 65500}, {65500, 1}, {40000, 3}};
    for (int i = 0; i < COUNT(texts) * COUNT(sizes); i++) {
        const int32_t *const size = sizes[i % COUNT(sizes)];
        for (int64_t position = 0; position < 50; position++) {
            const int status = plan_op(texts[i / COUNT(sizes)], size[0], size[1], 1, position);
            ck_assert_msg(status == TN_OK, "%s", tn__error_last()->message);
            ck_assert(plan.w > 0 && plan.h > 0);
            for (int32_t s = 0; s < plan.n_steps && nodes[0].op->need; s++) {
                tn__step *const step = &plan.steps[s];
                step->out = (tn_px_rect){0, 0, step->w, step->h};
                const tn_px_rect in = nodes[0].op->need(step);
                ck_assert(in.x >= 0 && in.y >= 0 && in.w > 0 && in.h > 0);
                ck_assert(in.x + in.w <= step->source_w && in.y + in.h <= step->source_h);
            }
        }
    }
}
END_TEST

START_TEST(impossible_samples_are_refused)
{
    static const struct {
        const char *text;
        int32_t w, h, code;
        const char *message;
    } cases[] = {
        {"crop box=0,0,8,8", 8, 7, TN_EINVAL,
         "crop: box 0,0,8,8 does not lie inside an image of 8 x 7"},
        {"crop box=16000000,0,16000000,8", 8, 8, TN_EINVAL,
         "crop: box 16000000,0,16000000,8 does not lie inside an image of 8 x 8"},
        {"resize size=65500", 1, 65500, TN_ELIMIT,
         "resize: a result of 65500 x 4290250000 is over the limit of 16777216 a side"},
        {"resize_keep_ratio size=65500x30000", 10000, 10000, TN_ELIMIT,
         "resize_keep_ratio: a result of 65500 x 65500 is over the limit of 268435456 pixels"},
        {"center_crop_or_pad size=8 fill=1,2,3", 8, 8, TN_EINVAL,
         "center_crop_or_pad: fill has 3 numbers, the image has 1 channel"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(plan_op(cases[i].text, cases[i].w, cases[i].h, 1, 0), cases[i].code);
        ck_assert_str_eq(tn__error_last()->message, cases[i].message);
    }
}
END_TEST

/* The affine map of a step is right: it sends the corners of the visible part to the corners of the
 * output. */
START_TEST(points_follow_the_pixels)
{
    static const struct {
        const char *text;
        double in[2], out[2];
    } cases[] = {
        {"resize size=40x10 mode=exact", {20, 10}, {10, 20}},
        {"hflip p=1", {0, 3}, {20, 3}},
        {"vflip p=1", {4, 0}, {4, 20}},
        {"crop box=3,4,9,9", {3, 4}, {0, 0}},
        {"center_crop size=24", {0, 0}, {2, 2}},
        {"random_resized_crop size=5 scale=1 ratio=1", {20, 20}, {5, 5}},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        double map[6];
        /* resize: 20 x 20 becomes 10 wide, 40 high. */
        ck_assert_int_eq(plan_op(cases[i].text, 20, 20, 3, 0), TN_OK);
        nodes[0].op->affine(&plan.steps[0], map);
        const double *const in = cases[i].in;
        ck_assert(map[0] * in[0] + map[1] * in[1] + map[2] == cases[i].out[0]);
        ck_assert(map[3] * in[0] + map[4] * in[1] + map[5] == cases[i].out[1]);
    }
}
END_TEST

START_TEST(steps_explain_themselves)
{
    static const struct {
        const char *text;
        int32_t n_q, q[TN__STEP_Q];
        double p[2];
        const char *json;
    } cases[] = {
        {"random_resized_crop size=3x5",
         6,
         {1, 2, 9, 8, 4, 13},
         {0},
         ",\"box\":[1,2,9,8],\"size\":[3,5],\"interpolation\":\"bicubic\""},
        {"resize size=10", 0, {0}, {0}, ",\"size\":[10,10],\"interpolation\":\"bilinear\""},
        {"center_crop size=24", 0, {0}, {0}, ",\"box\":[-2,-2,24,24]"},
        {"center_crop_or_pad size=9 padding_mode=edge fill=1,2,3",
         0,
         {0},
         {0},
         ",\"box\":[6,6,9,9],\"padding_mode\":\"edge\",\"fill\":[1,2,3]"},
        {"color_jitter",
         3,
         {2, 1, 0},
         {0.5, 1.25},
         ",\"factors\":[[\"contrast\",0.5],[\"brightness\",1.25]]"},
        {"random_erasing p=1",
         12,
         {2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8},
         {0},
         ",\"mode\":\"const\",\"boxes\":[[1,2,3,4],[5,6,7,8]],\"fill\":[9,8,7]"},
        {"random_erasing p=1 mode=pixel",
         8,
         {1, 2, 7, -1, 1, 2, 3, 4},
         {0},
         ",\"mode\":\"pixel\",\"key\":[7,4294967295],\"boxes\":[[1,2,3,4]]"},
    };
    const tn_px_finish write = {.dtype = TN_PX_U8, .channels = 3, .fill = {9, 8, 7}};
    for (int i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(plan_op(cases[i].text, 20, 20, 3, 0), TN_OK);
        tn__step *const step = &plan.steps[0];
        for (int32_t q = 0; q < cases[i].n_q; q++)
            step->q[q] = cases[i].q[q];
        memcpy(step->p, cases[i].p, sizeof cases[i].p);
        tn__text text = {0};
        nodes[0].op->explain(step, &write, &text);
        ck_assert_str_eq(text.chars, cases[i].json);
        tn__text_free(&text);
    }
}
END_TEST

START_TEST(finish_ops_explain_themselves)
{
    int32_t n_nodes;
    tn__text text = {0};
    ck_assert_int_eq(
        tn__parse_ops("normalize std=0.5; convert dtype=bf16 layout=nhwc", nodes, &n_nodes), TN_OK);
    for (int32_t n = 0; n < n_nodes; n++)
        nodes[n].op->tell(&nodes[n], &plan, &text);
    ck_assert_str_eq(text.chars, ",\"mean\":[0.485,0.456,0.406],\"std\":[0.5],\"dtype\":\"bf16\","
                                 "\"layout\":\"nhwc\"");
    tn__text_free(&text);
}
END_TEST

/* The record collects the boxes of several steps. */
START_TEST(erased_boxes_are_recorded)
{
    tn_px_record record = {0};
    tn_px_box boxes[TN_PX_MAX_BOXES];
    ck_assert_int_eq(plan_op("random_erasing p=1 area=0.2 aspect=1 count=5", 90, 60, 3, 0), TN_OK);
    ck_assert_int_eq(plan.n_steps, 3);
    for (int32_t s = 0; s < plan.n_steps; s++)
        nodes[0].op->record(&plan.steps[s], &record, boxes);
    ck_assert_int_eq(record.erase, TN_PX_ERASE_CONST);
    ck_assert_int_eq(record.n_boxes, 5);
    for (int b = 0; b < 5; b++) {
        ck_assert(boxes[b].w == 15 && boxes[b].h == 15); /* sqrt(0.2·90·60/5) = 14.7 */
        ck_assert(boxes[b].x + boxes[b].w <= 90 && boxes[b].y + boxes[b].h <= 60);
        const int32_t *const q = plan.steps[b / 2].q + 4 + 4 * (b % 2);
        ck_assert(boxes[b].x == q[0] && boxes[b].y == q[1]);
    }
}
END_TEST

/* The noise key depends on the sample's place alone, not on other draws. */
START_TEST(noise_has_a_key)
{
    static const struct {
        const char *text;
        int64_t position;
    } cases[] = {{"random_erasing p=1 mode=rand", 5},
                 {"random_erasing p=1 mode=pixel", 5},
                 {"random_erasing p=1 mode=rand", 6}};
    tn_px_record record[3] = {{0}};
    tn_px_box boxes[3][TN_PX_MAX_BOXES];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(plan_op(cases[i].text, 90, 60, 3, cases[i].position), TN_OK);
        nodes[0].op->record(&plan.steps[0], &record[i], boxes[i]);
    }
    ck_assert(record[0].erase == TN_PX_ERASE_RAND && record[1].erase == TN_PX_ERASE_PIXEL);
    ck_assert_mem_eq(boxes[0], boxes[1], sizeof boxes[0][0]);
    ck_assert_mem_eq(record[0].key, record[1].key, sizeof record[0].key);
    ck_assert_mem_ne(record[0].key, record[2].key, sizeof record[0].key);
}
END_TEST

/* timm leaves the first part of the batch alone; its length is rounded down. */
START_TEST(first_part_is_not_erased)
{
    static const struct {
        const char *splits;
        int32_t rows, alone;
    } cases[] = {{"0", 7, 0}, {"1", 7, 0}, {"2", 7, 3}, {"3", 7, 2}, {"8", 7, 0}, {"2", 0, 0}};
    for (int i = 0; i < COUNT(cases); i++)
        for (int32_t row = 0; row < cases[i].rows || row == 0; row++) {
            char text[64];
            snprintf(text, sizeof text, "random_erasing p=1 num_splits=%s", cases[i].splits);
            plan.place.row = row;
            plan.place.kept = cases[i].rows;
            ck_assert_int_eq(plan_op(text, 90, 60, 3, 0), TN_OK);
            ck_assert_int_eq(plan.n_steps, row >= cases[i].alone);
        }
    plan.place.row = plan.place.kept = 0;
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ops");
    TCase *const tcase = tcase_create("ops");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, pixels_are_those_of_pillow);
    tcase_add_test(tcase, parts_are_those_of_the_whole);
    tcase_add_test(tcase, box_sides_are_those_of_timm);
    tcase_add_test(tcase, version_of_pillow_is_passed_on);
    tcase_add_test(tcase, crop_falls_back_to_the_centre);
    tcase_add_test(tcase, extreme_sizes);
    tcase_add_test(tcase, impossible_samples_are_refused);
    tcase_add_test(tcase, points_follow_the_pixels);
    tcase_add_test(tcase, steps_explain_themselves);
    tcase_add_test(tcase, finish_ops_explain_themselves);
    tcase_add_test(tcase, erased_boxes_are_recorded);
    tcase_add_test(tcase, noise_has_a_key);
    tcase_add_test(tcase, first_part_is_not_erased);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
