/* SPDX-License-Identifier: MIT */
/* The pool: how its threads start, treat signals and end, and which client's rows they take
 * first. */
#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cpus.h"
#include "fake.h"
#include "load/pool.h"
#include "suite.h"

/* Counts threads named tench/…; *blocked: true if all of them block SIGINT and SIGTERM. */
static int count_threads(bool *blocked)
{
    DIR *const tasks = opendir("/proc/self/task");
    int n = 0;
    *blocked = true;
    for (struct dirent *task; (task = readdir(tasks));) {
        char path[300], line[200], name[100] = "";
        unsigned long long mask = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        FILE *const file = fopen(path, "r");
        while (file && fgets(line, sizeof line, file)) {
            sscanf(line, "Name: %99s", name);
            sscanf(line, "SigBlk: %llx", &mask);
        }
        if (file)
            fclose(file);
        if (strncmp(name, "tench/", 6) != 0)
            continue;
        n++;
        *blocked = *blocked && mask >> (SIGINT - 1) & 1 && mask >> (SIGTERM - 1) & 1;
    }
    closedir(tasks);
    return n;
}

static bool comes_to(int n)
{
    bool blocked;
    for (int wait = 0; wait < 5000 && count_threads(&blocked) != n; wait++)
        usleep(1000);
    return count_threads(&blocked) == n && blocked;
}

START_TEST(threads_begin_with_use_and_end_with_it)
{
    bool blocked;
    const int others = count_threads(&blocked);
    tn_loader_options options = {.batch_size = 4, .threads = 3};
    tn_loader *const loader = fake_loader(40, options);
    ck_assert_int_eq(count_threads(&blocked), others);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert(comes_to(others + 3));
    ck_assert_int_eq(tn_loader_start(loader, 1), TN_OK);
    tn_loader_destroy(loader);
    ck_assert(comes_to(others));
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(loaders_share_the_process_pool)
{
    tn_loader_options options = {.batch_size = 4};
    tn_loader *const one = fake_loader(40, options), *const two = fake_loader(40, options);
    ck_assert_int_eq(tn_loader_start(one, 0), TN_OK);
    ck_assert_int_eq(tn_loader_start(two, 0), TN_OK);
    ck_assert(comes_to(tn__pool_default_threads()));
    int64_t n_batches;
    fake_hash(two, &n_batches);
    ck_assert_int_eq(n_batches, 10);
    fake_hash(one, &n_batches);
    ck_assert_int_eq(n_batches, 10);
    tn_loader_destroy(one);
    tn_loader_destroy(two);
    ck_assert(comes_to(tn__pool_default_threads()));
    ck_assert(fake_all_gone());
}
END_TEST

static tn__large_gate *gate_of(tn_loader_options options)
{
    tn_loader *const loader = fake_loader(8, options);
    int64_t n_batches;
    fake.large_gate = NULL;
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    fake_hash(loader, &n_batches);
    tn__large_gate *const gate = fake.large_gate;
    tn_loader_destroy(loader);
    return gate;
}

/* Images too large for a worker take turns among all loaders of the pool, not only among those of
 * one loader. */
START_TEST(a_pool_has_one_gate)
{
    tn_loader *const keeper = fake_loader(8, (tn_loader_options){.batch_size = 4});
    ck_assert_int_eq(tn_loader_start(keeper, 0), TN_OK);
    tn__large_gate *const shared = gate_of((tn_loader_options){.batch_size = 4});
    ck_assert_ptr_nonnull(shared);
    ck_assert_ptr_eq(gate_of((tn_loader_options){.batch_size = 2}), shared);
    ck_assert_ptr_ne(gate_of((tn_loader_options){.batch_size = 4, .threads = 1}), shared);
    tn_loader_destroy(keeper);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(ranks_of_a_node_share_its_threads)
{
    setenv("RANK", "1", 1);
    setenv("WORLD_SIZE", "4", 1);
    setenv("LOCAL_RANK", "1", 1);
    setenv("LOCAL_WORLD_SIZE", "4", 1);
    const int32_t share = tn__cpu_threads() / 4;
    ck_assert_int_eq(tn__pool_default_threads(), share > 0 ? share : 1);
}
END_TEST

/* A client with batches of one row; the test sets how far ahead they are. */
typedef struct scripted {
    tn__client client;
    int64_t lead;
    int32_t rows;
} scripted;

static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static int64_t claimed[64]; /* leads of the claimed rows, in the order of the claims */
static int32_t n_claims, n_finished;

static scripted *of(const tn__client *client)
{
    return (scripted *)(uintptr_t)client;
}

static int64_t scripted_lead(const tn__client *client)
{
    return of(client)->rows > 0 ? of(client)->lead : -1;
}

static void scripted_claim(tn__client *client, tn__turn *turn)
{
    (void)turn;
    of(client)->rows--;
    claimed[n_claims++] = of(client)->lead++;
}

static void scripted_run(tn__client *client, const tn__turn *turn, tn__worker *worker)
{
    (void)client;
    (void)turn;
    (void)worker;
}

static bool scripted_finish(tn__client *client, const tn__turn *turn, tn__worker *worker)
{
    (void)client;
    (void)turn;
    (void)worker;
    n_finished++;
    pthread_cond_signal(&all_done);
    return false;
}

static void scripted_free(tn__client *client)
{
    (void)client;
    ck_abort_msg("no user gave up the last use");
}

START_TEST(the_row_needed_first_goes_first)
{
    static const tn__client_ops ops = {scripted_lead, scripted_claim, scripted_run, scripted_finish,
                                       scripted_free};
    scripted a = {.client.ops = &ops, .lead = 2, .rows = 3};
    scripted b = {.client.ops = &ops, .lead = 0, .rows = 5};
    static const int64_t expected[] = {0, 1, 2, 2, 3, 3, 4, 4};
    bool blocked;
    const int others = count_threads(&blocked);
    tn__pool *const pool = tn__pool_create(1, (tn__numa){.node = -1});
    tn__pool_lock(pool);
    ck_assert_int_eq(tn__pool_start(pool), TN_OK);
    tn__pool_attach(pool, &a.client);
    tn__pool_attach(pool, &b.client);
    while (n_finished < 8)
        pthread_cond_wait(&all_done, tn__pool_mutex(pool));
    ck_assert_int_eq(n_claims, 8);
    for (int c = 0; c < 8; c++)
        ck_assert_int_eq(claimed[c], expected[c]);
    tn__pool_detach(pool, &a.client);
    tn__pool_detach(pool, &b.client);
    tn__pool_unlock(pool);
    tn__pool_release(pool);
    ck_assert(comes_to(others));
}
END_TEST

/* The only user of a pool whose threads never started frees it. */
START_TEST(an_unused_pool_is_freed)
{
    tn__pool_release(tn__pool_create(4, (tn__numa){.node = -1}));
}
END_TEST

START_TEST(a_forked_child_has_a_pool_of_its_own)
{
    tn__pool *const ours = tn__pool_default();
    ck_assert_ptr_eq(tn__pool_default(), ours);
    const pid_t child = fork();
    if (child == 0) {
        tn__pool *const pool = tn__pool_default();
        _exit(pool == ours || pool != tn__pool_default());
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("pool");
    TCase *const tcase = tcase_create("pool");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_test(tcase, threads_begin_with_use_and_end_with_it);
    tcase_add_test(tcase, loaders_share_the_process_pool);
    tcase_add_test(tcase, the_row_needed_first_goes_first);
    tcase_add_test(tcase, an_unused_pool_is_freed);
    tcase_add_test(tcase, a_forked_child_has_a_pool_of_its_own);
    tcase_add_test(tcase, a_pool_has_one_gate);
    tcase_add_test(tcase, ranks_of_a_node_share_its_threads);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
