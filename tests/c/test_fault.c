/* SPDX-License-Identifier: MIT */
/* Samples that cannot be made: their batch raises the failure or replaces the samples. The loader
 * counts, lists and limits them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "fake.h"
#include "load/row.h"
#include "suite.h"

static const tn_loader_options in_order = {.batch_size = 4};

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

/* Samples 0, 10, 20 … fail; the subset leaves 0 out. */
static const int64_t from_1[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

START_TEST(raised_at_its_batch)
{
    fake.fail_every = 10;
    fake.delay_us = 50;
    tn_loader_options options = in_order;
    options.subset = from_1;
    options.n_subset = 16;
    tn_loader *const loader = started(30, options, 2);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_EDECODE);
    tn_error_info info = {.size = (int32_t)sizeof info};
    tn_error_details(&info);
    ck_assert_str_eq(info.message, "sample 10 is bad");
    ck_assert_str_eq(info.stage, "decode");
    ck_assert_str_eq(info.name, "fish/000010.jpg");
    ck_assert_int_eq(info.position, 9);
    ck_assert_int_eq(info.sample, 10);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ECLOSED);
    ck_assert_ptr_nonnull(strstr(tn_error(), "sample 10 is bad"));
    ck_assert_int_eq(tn_loader_faults(loader), 1);
    fake.fail_every = 0;
    ck_assert_int_eq(tn_loader_resume(loader, tn_loader_state(loader)), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(batch.number, 2);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* Runs an epoch in which every third sample fails, checks the rows and the list of faults, and
 * returns a hash of both. */
static uint64_t skipping_epoch(int32_t threads)
{
    tn_loader_options options = {.batch_size = 4,
                                 .order = "feistel-1",
                                 .seed = 3,
                                 .threads = threads,
                                 .on_fault = TN_FAULT_SKIP};
    tn_loader *const loader = started(90, options, 1);
    tn_batch batch = empty_batch();
    tn_hash *const hash = tn_hash_create();
    int64_t n_faults = 0;
    while (tn_loader_next(loader, &batch, -1) == TN_OK) {
        tn_hash_batch(hash, &batch);
        for (int32_t row = 0; row < batch.n_rows; row++) {
            const tn_row *const r = batch.rows[row];
            ck_assert_int_ne(r->sample % 3, 0);
            ck_assert_int_eq(r->label, r->sample * 3 + 1);
            ck_assert_int_eq(r->fault != NULL, r->attempt > 0);
            ck_assert_int_eq(strstr(tn_batch_explain(&batch, row), "\"fault\":\"sample ") != NULL,
                             r->attempt > 0);
            n_faults += r->attempt;
        }
        ck_assert_int_eq(tn_loader_faults(loader), n_faults);
    }
    ck_assert_int_ge(n_faults, 30);
    int64_t position = 0;
    for (int64_t f = 0; f < n_faults; f++) {
        tn_fault fault = {.size = (int32_t)sizeof fault};
        ck_assert_int_eq(tn_loader_fault(loader, f, &fault), TN_OK);
        ck_assert_int_eq(fault.sample % 3, 0);
        ck_assert_int_ge(fault.position, position);
        ck_assert_int_eq(fault.epoch, 1);
        ck_assert_int_eq(fault.code, TN_EDECODE);
        position = fault.position;
        tn_hash_bytes(hash, &fault.sample, sizeof fault.sample);
        tn_hash_bytes(hash, fault.message, (int64_t)strlen(fault.message));
    }
    char text[33];
    tn_hash_text(hash, text);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
    return strtoull(text + 16, NULL, 16);
}

START_TEST(any_number_of_threads_skips_the_same_samples)
{
    fake.fail_every = 3;
    const uint64_t one = skipping_epoch(1);
    fake.delay_us = 200;
    ck_assert_uint_eq(skipping_epoch(2), one);
    ck_assert_uint_eq(skipping_epoch(8), one);
    ck_assert(fake_all_gone());
}
END_TEST

/* The Philox of tests/golden/order.py gave the last two. */
START_TEST(substitutes_are_other_samples)
{
    static const tn__comb none;
    for (int64_t position = 0; position < 500; position++) {
        const int64_t n = 2 + position % 7, failed = position % n;
        const int64_t other = tn__fault_substitute(1, 2, position, 1, n, failed, &none);
        ck_assert(other >= 0 && other < n && other != failed);
    }
    ck_assert_int_eq(tn__fault_substitute(1, 2, 3, 1, 1, 0, &none), 0);
    ck_assert_int_eq(tn__fault_substitute(42, 7, 1000, 1, 1281167, 5, &none), 203544);
    ck_assert_int_eq(tn__fault_substitute(42, 7, 1000, 2, 1281167, 5, &none), 83899);
}
END_TEST

/* With weights, substitutes are chosen by them: no sample of weight 0, unless there is no other. */
START_TEST(substitutes_have_weights)
{
    enum { N = 4, DRAWS = 4000 };
    float *const weights = calloc(N, sizeof *weights);
    memcpy(weights, (float[]){1.0f, 0.0f, 2.0f, 6.0f}, N * sizeof *weights);
    tn__comb comb;
    int count[N] = {0};
    ck_assert_int_eq(tn__comb_make(weights, N, &comb), TN_OK);
    for (int64_t position = 0; position < DRAWS; position++)
        count[tn__fault_substitute(1, 2, position, 1, N, 2, &comb)]++;
    ck_assert_int_eq(count[1], 0);
    ck_assert_int_eq(count[2], 0);
    ck_assert_int_gt(count[0], DRAWS / 7 - 100);
    ck_assert_int_lt(count[0], DRAWS / 7 + 100);
    tn__comb_free(&comb);
    float *const one = calloc(N, sizeof *one);
    one[3] = 5.0f;
    ck_assert_int_eq(tn__comb_make(one, N, &comb), TN_OK);
    ck_assert_int_eq(tn__fault_substitute(1, 2, 3, 1, N, 3, &comb), 3);
    tn__comb_free(&comb);
}
END_TEST

/* The loader keeps only the first faults in full, however many there are, and counts all of
 * them. */
START_TEST(many_faults_take_little_memory)
{
    enum { N = 64, REPEATS = 100 };
    fake.fail_every = 2;
    const tn_loader_options options = {
        .batch_size = N, .order = "feistel-1", .repeats = REPEATS, .on_fault = TN_FAULT_SKIP};
    tn_loader *const loader = started(N, options, 0);
    tn_batch batch = empty_batch();
    int64_t by_sample[N] = {0}, total = 0;
    while (tn_loader_next(loader, &batch, -1) == TN_OK)
        for (int32_t row = 0; row < batch.n_rows; row++)
            total += batch.rows[row]->attempt;
    ck_assert_int_eq(tn_loader_faults(loader), total);
    ck_assert_int_gt(total, 2 * TN_FAULTS_KEPT);
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_loader_fault(loader, TN_FAULTS_KEPT - 1, &fault), TN_OK);
    ck_assert_int_eq(tn_loader_fault(loader, TN_FAULTS_KEPT, &fault), TN_EINVAL);
    ck_assert_int_eq(tn_loader_faulty_files(loader), N / 2);
    tn_faulty_file file = {.size = (int32_t)sizeof file};
    ck_assert_int_eq(tn_loader_fault(loader, 0, &fault), TN_OK);
    ck_assert_int_eq(tn_loader_faulty_file(loader, 0, &file), TN_OK);
    ck_assert_int_eq(file.sample, fault.sample);
    ck_assert_str_eq(file.name, fault.name);
    for (int64_t f = 0; f < N / 2; f++) {
        ck_assert_int_eq(tn_loader_faulty_file(loader, f, &file), TN_OK);
        ck_assert_int_eq(file.sample % 2, 0);
        ck_assert_int_eq(by_sample[file.sample], 0);
        by_sample[file.sample] = file.faults;
        total -= file.faults;
    }
    ck_assert_int_eq(total, 0);
    ck_assert_int_eq(tn_loader_faulty_file(loader, N / 2, &file), TN_EINVAL);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* If no sample works, the loader raises the failure of the last of 16 substitutes. */
START_TEST(substitution_ends_after_sixteen_failures)
{
    fake.fail_every = 1;
    tn_loader_options options = {.batch_size = 1, .on_fault = TN_FAULT_SKIP, .threads = 1};
    tn_loader *const loader = started(1, options, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_EDECODE);
    ck_assert_int_eq(tn_loader_faults(loader), 1 + TN__MAX_ATTEMPTS);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(lack_of_memory_is_no_fault_of_a_sample)
{
    fake.fail_every = 5;
    fake.fail_code = TN_ENOMEM;
    tn_loader_options options = {.batch_size = 4, .on_fault = TN_FAULT_SKIP};
    tn_loader *const loader = started(20, options, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ENOMEM);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* Sample 0 fails in batch 0, sample 10 in batch 2, sample 20 in batch 5. */
START_TEST(budget_ends_the_epoch)
{
    fake.fail_every = 10;
    tn_loader_options options = in_order;
    options.on_fault = TN_FAULT_SKIP;
    options.fault_budget = 2;
    tn_loader *const loader = started(29, options, 0);
    tn_batch batch = empty_batch();
    int64_t delivered = 0;
    int32_t status;
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
        delivered++;
    ck_assert_int_eq(status, TN_EFAULTS);
    ck_assert_int_eq(delivered, 5);
    ck_assert_ptr_nonnull(strstr(tn_error(), "budget of 2"));
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ECLOSED);
    fake.fail_every = 0;
    ck_assert_int_eq(tn_loader_start(loader, 1), TN_OK);
    int64_t n_batches;
    fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, 8);
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_loader_fault(loader, 3, &fault), TN_EINVAL);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* The messages in a held batch's rows outlive the loader. */
START_TEST(held_rows_keep_their_faults)
{
    fake.fail_every = 10;
    tn_loader_options options = in_order;
    options.on_fault = TN_FAULT_SKIP;
    tn_loader *const loader = started(29, options, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_batch_hold(&batch), TN_OK);
    tn_loader_destroy(loader);
    ck_assert_str_eq(batch.rows[0]->fault, "sample 0 is bad");
    ck_assert_int_eq(tn_batch_release(&batch), TN_OK);
    ck_assert(fake_all_gone());
}
END_TEST

/* The failure to mix a row names the data set's sample, not the number that the order gave: with
 * repeats no sample has that number. */
START_TEST(a_row_that_cannot_be_mixed_names_its_sample)
{
    enum { DRAWN = 1000000, SAMPLE = 3, ROW_BYTES = 1 << 12 };
    tn_dataset *const dataset = fake_dataset(SAMPLE + 1);
    tn_transform *const transform = fake_transform();
    tn__outcome outcome = {0};
    tn__plan plan = {0};
    tn_row row = {.sample = SAMPLE};
    uint8_t label[8] = {0};
    float target;
    tn__slot slot = {.labels = label, .targets = &target, .row = &row, .outcome = &outcome};
    slot.plan = &plan;
    const tn__settings settings = {
        .dataset = dataset, .transform = transform, .constants = {.w = ROW_BYTES, .channels = 3}};
    static tn__worker worker;
    tn__arena_init(&worker.arena, 0, 1); /* no memory at all */
    const tn__place place = {.position = 5, .sample = DRAWN};
    tn__row_mix(&settings, &slot, &place, &worker);
    ck_assert_int_eq(outcome.status, TN_ENOMEM);
    ck_assert_int_eq(outcome.faults->sample, SAMPLE);
    ck_assert_str_eq(tn__fault_note_name(outcome.faults), "fish/000003.jpg");
    ck_assert_int_eq(outcome.faults->position, 5);
    tn__fault_notes_free(outcome.faults);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Finalisers can run between a failed call and the reading of its message. */
START_TEST(destroying_leaves_the_error_alone)
{
    tn_loader *const loader = started(29, in_order, 0);
    tn__fail(TN_EIO, "what came before");
    tn_loader_destroy(loader);
    ck_assert_str_eq(tn_error(), "what came before");
    ck_assert(fake_all_gone());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("fault");
    TCase *const tcase = tcase_create("fault");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_test(tcase, raised_at_its_batch);
    tcase_add_test(tcase, any_number_of_threads_skips_the_same_samples);
    tcase_add_test(tcase, many_faults_take_little_memory);
    tcase_add_test(tcase, substitutes_are_other_samples);
    tcase_add_test(tcase, substitutes_have_weights);
    tcase_add_test(tcase, substitution_ends_after_sixteen_failures);
    tcase_add_test(tcase, lack_of_memory_is_no_fault_of_a_sample);
    tcase_add_test(tcase, budget_ends_the_epoch);
    tcase_add_test(tcase, held_rows_keep_their_faults);
    tcase_add_test(tcase, a_row_that_cannot_be_mixed_names_its_sample);
    tcase_add_test(tcase, destroying_leaves_the_error_alone);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
