/* SPDX-License-Identifier: MIT */
/* The loader over fake samples: the same bytes in any circumstances, batches' lifetime, ends at any
 * moment. */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "fake.h"
#include "load/order.h"
#include "suite.h"

/* The same tests are built a second time for batches on the fake device. */
#ifndef DEVICE
#define DEVICE "cpu"
#endif

static const tn_loader_options plain = {
    .batch_size = 8, .seed = 5, .order = "feistel-1", .device = DEVICE};

static bool on_device(void)
{
    return strcmp(DEVICE, "cpu") != 0;
}

static tn_batch empty_batch(void)
{
    return (tn_batch){.size = (int32_t)sizeof(tn_batch)};
}

static tn_loader *started(int64_t n_samples, tn_loader_options options, int64_t epoch)
{
    tn_loader *const loader = fake_loader(n_samples, options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
    return loader;
}

static void destroy_and_check(tn_loader *loader)
{
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}

START_TEST(rows_are_what_the_place_says)
{
    tn_loader *const loader = started(50, plain, 3);
    ck_assert_int_eq(tn_loader_batches(loader), 7);
    tn_batch batch = empty_batch();
    uint8_t expected[FAKE_ROW_BYTES];
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, 50, 5, 3);
    int64_t position = 0;
    for (int64_t k = 0; k < 7; k++) {
        ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
        ck_assert_int_eq(batch.number, k);
        ck_assert_int_eq(batch.epoch, 3);
        ck_assert_int_eq(batch.n_rows, k < 6 ? 8 : 2);
        ck_assert_str_eq(batch.tensors[0].name, "image");
        ck_assert_int_eq(batch.tensors[0].shape[0], batch.n_rows);
        ck_assert_int_eq(batch.tensors[0].strides[0], FAKE_ROW_BYTES);
        ck_assert_str_eq(batch.tensors[1].name, "label");
        ck_assert_int_eq(batch.tensors[1].shape[0], batch.n_rows);
        for (int32_t row = 0; row < batch.n_rows; row++, position++) {
            const tn_row *const r = &batch.rows[row];
            ck_assert_int_eq(r->position, position);
            ck_assert_int_eq(r->sample, tn__order_at(&order, position));
            ck_assert_int_eq(r->label, r->sample * 3 + 1);
            ck_assert_int_eq(((const int64_t *)batch.tensors[1].data)[row], r->label);
            ck_assert_int_eq(r->width, r->sample + 10);
            ck_assert_ptr_null(r->fault);
            fake_row(5, 3, position, r->sample, 0, expected);
            ck_assert_mem_eq((const uint8_t *)batch.tensors[0].data + row * FAKE_ROW_BYTES,
                             expected, FAKE_ROW_BYTES);
        }
    }
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_END);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_END);
    destroy_and_check(loader);
}
END_TEST

static uint64_t epoch_hash(tn_loader_options options, int64_t n_samples, int64_t epoch)
{
    tn_loader *const loader = started(n_samples, options, epoch);
    int64_t n_batches;
    const uint64_t hash = fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, tn_loader_batches(loader));
    tn_loader_destroy(loader);
    return hash;
}

START_TEST(any_number_of_threads_gives_the_same_bytes)
{
    static const int32_t threads[] = {0, 2, 3, 8};
    tn_loader_options options = plain;
    options.threads = 1;
    const uint64_t one = epoch_hash(options, 200, 1);
    fake.delay_us = 200;
    options.threads = threads[_i];
    ck_assert_uint_eq(epoch_hash(options, 200, 1), one);
    options.depth = 2;
    ck_assert_uint_eq(epoch_hash(options, 200, 1), one);
    ck_assert_uint_ne(epoch_hash(options, 200, 2), one);
    ck_assert(fake_all_gone());
}
END_TEST

/* Rank after rank, in the order of the batches' numbers, is the epoch of one rank. */
START_TEST(ranks_make_up_one_epoch)
{
    static const int32_t worlds[] = {1, 2, 3, 8};
    const int32_t world = worlds[_i];
    const uint64_t one = epoch_hash(plain, 150, 4);
    tn_loader *loader[8] = {0};
    for (int32_t rank = 0; rank < world; rank++) {
        tn_loader_options options = plain;
        options.rank = rank;
        options.world_size = world;
        loader[rank] = started(150, options, 4);
    }
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = empty_batch();
    for (int64_t k = 0; tn_loader_next(loader[k % world], &batch, -1) == TN_OK; k++) {
        ck_assert_int_eq(batch.number, k);
        tn_hash_batch(hash, &batch);
    }
    ck_assert_uint_eq(tn__hash_64(hash), one);
    tn_hash_destroy(hash);
    for (int32_t rank = 0; rank < world; rank++)
        tn_loader_destroy(loader[rank]);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(subset_and_repeats)
{
    static const int64_t subset[] = {9, 3, 3, 0};
    tn_loader_options options = {.batch_size = 5, .subset = subset, .n_subset = 4, .repeats = 3};
    static const int64_t expected[] = {9, 3, 3, 0, 9, 3, 3, 0, 9, 3, 3, 0};
    tn_loader *const loader = started(10, options, 0);
    tn_batch batch = empty_batch();
    int n = 0;
    while (tn_loader_next(loader, &batch, -1) == TN_OK)
        for (int32_t row = 0; row < batch.n_rows; row++)
            ck_assert_int_eq(batch.rows[row].sample, expected[n++]);
    ck_assert_int_eq(n, 12);
    destroy_and_check(loader);
}
END_TEST

START_TEST(empty_epochs_end_at_once)
{
    tn_loader *loader = started(0, plain, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_batches(loader), 0);
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_END);
    destroy_and_check(loader);
    tn_loader_options options = plain;
    options.rank = 3;
    options.world_size = 4;
    loader = started(17, options, 0);
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_END);
    destroy_and_check(loader);
}
END_TEST

START_TEST(waiting_ends_in_time)
{
    fake.gate = true;
    tn_loader *const loader = started(20, plain, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_ETIMEOUT);
    const double begun = tn__now();
    ck_assert_int_eq(tn_loader_next(loader, &batch, 30), TN_ETIMEOUT);
    ck_assert(tn__now() - begun >= 0.029);
    fake.gate = false;
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(batch.number, 0);
    tn_stats stats = {.size = (int32_t)sizeof stats};
    ck_assert_int_eq(tn_loader_stats(loader, &stats), TN_OK);
    ck_assert(stats.wait_s >= 0.029 && stats.first_batch_s >= 0.029);
    ck_assert_int_eq(stats.images, 8);
    ck_assert_int_eq(stats.batches, 1);
    ck_assert_int_ge(stats.bytes_read, 80);
    destroy_and_check(loader);
}
END_TEST

/* Nobody consumes: as many samples are made as the slots take, and no more. On a device these are
 * three outputs and three parcels. */
START_TEST(a_full_ring_makes_workers_wait)
{
    const int most = on_device() ? 48 : 24;
    tn_loader_options options = plain;
    options.depth = 3;
    options.threads = 2;
    tn_loader *const loader = started(1000, options, 0);
    for (int wait = 0; wait < 5000 && fake.made < most; wait++)
        usleep(1000);
    usleep(20000);
    ck_assert_int_eq(fake.made, most);
    tn_stats stats = {.size = (int32_t)sizeof stats};
    tn_loader_stats(loader, &stats);
    ck_assert(stats.idle_s > 0.015);
    ck_assert(stats.slot_wait_s > 0.015 && stats.slot_wait_s <= stats.idle_s);
    ck_assert_int_eq(stats.n_threads, 2);
    destroy_and_check(loader);
}
END_TEST

static bool accepted(int32_t code)
{
    return code == TN_OK || code == TN_ETIMEOUT;
}

/* Stops and restarts at all moments; the epoch that is run to its end is not changed by them. */
START_TEST(stops_at_any_moment)
{
    fake.delay_us = 100;
    tn_loader_options options = plain;
    options.threads = 3;
    const uint64_t expected = epoch_hash(options, 60, 9);
    tn_loader *const loader = fake_loader(60, options);
    tn_batch batch = empty_batch();
    for (int round = 0; round < 200; round++) {
        ck_assert_int_eq(tn_loader_start(loader, round), TN_OK);
        for (int k = 0; k < round % 5; k++)
            ck_assert(accepted(tn_loader_next(loader, &batch, round % 3 ? -1 : 0)));
        if (round % 2) {
            ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
            ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ECLOSED);
        }
        usleep((unsigned)(round * 37 % 400));
    }
    ck_assert_int_eq(tn_loader_start(loader, 9), TN_OK);
    int64_t n_batches;
    ck_assert_uint_eq(fake_hash(loader, &n_batches), expected);
    destroy_and_check(loader);
}
END_TEST

START_TEST(destroyed_at_any_moment)
{
    fake.delay_us = 150;
    tn_loader_options options = plain;
    tn_batch batch = empty_batch();
    for (int round = 0; round < 150; round++) {
        options.threads = round % 3;
        tn_loader *const loader = started(60, options, round);
        for (int k = 0; k < round % 4; k++)
            ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
        usleep((unsigned)(round * 53 % 300));
        tn_loader_destroy(loader);
        ck_assert(round % 4 == 0 || tn_batch_check(&batch) == TN_ESTALE);
    }
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(a_batch_goes_back_with_the_next_one)
{
    tn_loader *const loader = started(80, plain, 0);
    tn_batch first = empty_batch(), second = empty_batch();
    ck_assert_int_eq(tn_batch_check(&first), TN_EINVAL);
    ck_assert_int_eq(tn_loader_next(loader, &first, -1), TN_OK);
    ck_assert_int_eq(tn_batch_check(&first), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &second, -1), TN_OK);
    ck_assert_int_eq(tn_batch_check(&first), TN_ESTALE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "hold"));
    ck_assert_int_eq(tn_batch_hold(&first), TN_ESTALE);
    ck_assert_ptr_null(tn_batch_explain(&first, 0));
    ck_assert_int_eq(tn_batch_release(&second), TN_OK);
    ck_assert_int_eq(tn_batch_release(&second), TN_ESTALE);
    ck_assert_int_eq(tn_loader_next(loader, &first, -1), TN_OK);
    ck_assert_int_eq(first.number, 2);
    destroy_and_check(loader);
    ck_assert_int_eq(tn_batch_check(&first), TN_ESTALE);
}
END_TEST

START_TEST(held_batches_stay)
{
    tn_loader_options options = plain;
    options.depth = options.max_outputs = 4;
    tn_loader *const loader = started(160, options, 0);
    tn_batch held[2] = {empty_batch(), empty_batch()}, batch = empty_batch();
    uint8_t copy[2][8 * FAKE_ROW_BYTES];
    for (int h = 0; h < 2; h++) {
        ck_assert_int_eq(tn_loader_next(loader, &held[h], -1), TN_OK);
        ck_assert_int_eq(tn_batch_hold(&held[h]), TN_OK);
        ck_assert_int_eq(tn_batch_hold(&held[h]), TN_OK);
        memcpy(copy[h], held[h].tensors[0].data, sizeof copy[h]);
    }
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_batch_hold(&batch), TN_EHELD);
    ck_assert_ptr_nonnull(strstr(tn_error(), "2 batches are held"));
    ck_assert_ptr_nonnull(strstr(tn_error(), on_device() ? "max_outputs" : "depth"));
    int64_t n_batches;
    fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, 17);
    ck_assert_int_eq(tn_loader_start(loader, 1), TN_OK);
    fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, 20);
    ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
    tn_loader_destroy(loader);
    for (int h = 0; h < 2; h++) {
        ck_assert_int_eq(tn_batch_check(&held[h]), TN_OK);
        ck_assert_mem_eq(held[h].tensors[0].data, copy[h], sizeof copy[h]);
        ck_assert_int_eq(strncmp(held[h].rows[0].name, "fish/", 5), 0);
        ck_assert_int_eq(tn_batch_release(&held[h]), TN_OK);
        ck_assert_int_eq(tn_batch_check(&held[h]), TN_ESTALE);
    }
    ck_assert(fake_all_gone());
}
END_TEST

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN);
}

/* Readable if and only if next() would not wait. */
START_TEST(descriptor_tells_what_next_would_do)
{
    tn_loader_options options = plain;
    options.order = "sequential";
    tn_loader *const loader = fake_loader(24, options);
    const int fd = tn_loader_fd(loader);
    ck_assert_int_ge(fd, 0);
    ck_assert(is_readable(fd, 0));
    fake.gate_from = 8;
    fake.gate = true;
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_fd(loader), fd);
    ck_assert(is_readable(fd, 10000));
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_OK);
    ck_assert(!is_readable(fd, 10));
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_ETIMEOUT);
    fake.gate = false;
    for (int k = 1; k < 3; k++) {
        ck_assert(is_readable(fd, 10000));
        ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_OK);
    }
    ck_assert(is_readable(fd, 0));
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_END);
    ck_assert(is_readable(fd, 0));
    destroy_and_check(loader);
}
END_TEST

/* In the child: the parent's loader says so, its batches can be read, a new loader works. */
static int use_in_child(tn_loader *loader, const tn_batch *batch, uint64_t expected)
{
    tn_batch other = empty_batch();
    if (tn_loader_next(loader, &other, 0) != TN_EFORK || tn_loader_start(loader, 0) != TN_EFORK)
        return 1;
    if (tn_batch_release(batch) != TN_EFORK || tn_loader_fd(loader) != -1)
        return 2;
    tn_loader_destroy(loader);
    int64_t n_batches;
    tn_loader *const fresh = started(100, plain, 2);
    if (fake_hash(fresh, &n_batches) != expected)
        return 3;
    tn_loader_destroy(fresh);
    return 0;
}

START_TEST(a_forked_child_starts_anew)
{
    const uint64_t expected = epoch_hash(plain, 100, 2);
    fake.delay_us = 100;
    tn_loader *const loader = started(100, plain, 2);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    const pid_t child = fork();
    if (child == 0)
        _exit(use_in_child(loader, &batch, expected));
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    destroy_and_check(loader);
}
END_TEST

/* exit() while workers are in mid-sample. */
START_TEST(exit_in_the_middle)
{
    fake.delay_us = 300;
    for (int round = 0; round < 40; round++) {
        const pid_t child = fork();
        if (child == 0) {
            tn_loader_options options = plain;
            options.threads = round % 3;
            tn_loader *const loader = started(500, options, round);
            tn_batch batch = empty_batch();
            for (int k = 0; k < round % 4; k++)
                tn_loader_next(loader, &batch, -1);
            exit(0);
        }
        int status = -1;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

START_TEST(rows_explain_themselves)
{
    tn_loader *const loader = started(20, plain, 6);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    const tn_row *const row = &batch.rows[2];
    char expected[300];
    snprintf(expected, sizeof expected,
             "{\"batch\":1,\"slot\":2,\"epoch\":6,\"position\":10,\"index\":%lld,\"name\":\"%s\","
             "\"label\":%lld,\"width\":%lld,\"height\":%lld,"
             "\"ops\":[{\"op\":\"fake\",\"attempt\":0}]}",
             (long long)row->sample, row->name, (long long)row->label, (long long)row->sample + 10,
             (long long)row->sample + 20);
    ck_assert_str_eq(tn_batch_explain(&batch, 2), expected);
    ck_assert_ptr_null(tn_batch_explain(&batch, 8));
    ck_assert_ptr_nonnull(strstr(tn_error(), "row is 8"));
    ck_assert_ptr_null(tn_batch_replay(&batch, 2));
    snprintf(expected, sizeof expected, "fake replay of %lld", (long long)row->sample);
    ck_assert_str_eq(tn_error(), expected);
    destroy_and_check(loader);
}
END_TEST

/* Times that this thread gave its processor away: it slept, or a lock was taken. */
static long sleeps(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_nvcsw;
}

/* A batch of 64 slow rows ends with one wake-up. A few more may be due to the lock, but not one for
 * each row. */
START_TEST(the_consumer_sleeps_once_a_batch)
{
    enum { BATCHES = 20, ROWS = 64, MANY = ROWS / 8 };
    tn_loader_options options = plain;
    options.batch_size = ROWS;
    options.threads = 4;
    fake.delay_us = 50;
    tn_loader *const loader = started(BATCHES * ROWS, options, 0);
    tn_batch batch = empty_batch();
    const long before = sleeps();
    for (int k = 0; k < BATCHES; k++)
        ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    const long slept = sleeps() - before;
    ck_assert_msg(slept <= BATCHES * MANY, "%ld sleeps in %d batches", slept, BATCHES);
    destroy_and_check(loader);
}
END_TEST

static void add_lifetimes(TCase *tcase)
{
    tcase_add_test(tcase, stops_at_any_moment);
    tcase_add_test(tcase, destroyed_at_any_moment);
    tcase_add_test(tcase, a_batch_goes_back_with_the_next_one);
    tcase_add_test(tcase, held_batches_stay);
    tcase_add_test(tcase, descriptor_tells_what_next_would_do);
}

/* A sanitizer that starts its own thread cannot follow a fork of several threads; nor can qemu-user
 * (tests/cross). */
static bool may_fork(void)
{
#if defined(__SANITIZE_THREAD__)
    return false;
#else
    return getenv("TENCH_EMULATED") == NULL;
#endif
}

int main(void)
{
    Suite *const suite = suite_create("loader");
    TCase *const tcase = tcase_create("loader");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_test(tcase, rows_are_what_the_place_says);
    tcase_add_loop_test(tcase, any_number_of_threads_gives_the_same_bytes, 0, 4);
    tcase_add_loop_test(tcase, ranks_make_up_one_epoch, 0, 4);
    tcase_add_test(tcase, subset_and_repeats);
    tcase_add_test(tcase, empty_epochs_end_at_once);
    tcase_add_test(tcase, waiting_ends_in_time);
    tcase_add_test(tcase, a_full_ring_makes_workers_wait);
    tcase_add_test(tcase, the_consumer_sleeps_once_a_batch);
    add_lifetimes(tcase);
    tcase_add_test(tcase, rows_explain_themselves);
    if (may_fork()) {
        tcase_add_test(tcase, a_forked_child_starts_anew);
        tcase_add_test(tcase, exit_in_the_middle);
    }
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
