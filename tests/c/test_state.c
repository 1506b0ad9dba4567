/* SPDX-License-Identifier: MIT */
/* States: loaders write them, read them strictly, and resume from them at every batch, with other
 * numbers of threads and ranks. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fake.h"
#include "load/state.h"
#include "suite.h"

enum { N = 100, BATCH = 8, BATCHES = 13 };

static const tn_loader_options plain = {.batch_size = BATCH, .seed = -3, .order = "feistel-1"};

static tn_batch empty_batch(void)
{
    return (tn_batch){.size = (int32_t)sizeof(tn_batch)};
}

/* Adds the rest of an epoch's batches, from the loaders of all ranks, in the order of their
 * numbers. */
static void add_rest(tn_hash *hash, tn_loader *const *loaders, int32_t world, int64_t number)
{
    tn_batch batch = empty_batch();
    for (int32_t turn = 0; tn_loader_next(loaders[turn % world], &batch, -1) == TN_OK; turn++) {
        ck_assert_int_eq(batch.number, number++);
        tn_hash_batch(hash, &batch);
    }
    ck_assert_int_eq(number, BATCHES);
}

static void make_ranks(tn_loader **loaders, int32_t world, int32_t threads)
{
    for (int32_t rank = 0; rank < world; rank++) {
        tn_loader_options options = plain;
        options.rank = rank;
        options.world_size = world;
        options.threads = threads;
        loaders[rank] = fake_loader(N, options);
    }
}

static void destroy_ranks(tn_loader **loaders, int32_t world)
{
    for (int32_t rank = 0; rank < world; rank++)
        tn_loader_destroy(loaders[rank]);
}

/* Stops after `rounds` batches a rank and continues with another number of ranks. */
static void resume_after(int64_t rounds, int32_t world, int32_t next_world, const char *expected)
{
    tn_loader *loaders[8] = {0}, *next[8] = {0};
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = empty_batch();
    make_ranks(loaders, world, 1);
    make_ranks(next, next_world, 2);
    for (int32_t rank = 0; rank < world; rank++)
        ck_assert_int_eq(tn_loader_start(loaders[rank], 5), TN_OK);
    for (int64_t k = 0; k < rounds * world; k++) {
        ck_assert_int_eq(tn_loader_next(loaders[k % world], &batch, -1), TN_OK);
        tn_hash_batch(hash, &batch);
    }
    const char *const state = tn_loader_state(loaders[0]);
    for (int32_t rank = 1; rank < world; rank++)
        ck_assert_str_eq(tn_loader_state(loaders[rank]), state);
    for (int32_t rank = 0; rank < next_world; rank++)
        ck_assert_msg(tn_loader_resume(next[rank], state) == TN_OK, "%s", tn_error());
    add_rest(hash, next, next_world, rounds * world);
    char text[33];
    tn_hash_text(hash, text);
    ck_assert_str_eq(text, expected);
    tn_hash_destroy(hash);
    destroy_ranks(loaders, world);
    destroy_ranks(next, next_world);
}

START_TEST(resumes_at_every_batch)
{
    static const int32_t worlds[] = {1, 2, 3, 8};
    const int32_t world = worlds[_i];
    char expected[33];
    tn_loader *one[1];
    make_ranks(one, 1, 1);
    ck_assert_int_eq(tn_loader_start(one[0], 5), TN_OK);
    tn_hash *const hash = tn_hash_create();
    add_rest(hash, one, 1, 0);
    tn_hash_text(hash, expected);
    tn_hash_destroy(hash);
    destroy_ranks(one, 1);
    for (int64_t rounds = 0; rounds * world < BATCHES; rounds++)
        for (int32_t next = 0; next < 4; next++)
            resume_after(rounds, world, worlds[next], expected);
    ck_assert(fake_all_gone());
}
END_TEST

/* A resumed loader's state can be resumed again. */
START_TEST(resumes_twice)
{
    tn_loader *const loader = fake_loader(N, plain);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    for (int64_t k = 0; k < BATCHES; k++) {
        ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
        ck_assert_int_eq(batch.number, k);
        char *const state = strdup(tn_loader_state(loader));
        ck_assert_int_eq(tn_loader_resume(loader, state), TN_OK);
        if (k < BATCHES - 1)
            ck_assert_str_eq(tn_loader_state(loader), state);
        free(state);
    }
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(batch.epoch, 1);
    ck_assert_int_eq(batch.number, 0);
    tn_loader_destroy(loader);
}
END_TEST

START_TEST(text_is_as_documented)
{
    tn_loader *const loader = fake_loader(N, plain);
    tn_batch batch = empty_batch();
    static const char *const form =
        "{\"format\":\"tench-state-1\",\"order\":\"feistel-1\",\"rng\":\"philox-1\","
        "\"dataset\":\"000000000000ff51\",\"transform\":\"";
    const char *state = tn_loader_state(loader);
    ck_assert_int_eq(strncmp(state, form, strlen(form)), 0);
    ck_assert_ptr_nonnull(strstr(state, "\",\"subset\":\"all\",\"positions\":100,\"batch_size\":8,"
                                        "\"seed\":-3,\"epoch\":0,\"position\":0}"));
    ck_assert_int_eq(tn_loader_start(loader, 7), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_ptr_nonnull(strstr(tn_loader_state(loader), "\"epoch\":7,\"position\":8}"));
    ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
    ck_assert_ptr_nonnull(strstr(tn_loader_state(loader), "\"epoch\":7,\"position\":8}"));
    tn_loader_destroy(loader);
}
END_TEST

/* Returns a state in which `key` has another value. */
static void change(const char *state, const char *key, const char *value, char out[600])
{
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *const at = strstr(state, quoted) + strlen(quoted);
    const char *const end = at + strcspn(at, ",}");
    snprintf(out, 600, "%.*s%s%s", (int)(at - state), state, value, end);
}

START_TEST(another_loaders_state_is_refused)
{
    static const struct {
        const char *key, *value, *message;
    } cases[] = {
        {"dataset", "\"0000000000000001\"", "dataset"},
        {"transform", "\"0000000000000001\"", "transform"},
        {"order", "\"sequential\"", "order"},
        {"rng", "\"philox-2\"", "rng"},
        {"format", "\"tench-state-2\"", "format"},
        {"subset", "\"0000000000000001\"", "subset"},
        {"seed", "4", "its seed is 4, but the loader's is -3"},
        {"batch_size", "16", "batch_size"},
        {"positions", "99", "positions"},
        {"position", "4", "position 4"},
        {"position", "-8", "position -8"},
        {"position", "104", "position 104"},
        {"epoch", "-1", "epoch -1"},
        {"epoch", "9223372036854775807", "epoch 9223372036854775807"},
        {"epoch", "99999999999999999999", "\"epoch\" is malformed"},
        {"epoch", "1.5", "must come at"},
        {"epoch", "01", "\"epoch\" is malformed"},
        {"seed", "\"4\"", "\"seed\" is malformed"},
        {"order", "\"a name that is too long to be one\"", "\"order\" is malformed"},
        {"order", "\"a\\u0062\"", "\"order\" is malformed"},
    };
    tn_loader *const loader = fake_loader(N, plain);
    char changed[600];
    change(tn_loader_state(loader), cases[_i].key, cases[_i].value, changed);
    ck_assert_int_eq(tn_loader_resume(loader, changed), TN_EINVAL);
    ck_assert_msg(strstr(tn_error(), cases[_i].message), "%s", tn_error());
    tn_loader_destroy(loader);
}
END_TEST

START_TEST(malformed_texts_are_refused)
{
    static const char *const texts[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{\"format\"}",
        "{\"format\":}",
        "{\"format\":\"tench-state-1\"",
        "{\"format\":\"tench-state-1\",}",
        "{\"format\":\"tench-state-1\"}",
        "{\"format\":\"tench-state-1\",\"format\":\"tench-state-1\"}",
        "{\"colour\":1}",
        "{\"seed\":1} x",
    };
    tn__state state;
    ck_assert_int_eq(tn__state_read(texts[_i], &state), TN_EINVAL);
    ck_assert_int_eq(strncmp(tn_error(), "state: ", 7), 0);
}
END_TEST

START_TEST(space_and_order_of_keys_do_not_matter)
{
    tn__state state;
    const char *const text =
        " {\n\"position\" : 8, \"epoch\":2,\t\"seed\":-9223372036854775808, \"batch_size\":8,"
        "\"positions\":100,\"subset\":\"all\",\"transform\":\"1\",\"dataset\":\"2\","
        "\"rng\":\"philox-1\",\"order\":\"sequential\",\"format\":\"tench-state-1\" } \n";
    ck_assert_msg(tn__state_read(text, &state) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(state.seed, INT64_MIN);
    ck_assert_int_eq(state.position, 8);
    ck_assert_str_eq(state.subset, "all");
}
END_TEST

START_TEST(subsets_have_fingerprints)
{
    static const int64_t one[] = {1, 2, 3}, other[] = {1, 3, 2};
    tn_loader_options options = plain;
    options.n_subset = 3;
    options.subset = one;
    tn_loader *const a = fake_loader(N, options);
    options.subset = other;
    tn_loader *const b = fake_loader(N, options);
    ck_assert_int_eq(tn_loader_resume(a, tn_loader_state(b)), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "subset"));
    tn_loader_destroy(a);
    tn_loader_destroy(b);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("state");
    TCase *const tcase = tcase_create("state");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_loop_test(tcase, resumes_at_every_batch, 0, 4);
    tcase_add_test(tcase, resumes_twice);
    tcase_add_test(tcase, text_is_as_documented);
    tcase_add_loop_test(tcase, another_loaders_state_is_refused, 0, 20);
    tcase_add_loop_test(tcase, malformed_texts_are_refused, 0, 13);
    tcase_add_test(tcase, space_and_order_of_keys_do_not_matter);
    tcase_add_test(tcase, subsets_have_fingerprints);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
