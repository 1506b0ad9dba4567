/* SPDX-License-Identifier: MIT */
/* Reading ahead: which rows are wanted, alone, and through loaders whose fetches wait as the test
 * says. */
#include <unistd.h>

#include "data/order.h"
#include "loader_case.h"
#include "make/ahead.h"
#include "suite.h"

enum { BIG = 1 << 20 };

/* An epoch of n rows in which the first fetches waited. */
static tn__ahead waiting(int64_t n_rows)
{
    tn__ahead ahead = {0};
    tn__ahead_start(&ahead, n_rows, 0);
    tn__ahead_waited(&ahead, 0);
    tn__ahead_waited(&ahead, 8);
    return ahead;
}

/* Takes all rows that can be wanted now, and checks that they are `from` … `to` - 1, without those
 * that are left out. */
static void check_take(tn__ahead *ahead, tn__ahead_view view, int64_t from, int64_t to)
{
    int64_t numbers[TN__AHEAD_STEP], expected = from;
    for (int32_t n; (n = tn__ahead_take(ahead, &view, numbers)) > 0;)
        for (int32_t i = 0; i < n; i++, expected++) {
            expected += expected % TN__AHEAD_LEFT_OUT == 0;
            ck_assert_int_eq(numbers[i], expected);
        }
    ck_assert_int_eq(expected, to);
}

START_TEST(two_waits_that_are_close_start_it)
{
    tn__ahead ahead = {0};
    const tn__ahead_view view = {.claimed = 300, .n_threads = 2};
    tn__ahead_start(&ahead, BIG, 0);
    ck_assert(!tn__ahead_is_due(&ahead, &view));
    tn__ahead_waited(&ahead, 0);
    tn__ahead_waited(&ahead, 200);
    ck_assert(!tn__ahead_is_due(&ahead, &view));
    check_take(&ahead, view, 0, 0);
    tn__ahead_waited(&ahead, 192); /* rows end in any order */
    ck_assert(tn__ahead_is_due(&ahead, &view));
    check_take(&ahead, view, 302, 302 + TN__AHEAD_MOST);
    ck_assert(!tn__ahead_is_due(&ahead, &view));
    ck_assert_int_eq(ahead.wanted, TN__AHEAD_MOST - 2); /* 384 and 512 were left out */
}
END_TEST

START_TEST(it_keeps_its_distance)
{
    tn__ahead ahead = waiting(BIG);
    tn__ahead_view view = {.claimed = 10, .n_threads = 2, .mean_bytes = TN__AHEAD_BYTES / 100};
    check_take(&ahead, view, 12, 12 + 99);
    view.claimed += TN__AHEAD_STEP - 1;
    ck_assert(!tn__ahead_is_due(&ahead, &view));
    view.claimed++;
    ck_assert(tn__ahead_is_due(&ahead, &view));
    check_take(&ahead, view, 111, 111 + TN__AHEAD_STEP);
    view.claimed = 500; /* workers overtook it */
    check_take(&ahead, view, 502, 502 + 99);
    view.mean_bytes = TN__AHEAD_BYTES; /* of a few large files some are wanted all the same */
    view.claimed = 700;
    ck_assert(tn__ahead_is_due(&ahead, &view));
    check_take(&ahead, view, 702, 702 + TN__AHEAD_LEAST);
}
END_TEST

START_TEST(it_ends_when_no_fetch_waits_any_more)
{
    tn__ahead ahead = waiting(BIG);
    tn__ahead_view view = {.claimed = TN__AHEAD_ROWS - 20, .n_threads = 2};
    check_take(&ahead, view, TN__AHEAD_ROWS - 18, TN__AHEAD_ROWS + 8);
    view.claimed = TN__AHEAD_ROWS + 8;
    ck_assert(!tn__ahead_is_due(&ahead, &view));
    tn__ahead_waited(&ahead, TN__AHEAD_ROWS); /* one wait renews it while it is on */
    ck_assert(tn__ahead_is_due(&ahead, &view));
    view.claimed = 3 * TN__AHEAD_ROWS;
    tn__ahead_waited(&ahead, 3 * TN__AHEAD_ROWS); /* but one does not start it again */
    ck_assert(!tn__ahead_is_due(&ahead, &view));
}
END_TEST

START_TEST(it_ends_with_the_epoch_and_goes_on_in_the_next)
{
    tn__ahead ahead = waiting(100);
    const tn__ahead_view view = {.claimed = 50, .n_threads = 2}, none = {.n_threads = 2};
    check_take(&ahead, view, 52, 100);
    tn__ahead_start(&ahead, 80, 100);
    ck_assert(tn__ahead_is_due(&ahead, &none));
    check_take(&ahead, none, 2, 80);
    tn__ahead_start(&ahead, BIG, TN__AHEAD_ROWS); /* no fetch of that epoch waited */
    ck_assert(!tn__ahead_is_due(&ahead, &none));
    check_take(&ahead, none, 0, 0);
}
END_TEST

/* Loaders. */

enum { SAMPLES = 4000, BATCH = 8, ROWS = SAMPLES / 2, THREADS = 2, SEED = 5 };
/* Workers stop at row GATE until the test lets them go on. */
enum { GATE = 12 * BATCH, CLAIMED = GATE + THREADS };
/* By then these rows are wanted, and less than a step of further ones. */
enum { STOP = CLAIMED + THREADS + TN__AHEAD_MOST - TN__AHEAD_STEP };

/* This rank gets each second batch. */
static int64_t position_of(int64_t row)
{
    return (2 * (row / BATCH) + 1) * BATCH + row % BATCH;
}

static tn_loader *start_second_rank(void)
{
    tn_loader_options options = plain;
    options.batch_size = BATCH;
    options.seed = SEED;
    options.rank = 1;
    options.world_size = 2;
    options.threads = THREADS;
    options.depth = 20;
    return started(SAMPLES, options, 0);
}

/* rows[s]: the row with sample s; -1 for samples of the other rank. */
static void find_rows(int64_t *rows)
{
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, NULL, SAMPLES, SEED, 0);
    for (int64_t s = 0; s < SAMPLES; s++)
        rows[s] = -1;
    for (int64_t row = 0; row < ROWS; row++)
        rows[tn__order_at(&order, position_of(row))] = row;
}

static void take_all(tn_loader *loader)
{
    int64_t n_batches;
    (void)fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, ROWS / BATCH);
}

static int64_t read_ahead(const tn_loader *loader)
{
    tn_stats stats = {.size = (int32_t)sizeof stats};
    ck_assert_int_eq(tn_loader_stats(loader, &stats), TN_OK);
    return stats.read_ahead;
}

/* Wanted rows of this rank are in order, and none is wanted twice. Returns the last one. */
static int64_t check_wanted(const int64_t *rows, int64_t *n, bool wanted[ROWS])
{
    static int64_t samples[SAMPLES];
    int64_t last = THREADS - 1;
    *n = fake_wanted(samples, SAMPLES);
    for (int64_t i = 0; i < *n; i++) {
        ck_assert_int_gt(rows[samples[i]], last);
        last = rows[samples[i]];
        wanted[last] = true;
    }
    return last;
}

START_TEST(wanted_samples_are_those_that_come)
{
    static int64_t rows[SAMPLES];
    static bool wanted[ROWS];
    int64_t n;
    find_rows(rows);
    fake.waits_to = SAMPLES;
    fake.gate_from = position_of(GATE);
    fake.gate = true;
    tn_loader *const loader = start_second_rank();
    for (int wait = 0; wait < 10000 && check_wanted(rows, &n, wanted) < STOP; wait++)
        usleep(1000);
    const int64_t last = check_wanted(rows, &n, wanted);
    ck_assert(last >= STOP && last < STOP + TN__AHEAD_STEP);
    for (int64_t row = CLAIMED + THREADS; row < STOP; row++)
        ck_assert_int_eq(wanted[row], row % TN__AHEAD_LEFT_OUT != 0);
    fake.gate = false;
    take_all(loader);
    (void)check_wanted(rows, &n, wanted);
    ck_assert_int_eq(read_ahead(loader), n);
    destroy_and_check(loader);
}
END_TEST

/* On a busy machine a worker can wait for memory while it fetches, so one of several loaders has to
 * show it. */
START_TEST(files_in_memory_are_not_wanted)
{
    enum { TRIES = 5 };
    int64_t sample, n_wanted = -1;
    for (int t = 0; t < TRIES && n_wanted != 0; t++) {
        fake_reset();
        tn_loader *const loader = start_second_rank();
        take_all(loader);
        n_wanted = read_ahead(loader);
        ck_assert(n_wanted > 0 || fake_wanted(&sample, 1) == 0);
        destroy_and_check(loader);
    }
    ck_assert_int_eq(n_wanted, 0);
}
END_TEST

/* The thread may be anywhere when its loader goes. */
START_TEST(loaders_end_while_it_works)
{
    tn_batch batch = empty_batch();
    fake.waits_to = SAMPLES;
    fake.delay_us = 20;
    for (int round = 0; round < 40; round++) {
        tn_loader *const loader = start_second_rank();
        for (int b = 0; b < round; b++)
            ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
        if (round % 2)
            ck_assert_int_eq(tn_loader_start(loader, 1), TN_OK);
        tn_loader_destroy(loader);
    }
    ck_assert(fake_all_gone());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("ahead");
    TCase *const decisions = tcase_create("decisions");
    tcase_add_test(decisions, two_waits_that_are_close_start_it);
    tcase_add_test(decisions, it_keeps_its_distance);
    tcase_add_test(decisions, it_ends_when_no_fetch_waits_any_more);
    tcase_add_test(decisions, it_ends_with_the_epoch_and_goes_on_in_the_next);
    suite_add_tcase(suite, decisions);
    TCase *const loaders = tcase_create("loaders");
    tcase_add_checked_fixture(loaders, fake_reset, NULL);
    tcase_set_timeout(loaders, 120);
    tcase_add_test(loaders, wanted_samples_are_those_that_come);
    tcase_add_test(loaders, files_in_memory_are_not_wanted);
    tcase_add_test(loaders, loaders_end_while_it_works);
    suite_add_tcase(suite, loaders);
    return suite_run(suite);
}
