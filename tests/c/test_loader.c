/* SPDX-License-Identifier: MIT */
/* The loader over fake samples: it gives the same bytes in all circumstances, and its statistics
 * report all waiting. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "data/order.h"
#include "loader_case.h"
#include "suite.h"

START_TEST(rows_depend_on_their_place_alone)
{
    tn_loader *const loader = started(50, plain, 3);
    ck_assert_int_eq(tn_loader_batches(loader), 7);
    tn_batch batch = empty_batch();
    uint8_t expected[FAKE_ROW_BYTES];
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, NULL, 50, 5, 3);
    int64_t position = 0;
    for (int64_t k = 0; k < 7; k++) {
        ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
        ck_assert_int_eq(batch.number, k);
        ck_assert_int_eq(batch.epoch, 3);
        ck_assert_int_eq(batch.n_rows, k < 6 ? 8 : 2);
        ck_assert_str_eq(batch.tensors[0]->name, "image");
        ck_assert_int_eq(batch.tensors[0]->shape[0], batch.n_rows);
        ck_assert_int_eq(batch.tensors[0]->strides[0], FAKE_ROW_BYTES);
        ck_assert_str_eq(batch.tensors[1]->name, "label");
        ck_assert_int_eq(batch.tensors[1]->shape[0], batch.n_rows);
        for (int32_t row = 0; row < batch.n_rows; row++, position++) {
            const tn_row *const r = batch.rows[row];
            ck_assert_int_eq(r->position, position);
            ck_assert_int_eq(r->sample, tn__order_at(&order, position));
            ck_assert_int_eq(r->label, r->sample * 3 + 1);
            ck_assert_int_eq(((const int64_t *)batch.tensors[1]->data)[row], r->label);
            ck_assert_int_eq(r->width, r->sample + 10);
            ck_assert_ptr_null(r->fault);
            fake_row(5, 3, position, r->sample, 0, expected);
            ck_assert_mem_eq((const uint8_t *)batch.tensors[0]->data + row * FAKE_ROW_BYTES,
                             expected, FAKE_ROW_BYTES);
        }
    }
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_END);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_END);
    destroy_and_check(loader);
}
END_TEST

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

/* The batches of all ranks, in the order of their numbers, are the epoch of a single rank. */
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
            ck_assert_int_eq(batch.rows[row]->sample, expected[n++]);
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

/* A newer header has a longer tn_batch. A shorter one lacks what calls on a batch read. */
START_TEST(batches_of_another_age)
{
    struct {
        tn_batch known;
        int64_t more;
    } longer = {.known = {.size = (int32_t)sizeof longer}, .more = 3};
    tn_batch shorter = {.size = offsetof(tn_batch, rows)};
    tn_loader *const loader = started(20, plain, 0);
    ck_assert_int_eq(tn_loader_next(loader, &shorter, -1), TN_EINVAL);
    ck_assert_int_eq(tn_loader_next(loader, &longer.known, -1), TN_OK);
    ck_assert_int_eq(longer.known.size, sizeof longer);
    ck_assert_int_eq(longer.more, 3);
    ck_assert_int_eq(longer.known.tensors[1]->size, sizeof(tn_tensor));
    ck_assert_int_eq(longer.known.rows[7]->position, 7);
    ck_assert_int_eq(tn_batch_hold(&longer.known), TN_OK);
    ck_assert_int_eq(tn_batch_release(&longer.known), TN_OK);
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

/* Without a consumer, workers make as many samples as the slots hold. On a device three outputs
 * and three staging buffers hold them. */
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

START_TEST(rows_explain_themselves)
{
    tn_loader *const loader = started(20, plain, 6);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    const tn_row *const row = batch.rows[2];
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

/* Counts how often this thread gave up its processor, because it slept or another thread had a
 * lock. */
static long sleeps(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_nvcsw;
}

/* A batch of 64 slow rows wakes the consumer once. Waiting for the lock may add a few sleeps, but
 * not one for each row. */
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

int main(void)
{
    Suite *const suite = suite_create("loader");
    TCase *const tcase = tcase_create("loader");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_test(tcase, rows_depend_on_their_place_alone);
    tcase_add_loop_test(tcase, any_number_of_threads_gives_the_same_bytes, 0, 4);
    tcase_add_loop_test(tcase, ranks_make_up_one_epoch, 0, 4);
    tcase_add_test(tcase, subset_and_repeats);
    tcase_add_test(tcase, empty_epochs_end_at_once);
    tcase_add_test(tcase, batches_of_another_age);
    tcase_add_test(tcase, waiting_ends_in_time);
    tcase_add_test(tcase, a_full_ring_makes_workers_wait);
    tcase_add_test(tcase, the_consumer_sleeps_once_a_batch);
    tcase_add_test(tcase, rows_explain_themselves);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
