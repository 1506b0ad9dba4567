/* SPDX-License-Identifier: MIT */
/* Checks how threads share a range of numbers: they visit each number once, and a failure or a stop
 * ends the work. */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "base/each.h"
#include "base/error.h"
#include "suite.h"

enum { N = 1000 };

typedef struct counts {
    atomic_int visits[N];
    atomic_int entered, left; /* threads that started, and that ended */
    int64_t bad;              /* the number whose visit fails; -1: none */
    int delay_us;
} counts;

static const tn__each_watch testing = {.doing = "testing"};

typedef struct own {
    counts *all;
    int n;
} own;

static int visit(void *shared, void *mine, int64_t number)
{
    counts *const all = shared;
    own *const kept = mine;
    if (kept->n++ == 0)
        all->entered++;
    kept->all = all;
    all->visits[number]++;
    if (all->delay_us)
        usleep((unsigned)all->delay_us);
    if (number == all->bad)
        return tn__fail(TN_EIO, "number %lld is bad", (long long)number);
    return TN_OK;
}

static void leave(void *mine)
{
    const own *const kept = mine;
    if (kept->n > 0)
        kept->all->left++;
}

static tn__each_work work_of(counts *all, int32_t n_threads, int32_t block)
{
    return (tn__each_work){.name = "tench/test",
                           .n = N,
                           .n_threads = n_threads,
                           .block = block,
                           .shared = all,
                           .own_bytes = sizeof(own),
                           .visit = visit,
                           .leave = leave};
}

START_TEST(every_number_is_visited_once)
{
    static const int32_t blocks[] = {0, 1, 3, 7, N, N + 1};
    counts all = {.bad = -1};
    const tn__each_work work = work_of(&all, 1 + _i % 4, blocks[_i]);
    ck_assert_int_eq(tn__each_run(&work, testing), TN_OK);
    for (int number = 0; number < N; number++)
        ck_assert_int_eq(all.visits[number], 1);
    ck_assert_int_ge(all.entered, 1);
    ck_assert_int_eq(all.entered, all.left);
}
END_TEST

START_TEST(a_failure_ends_the_work)
{
    counts all = {.bad = 100, .delay_us = 10};
    const tn__each_work work = work_of(&all, 3, 2);
    ck_assert_int_eq(tn__each_run(&work, testing), TN_EIO);
    ck_assert_str_eq(tn_error(), "number 100 is bad");
    ck_assert_int_eq(all.visits[N - 1], 0);
    ck_assert_int_eq(all.entered, all.left);
}
END_TEST

START_TEST(a_stop_ends_the_work)
{
    counts all = {.bad = -1, .delay_us = 1000};
    const tn__each_work work = work_of(&all, 2, 4);
    tn__each each;
    ck_assert_int_eq(tn__each_start(&each, &work), TN_OK);
    ck_assert(!tn__each_wait(&each, 0));
    ck_assert(!tn__each_wait(&each, 20));
    tn__each_stop(&each);
    ck_assert(tn__each_wait(&each, -1));
    const int64_t done = tn__each_done(&each);
    ck_assert_int_eq(tn__each_end(&each), TN_OK);
    ck_assert(done > 0 && done < N);
    int64_t visited = 0;
    for (int number = 0; number < N; number++)
        visited += all.visits[number];
    ck_assert_int_eq(visited, done); /* each visit that began has also ended */
}
END_TEST

static int32_t stop_number;

static int visit_and_stop(void *shared, void *mine, int64_t number)
{
    if (number == 100)
        __atomic_store_n(&stop_number, 1, __ATOMIC_RELAXED);
    return visit(shared, mine, number);
}

START_TEST(a_flag_of_the_caller_stops_the_work)
{
    counts all = {.bad = -1, .delay_us = 1000};
    tn__each_work work = work_of(&all, 2, 4);
    work.visit = visit_and_stop;
    const tn__each_watch watch = {.doing = "testing", .stop = &stop_number};
    ck_assert_int_eq(tn__each_run(&work, watch), TN_ESTOPPED);
    ck_assert_ptr_nonnull(strstr(tn_error(), "stopped while testing: "));
    ck_assert_int_eq(all.visits[N - 1], 0);
    ck_assert_int_eq(all.entered, all.left);
}
END_TEST

START_TEST(empty_work_ends_at_once)
{
    counts all = {.bad = -1};
    tn__each_work work = work_of(&all, 2, 1);
    work.n = 0;
    ck_assert_int_eq(tn__each_run(&work, testing), TN_OK);
    ck_assert_int_eq(all.entered, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("each");
    TCase *const cases = tcase_create("each");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, every_number_is_visited_once, 0, 6);
    tcase_add_test(cases, a_failure_ends_the_work);
    tcase_add_test(cases, a_stop_ends_the_work);
    tcase_add_test(cases, a_flag_of_the_caller_stops_the_work);
    tcase_add_test(cases, empty_work_ends_at_once);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
