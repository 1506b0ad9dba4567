/* SPDX-License-Identifier: MIT */
/* Checks policies and the state of ops, with ops that only this program has: its own table of ops
 * answers before the library's. */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "make/planning.h"
#include "make_jpeg.h"
#include "op/ops.h"
#include "op/parse.h"
#include "suite.h"
#include "tree.h"

enum {
    W = 40,
    H = 36,
    OUT = 20,
    POLICY_ID = 901,
    INVERT_ID = 902,
    BAD_ID = 903,
    NESTED_ID = 904,
    BATCH_ID = 905
};
enum { N_FILES = 24, THREADS = 3, POSITIONS = 60 };

/* The state that each worker keeps for test_invert. */
typedef struct inverter {
    pthread_t owner;
    uint8_t table[256];
} inverter;

static atomic_int n_opened, n_closed, n_strangers;
static atomic_bool fails_to_open;

static void *open_inverter(void)
{
    if (fails_to_open)
        return tn__fail_null(TN_ENOMEM, "no table today");
    inverter *const state = malloc(sizeof *state);
    state->owner = pthread_self();
    for (int value = 0; value < 256; value++)
        state->table[value] = (uint8_t)(255 - value);
    n_opened++;
    return state;
}

static void close_inverter(void *state)
{
    free(state);
    n_closed++;
}

static int draw_invert(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    (void)draws;
    return tn__node_step(node, plan, plan->w, plan->h) ? TN_OK : tn__error_last()->code;
}

static int run_invert(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
                      const tn__tools *tools)
{
    const inverter *const state = tools->state;
    (void)step;
    n_strangers += !pthread_equal(state->owner, pthread_self());
    for (int32_t c = 0; c < src->channels; c++)
        for (int32_t y = 0; y < src->h; y++)
            for (int32_t x = 0; x < src->w; x++)
                dst->plane[c][y * dst->stride + x] =
                    state->table[src->plane[c][y * src->stride + x]];
    return TN_OK;
}

static const tn__param no_params[] = {{0}};

static const tn__op test_invert = {
    .id = INVERT_ID,
    .spec = {.name = "test_invert", .doc = "Inverts.", .params = no_params},
    .stage = TN__PIXEL,
    .reach = TN__POINT,
    .draw = draw_invert,
    .run = run_invert,
    .open = open_inverter,
    .close = close_inverter,
};

static const tn__param policy_params[] = {
    {.name = "layers", .kind = TN__INTEGER, .initial = "2", .min = 1, .max = 8, .doc = "ops drawn"},
    {.name = "config", .kind = TN__TEXT, .initial = "", .doc = "any text"},
    {0}};

static int adopt(tn__node *node)
{
    return tn__parse_children("hflip p=1; vflip p=1; random_crop_or_pad size=30; test_invert",
                              node);
}

static int32_t layers_of(const tn__node *node)
{
    return (int32_t)tn__node_value(node, "layers")->number[0];
}

static int draw_policy(const tn__node *node, tn__plan *plan, tn__draws *draws)
{
    int status = TN_OK;
    for (int32_t layer = 0; layer < layers_of(node) && status == TN_OK; layer++) {
        const int32_t child = (int32_t)tn__draw_integer(draws, 0, node->n_children - 1);
        status = tn__node_draw_child(node, child, (uint16_t)(layer + 1), plan, draws);
    }
    return status;
}

static const tn__op test_policy = {
    .id = POLICY_ID,
    .spec = {.name = "test_policy", .doc = "Draws among four ops.", .params = policy_params},
    .stage = TN__PIXEL,
    .reach = TN__POINT,
    .adopt = adopt,
    .draw = draw_policy,
    .max_steps = layers_of,
};

static int adopt_bad(tn__node *node)
{
    return tn__parse_children("hflip; normalize", node);
}

static const tn__op test_bad = {
    .id = BAD_ID,
    .spec = {.name = "test_bad", .doc = "", .params = no_params},
    .stage = TN__PIXEL,
    .adopt = adopt_bad,
    .draw = draw_policy,
};

static int adopt_nested(tn__node *node)
{
    return tn__parse_children("hflip; test_policy", node);
}

static const tn__op test_nested = {
    .id = NESTED_ID,
    .spec = {.name = "test_nested", .doc = "", .params = no_params},
    .stage = TN__PIXEL,
    .adopt = adopt_nested,
    .draw = draw_policy,
};

static tn__op test_batch; /* mixup by another name, set by main */

static const tn__op *const test_ops[] = {&test_policy, &test_invert, &test_bad, &test_nested,
                                         &test_batch};
enum { N_TEST_OPS = sizeof test_ops / sizeof *test_ops };

/* NOLINTBEGIN: the linker gives these names */
const tn__op *__real_tn__op_find(const char *name, size_t length);
const tn__op *__real_tn__op_by_id(uint16_t id);
const tn__op *__wrap_tn__op_find(const char *name, size_t length);
const tn__op *__wrap_tn__op_by_id(uint16_t id);

const tn__op *__wrap_tn__op_find(const char *name, size_t length)
{
    for (int op = 0; op < N_TEST_OPS; op++)
        if (tn__spec_is(&test_ops[op]->spec, name, length))
            return test_ops[op];
    return __real_tn__op_find(name, length);
}

const tn__op *__wrap_tn__op_by_id(uint16_t id)
{
    for (int op = 0; op < N_TEST_OPS; op++)
        if (test_ops[op]->id == id)
            return test_ops[op];
    return __real_tn__op_by_id(id);
}
/* NOLINTEND */

static const char ops[] = "hflip; test_policy layers=3; center_crop size=20; convert dtype=u8";

static tn_transform *make(const char *text)
{
    tn_transform *const transform = tn_transform_create(text);
    ck_assert_msg(transform != NULL, "%s", tn_error());
    return transform;
}

static tn__plan plan_at(const tn_transform *transform, int64_t position)
{
    const tn__info info = {.w = W, .h = H, .channels = 3, .bits = 8, .orientation = 1};
    const tn__place place = {.seed = 5, .position = position};
    tn__plan plan;
    ck_assert_int_eq(tn__plan_make(transform, &info, TN_RGB, false, &place, &plan), TN_OK);
    return plan;
}

/* Each step names the op that runs, the policy that drew it, and the use. */
START_TEST(steps_name_op_policy_and_use)
{
    tn_transform *const transform = make(ops);
    int drawn[4] = {0};
    for (int64_t position = 0; position < POSITIONS; position++) {
        const tn__plan plan = plan_at(transform, position);
        uint16_t use = 0;
        for (int32_t s = 0; s < plan.n_steps; s++) {
            const tn__step *const step = &plan.steps[s];
            if (step->node != 1)
                continue;
            ck_assert_uint_eq(step->sub, ++use);
            const tn__node *const children = transform->nodes[1].children;
            for (int32_t c = 0; c < transform->nodes[1].n_children; c++)
                drawn[c] += children[c].op->id == step->op;
        }
        ck_assert_uint_eq(use, 3);
    }
    ck_assert_int_eq(drawn[0] + drawn[1] + drawn[2] + drawn[3], 3 * POSITIONS);
    for (int c = 0; c < 4; c++)
        ck_assert_int_gt(drawn[c], POSITIONS / 4);
    tn_transform_destroy(transform);
}
END_TEST

/* A further op in the recipe, or a further use, does not change the random numbers of the
 * others. */
START_TEST(uses_draw_independently)
{
    tn_transform *const few = make("test_policy layers=2"), *const many = make(
                                                                "vflip p=0; test_policy layers=3");
    for (int64_t position = 0; position < POSITIONS; position++) {
        const tn__plan a = plan_at(few, position), b = plan_at(many, position);
        ck_assert_int_eq(a.n_steps, 2);
        ck_assert_int_eq(b.n_steps, 3);
        for (int32_t s = 0; s < 2; s++) {
            ck_assert_uint_eq(a.steps[s].op, b.steps[s].op);
            ck_assert_mem_eq(a.steps[s].q, b.steps[s].q, sizeof a.steps[s].q);
        }
    }
    tn_transform_destroy(few);
    tn_transform_destroy(many);
}
END_TEST

/* An image whose pixels say where they are: x, y, 0. */
static tn_image *make_chart(void)
{
    static uint8_t pixels[H][W][3];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            pixels[y][x][0] = (uint8_t)x;
            pixels[y][x][1] = (uint8_t)y;
        }
    return tn_image_create(pixels, W, H, 3);
}

static void check_map(const tn__plan *plan, const tn_image *made)
{
    uint8_t out[3][OUT][OUT];
    ck_assert_int_eq(tn_image_copy(made, out, sizeof out), TN_OK);
    const double *const map = plan->affine;
    for (int y = 0; y < OUT; y++)
        for (int x = 0; x < OUT; x++) {
            const uint8_t flip = out[2][y][x]; /* 255 after an odd number of inversions */
            const double from_x = (out[0][y][x] ^ flip) + 0.5, from_y = (out[1][y][x] ^ flip) + 0.5;
            ck_assert(map[0] * from_x + map[1] * from_y + map[2] == x + 0.5);
            ck_assert(map[3] * from_x + map[4] * from_y + map[5] == y + 0.5);
        }
}

START_TEST(affine_map_is_that_of_the_drawn_ops)
{
    tn_transform *const transform = make(ops);
    tn_image *const chart = make_chart();
    for (int64_t position = 0; position < POSITIONS; position++) {
        const tn__plan plan = plan_at(transform, position);
        const tn_draw_key key = {.seed = 5, .position = position};
        tn_image *const made = tn_transform_apply(transform, chart, &key);
        ck_assert_msg(made != NULL, "%s", tn_error());
        check_map(&plan, made);
        tn_image_destroy(made);
    }
    tn_image_destroy(chart);
    tn_transform_destroy(transform);
}
END_TEST

/* The explanation has all steps in their order. Each is explained by the op that runs, and names
 * its policy. */
START_TEST(explanation_has_every_step)
{
    tn_transform *const transform = make(ops);
    for (int64_t position = 0; position < POSITIONS; position++) {
        const tn__plan plan = plan_at(transform, position);
        tn__text text = {0};
        tn__plan_explain(transform, &plan, &text);
        const char *at = text.chars;
        for (int32_t s = 0; s < plan.n_steps; s++) {
            char object[100];
            snprintf(object, sizeof object, "{\"op\":\"%s\"%s",
                     tn__op_by_id(plan.steps[s].op)->spec.name,
                     plan.steps[s].node == 1 ? ",\"policy\":\"test_policy\"" : "");
            at = strstr(at, "{\"op\"");
            ck_assert_msg(at && strncmp(at, object, strlen(object)) == 0, "%s", text.chars);
            at++;
        }
        at = strstr(at, "{\"op\"");
        ck_assert_msg(at && strncmp(at, "{\"op\":\"convert\"", 14) == 0, "%s", text.chars);
        tn__text_free(&text);
    }
    tn_transform_destroy(transform);
}
END_TEST

static tree here;

static void set_up(void)
{
    here = tree_make();
    for (int f = 0; f < N_FILES; f++) {
        const jpeg_recipe recipe = {.w = 32 + f, .h = 60 - f, .channels = 3, .space = JCS_YCbCr};
        const jpeg_file file = make_jpeg(&recipe);
        char path[40];
        snprintf(path, sizeof path, "carp/%02d.jpg", f);
        tree_write(&here, path, file.bytes, file.size);
        free(file.bytes);
    }
    n_opened = n_closed = n_strangers = 0;
    fails_to_open = false;
}

static void tear_down(void)
{
    tree_remove(&here);
}

static tn_loader *make_loader(const char *text)
{
    const tn_loader_options options = {
        .size = (int32_t)sizeof options, .batch_size = 5, .threads = THREADS, .seed = 9};
    tn_dataset *const dataset = tree_open(&here);
    tn_transform *const transform = make(text);
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
    tn_transform_destroy(transform);
    return loader;
}

static void check_replay(const tn_batch *batch, int32_t row)
{
    enum { BYTES = 3 * OUT * OUT };
    uint8_t bytes[BYTES];
    tn_image *const replayed = tn_batch_replay(batch, row);
    ck_assert_msg(replayed != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_image_copy(replayed, bytes, BYTES), TN_OK);
    ck_assert_mem_eq(bytes, (const uint8_t *)batch->tensors[0]->data + row * BYTES, BYTES);
    ck_assert_ptr_nonnull(strstr(tn_batch_explain(batch, row), tn_image_explain(replayed)));
    tn_image_destroy(replayed);
}

START_TEST(replay_draws_the_same_ops)
{
    tn_loader *const loader = make_loader(ops);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int32_t rows = 0;
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    for (; tn_loader_next(loader, &batch, -1) == TN_OK; rows += batch.n_rows)
        for (int32_t row = 0; row < batch.n_rows; row++)
            check_replay(&batch, row);
    ck_assert_int_eq(rows, N_FILES);
    tn_loader_destroy(loader);
}
END_TEST

/* A worker opens the state of an op once, however many nodes and samples use it, and closes it. */
START_TEST(each_worker_has_one_state)
{
    tn_loader *const loader = make_loader("test_invert; test_policy layers=4; test_invert; "
                                          "center_crop size=20; convert dtype=u8");
    tn_batch batch = {.size = (int32_t)sizeof batch};
    for (int epoch = 0; epoch < 3; epoch++) {
        ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
        int status;
        while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
            continue;
        ck_assert_int_eq(status, TN_END);
    }
    ck_assert_int_ge(n_opened, 1);
    ck_assert_int_le(n_opened, THREADS);
    ck_assert_int_eq(n_closed, 0);
    tn_loader_destroy(loader); /* does not wait for its workers */
    for (int ms = 0; ms < 10000 && n_closed < n_opened; ms++)
        usleep(1000);
    ck_assert_int_eq(n_closed, n_opened);
    ck_assert_int_eq(n_strangers, 0);
}
END_TEST

START_TEST(state_that_cannot_be_made_is_an_error)
{
    tn_transform *const transform = make("test_invert; convert dtype=u8");
    tn_image *const chart = make_chart();
    fails_to_open = true;
    ck_assert_ptr_null(tn_transform_apply(transform, chart, NULL));
    ck_assert_int_eq(tn__error_last()->code, TN_ENOMEM);
    ck_assert_str_eq(tn__error_last()->message, "no table today");
    fails_to_open = false;
    tn_image *const made = tn_transform_apply(transform, chart, NULL);
    ck_assert_ptr_nonnull(made);
    ck_assert_int_eq(n_opened, 1);
    ck_assert_int_eq(n_closed, 1);
    tn_image_destroy(made);
    tn_image_destroy(chart);
    tn_transform_destroy(transform);
}
END_TEST

/* Policies are configured by texts. Only the limit of a whole op text bounds them. */
START_TEST(texts_may_be_long)
{
    enum { LENGTH = 60000 };
    static char text[LENGTH + 100] = "test_policy config=rand-m9";
    size_t at = strlen("test_policy config=rand-m9");
    while (at < LENGTH)
        at += (size_t)snprintf(text + at, sizeof text - at, "-mstd0.%d", (int)(at % 10));
    tn_transform *const transform = make(text);
    ck_assert_str_eq(tn_transform_text(transform), text);
    ck_assert_str_eq(tn__node_value(&transform->nodes[0], "config")->text, strchr(text, '=') + 1);
    tn_transform_destroy(transform);
}
END_TEST

START_TEST(recipes_that_cannot_be)
{
    static const struct {
        const char *ops, *message;
    } cases[] = {
        {"test_bad", "test_bad cannot draw normalize, which moves no pixels"},
        {"test_nested", "test_nested cannot draw test_policy, which itself draws among ops"},
        {"mixup; test_batch", "test_batch cannot follow mixup: rows of a batch are combined once"},
        {"test_policy layers=8; test_policy layers=8; test_policy layers=8; test_policy layers=8; "
         "test_policy layers=8; test_policy layers=8; hflip",
         "the ops may need 49 steps for a sample; at most 48 are possible"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        ck_assert_ptr_null(tn_transform_create(cases[c].ops));
        ck_assert_str_eq(tn_error(), cases[c].message);
    }
}
END_TEST

int main(void)
{
    test_batch = tn__op_mixup;
    test_batch.id = BATCH_ID;
    test_batch.spec.name = "test_batch";
    Suite *const suite = suite_create("policy");
    TCase *const plans = tcase_create("plans");
    tcase_add_test(plans, steps_name_op_policy_and_use);
    tcase_add_test(plans, uses_draw_independently);
    tcase_add_test(plans, affine_map_is_that_of_the_drawn_ops);
    tcase_add_test(plans, explanation_has_every_step);
    tcase_add_test(plans, texts_may_be_long);
    tcase_add_test(plans, recipes_that_cannot_be);
    suite_add_tcase(suite, plans);
    TCase *const loaders = tcase_create("loaders");
    tcase_add_checked_fixture(loaders, set_up, tear_down);
    tcase_set_timeout(loaders, 60);
    tcase_add_test(loaders, replay_draws_the_same_ops);
    tcase_add_test(loaders, each_worker_has_one_state);
    tcase_add_test(loaders, state_that_cannot_be_made_is_an_error);
    suite_add_tcase(suite, loaders);
    return suite_run(suite);
}
