/* SPDX-License-Identifier: MIT */
/* Loaders on the fake device. Their bytes equal the CPU's; each missing wait is named; they
 * survive failures and ends at any moment; and the statistics say what waits for what. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "on_fake.h"
#include "suite.h"

static uint64_t epoch_hash(tn_loader_options options, int64_t epoch)
{
    tn_loader *const loader = started(options, epoch);
    int64_t n_batches;
    const uint64_t hash = fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, BATCHES);
    tn_loader_destroy(loader);
    return hash;
}

START_TEST(the_host_gets_the_cpus_bytes)
{
    tn_loader_options options = plain;
    options.device = "cpu";
    const uint64_t expected = epoch_hash(options, 3);
    options = plain;
    tn__fake_knobs_now = (tn__fake_knobs){.delay = _i, .seed = (uint32_t)_i};
    ck_assert_uint_eq(epoch_hash(options, 3), expected);
    options.depth = 2;
    options.threads = 3;
    fake.delay_us = 100;
    ck_assert_uint_eq(epoch_hash(options, 3), expected);
    check_end();
}
END_TEST

START_TEST(a_stream_sees_the_right_bytes)
{
    static view steps[BATCHES];
    tn__fake_knobs_now = (tn__fake_knobs){.delay = 3 * _i, .seed = (uint32_t)_i};
    tn_loader *const loader = started(plain, 0);
    void *const stream = stream_of(loader);
    ck_assert_int_eq(train_on(loader, stream, steps), TN_END);
    tn__fake_counts counts;
    tn__fake_count(device_of(loader), &counts);
    ck_assert_int_eq(counts.kernels, BATCHES);
    ck_assert_int_eq(counts.copies, 2 * BATCHES);
    ck_assert_int_eq(counts.streams, 3);
    ck_assert_int_eq(tn__device_fake.drain(device_of(loader)), TN_OK);
    for (int32_t k = 0; k < BATCHES; k++)
        ck_assert_msg(steps[k].seen && steps[k].right, "batch %d", k);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

static const struct {
    const char *event, *use, *says;
} races[] = {
    {"h2d", "the host writes staging buffer ", "the copy is done reading it"},
    {"arrived", "the copy reads input ", "the copy is done writing it"},
    {"used", "the copy writes input ", "the kernel is done reading it"},
    {"ready", " reads output ",
     "the kernel is done writing it"}, /* the step or the host reads it */
    {"released", "the copy writes output ", "the step is done reading it"},
};

/* The mutation test: it leaves out each wait of the protocol in turn, then each record. Each
 * time an error names the missing wait. */
START_TEST(each_missing_wait_is_named)
{
    static view steps[BATCHES];
    const int race = _i / 2;
    *(_i % 2 ? &tn__fake_knobs_now.forget : &tn__fake_knobs_now.ignore) = races[race].event;
    tn_loader *const loader = created(plain);
    void *const stream = stream_of(loader);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(train_on(loader, stream, steps), TN_EDEVICE);
    char wanted[300], told[300];
    snprintf(wanted, sizeof wanted, ", and nothing says that %s: a wait for `%s` is missing",
             races[race].says, races[race].event);
    snprintf(told, sizeof told, "%s", tn_error());
    ck_assert_msg(strstr(told, "fake device: a race: ") == told, "%s", told);
    ck_assert_msg(strstr(told, races[race].use) && strstr(told, wanted), "%s", told);
    /* The failure is final. If the consumer met it first, the pump may not know it yet. */
    int again = tn_loader_start(loader, 1);
    if (again == TN_OK)
        again = train_on(loader, stream, steps);
    ck_assert_int_eq(again, TN_EDEVICE);
    ck_assert_str_eq(tn_error(), told);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
    ck_assert_str_eq(tn__fake_complaint(), told);
}
END_TEST

static const struct {
    const char *call;
    bool later;
} failures[] = {{"wait", false},   {"copy", false}, {"record", false}, {"query", false},
                {"finish", false}, {"copy", true},  {"finish", true},  {"host_uses", false}};

/* One of the pump's calls, or the work that it queued, fails at some time. The consumer gets the
 * failure in time and from then on always; nothing leaks. */
START_TEST(a_failing_device_ends_the_epoch)
{
    for (int32_t at = 1; at < 25; at += 3) {
        static view steps[BATCHES];
        tn__fake_knobs_now = (tn__fake_knobs){
            .fail = failures[_i].call, .fail_at = at, .fail_later = failures[_i].later};
        tn_loader *const loader = created(plain);
        void *const stream = stream_of(loader);
        int status = tn_loader_start(loader, 0);
        if (status == TN_OK)
            status = train_on(loader, stream, steps);
        if (status != TN_END) {
            tn_batch batch = empty_batch();
            ck_assert_int_eq(status, TN_EDEVICE);
            ck_assert_ptr_nonnull(strstr(tn_error(), "as the test asked"));
            const int again = tn_loader_next_on(loader, &batch, NULL, 10000);
            ck_assert_msg(again != TN_ETIMEOUT && again != TN_END, "%s", tn_error());
        }
        tn_loader_destroy(loader);
        check_end();
    }
}
END_TEST

static const char *const makers[] = {"allocate", "stream_create", "event_create"};

/* A failed start leaves nothing, and the next start works. */
START_TEST(a_start_that_fails_can_be_repeated)
{
    for (int32_t at = 1; at < 6; at++) {
        tn__fake_knobs_now = (tn__fake_knobs){.fail = makers[_i], .fail_at = at};
        tn_loader *const loader = created(plain);
        tn__fake_counts counts;
        const int status = tn_loader_start(loader, 0);
        if (status != TN_OK) {
            ck_assert_int_eq(status, TN_EDEVICE);
            tn__fake_count(device_of(loader), &counts);
            ck_assert_int_eq(counts.buffers + counts.events + counts.streams, 0);
            ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
        }
        int64_t n_batches;
        fake_hash(loader, &n_batches);
        ck_assert_int_eq(n_batches, BATCHES);
        tn_loader_destroy(loader);
        check_end();
    }
}
END_TEST

/* Memory, streams and events are made at the first start only, however many epochs follow. */
START_TEST(objects_are_made_once)
{
    tn_loader *const loader = created(plain);
    void *const stream = stream_of(loader);
    tn__fake_counts first, last;
    for (int32_t epoch = 0; epoch < 20; epoch++) {
        static view steps[BATCHES];
        ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
        ck_assert_int_eq(train_on(loader, stream, steps), TN_END);
        tn__fake_count(device_of(loader), epoch ? &last : &first);
    }
    ck_assert_int_eq(last.streams, first.streams);
    ck_assert_int_eq(last.events, first.events);
    ck_assert_int_eq(last.buffers, first.buffers);
    ck_assert_int_eq(last.kernels, 20 * BATCHES);
    tn_budget budget = {.size = (int32_t)sizeof budget};
    ck_assert_int_eq(tn_loader_budget(loader, &budget), TN_OK);
    ck_assert_int_eq(budget.pinned_bytes, (int64_t)last.pinned_bytes);
    ck_assert_int_eq(budget.device_bytes, (int64_t)last.device_bytes);
    ck_assert_int_eq(budget.n_pinned, 3);
    ck_assert_int_eq(budget.n_outputs, 3);
    ck_assert_int_eq(budget.max_outputs, 8);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* The consumer is the bottleneck: filled batches wait for it, and output_wait_s says so. */
START_TEST(waiting_is_charged_to_its_cause)
{
    tn_loader *const loader = started(plain, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, 10000), TN_OK);
    usleep(50000);
    ck_assert_int_eq(tn_loader_next(loader, &batch, 10000), TN_OK);
    usleep(10000);
    tn_stats stats = {.size = (int32_t)sizeof stats};
    ck_assert_int_eq(tn_loader_stats(loader, &stats), TN_OK);
    ck_assert_msg(stats.output_wait_s > 0.02 && stats.output_wait_s < 10, "%g",
                  stats.output_wait_s);
    ck_assert(stats.copy_wait_s >= 0 && stats.copy_wait_s < stats.output_wait_s);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* Batches that cannot be sent to a lost device are not counted as waiting for the consumer. */
START_TEST(a_lost_device_makes_no_consumer_wait)
{
    tn__fake_knobs_now = (tn__fake_knobs){.fail = "copy", .fail_at = 1};
    tn_loader *const loader = started(plain, 0);
    tn_batch batch = empty_batch();
    tn_stats stats = {.size = (int32_t)sizeof stats};
    usleep(50000);
    ck_assert_int_eq(tn_loader_next(loader, &batch, 10000), TN_EDEVICE);
    usleep(10000);
    ck_assert_int_eq(tn_loader_stats(loader, &stats), TN_OK);
    ck_assert_msg(stats.output_wait_s < 0.02, "%g", stats.output_wait_s);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* The consumer waits for slow samples (0) or for a slow device (1). */
START_TEST(the_consumers_wait_is_divided)
{
    tn__fake_knobs_now = (tn__fake_knobs){.delay = _i ? 60 : 0};
    fake.delay_us = _i ? 0 : 10000;
    tn_loader_options options = plain;
    options.threads = 1;
    tn_loader *const loader = started(options, 0);
    int64_t n_batches;
    (void)fake_hash(loader, &n_batches);
    tn_stats stats = {.size = (int32_t)sizeof stats};
    ck_assert_int_eq(tn_loader_stats(loader, &stats), TN_OK);
    ck_assert_msg(stats.device_wait_s >= 0 && stats.device_wait_s <= stats.wait_s, "%g of %g",
                  stats.device_wait_s, stats.wait_s);
    ck_assert_msg((stats.device_wait_s > stats.wait_s / 2) == _i, "%g of %g", stats.device_wait_s,
                  stats.wait_s);
    ck_assert(_i == 0 || stats.kernel_wait_s > 0);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* Starts, stops and destroys loaders while work is under way. */
START_TEST(ends_at_any_moment)
{
    fake.delay_us = 50;
    for (int32_t round = 0; round < 60; round++) {
        static view steps[4];
        tn__fake_knobs_now = (tn__fake_knobs){.delay = round % 7, .seed = (uint32_t)round};
        tn_loader_options options = plain;
        options.threads = round % 3;
        tn_loader *const loader = started(options, 0);
        void *const stream = stream_of(loader);
        tn_batch batch = empty_batch();
        for (int32_t k = 0; k < round % 4; k++) {
            ck_assert_int_eq(tn_loader_next_on(loader, &batch, stream, 10000), TN_OK);
            ck_assert_int_eq(use(&batch, &steps[k], stream), TN_OK);
        }
        if (round % 5 == 1)
            ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
        if (round % 5 > 1)
            ck_assert_int_eq(tn_loader_start(loader, round), TN_OK);
        usleep((unsigned)(round * 53 % 300));
        if (round % 5 == 3)
            ck_assert_int_eq(tn_loader_next(loader, &batch, 10000), TN_OK);
        tn_loader_destroy(loader);
        ck_assert(fake_all_gone());
    }
    check_end();
}
END_TEST

START_TEST(copies_to_the_host)
{
    tn_loader *const loader = started(plain, 0);
    tn_batch batch = empty_batch();
    int64_t labels[ROWS];
    uint8_t images[ROWS * FAKE_ROW_BYTES], row_bytes[FAKE_ROW_BYTES];
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, NULL, 10000), TN_OK);
    ck_assert_int_eq(batch.tensors[0]->device, TN_DEVICE_FAKE);
    ck_assert_int_eq(tn_batch_copy(&batch, 1, labels, sizeof labels), TN_OK);
    ck_assert_int_eq(tn_batch_copy(&batch, 0, images, sizeof images), TN_OK);
    for (int32_t row = 0; row < ROWS; row++) {
        const tn_row *const r = batch.rows[row];
        ck_assert_int_eq(labels[row], r->label);
        fake_row(5, 0, r->position, r->sample, 0, row_bytes);
        ck_assert_mem_eq(images + row * FAKE_ROW_BYTES, row_bytes, FAKE_ROW_BYTES);
    }
    ck_assert_int_eq(tn_batch_copy(&batch, 0, images, 5), TN_EINVAL);
    ck_assert_int_eq(tn_batch_copy(&batch, 2, images, sizeof images), TN_EINVAL);
    ck_assert_int_eq(tn_batch_copy(&batch, 0, NULL, sizeof images), TN_EINVAL);
    tn_loader_destroy(loader);
    ck_assert_int_eq(tn_batch_copy(&batch, 0, images, sizeof images), TN_ESTALE);
    check_end();
}
END_TEST

/* A row that cannot be made ends the epoch at its batch, as on the CPU. */
START_TEST(faults_come_at_their_batch)
{
    fake.fail_every = 13;
    tn_loader_options options = plain;
    options.order = "sequential";
    tn_loader *loader = started(options, 0);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, NULL, 10000), TN_EDECODE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "sample 0 is bad"));
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, NULL, 10000), TN_ECLOSED);
    tn_loader_destroy(loader);
    options.on_fault = TN_FAULT_SKIP;
    loader = started(options, 0);
    int64_t n_batches;
    const uint64_t hash = fake_hash(loader, &n_batches);
    tn_loader_destroy(loader);
    options.device = "cpu";
    ck_assert_uint_eq(epoch_hash(options, 0), hash);
    check_end();
}
END_TEST

START_TEST(devices_have_names)
{
    static const struct {
        const char *device, *says;
        int32_t code;
    } cases[] = {
        {"fake:1", "only number 0 exists", TN_EDEVICE},
        {"fake:x", "device \"fake:x\": a number from 0 to 1023 must follow the colon", TN_EDEVICE},
        {"gpu", "device \"gpu\" is unknown", TN_EDEVICE},
        {"fake:", "a number from 0 to 1023 must follow", TN_EDEVICE},
    };
    tn_loader_options options = plain;
    options.device = cases[_i].device;
    ck_assert_ptr_null(fake_loader(SAMPLES, options));
    tn_error_info info = {.size = (int32_t)sizeof info};
    tn_error_details(&info);
    ck_assert_int_eq(info.code, cases[_i].code);
    ck_assert_msg(strstr(tn_error(), cases[_i].says) != NULL, "%s", tn_error());
    check_end();
}
END_TEST

int main(void)
{
    TCase *const tests = tcase_create("pump");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, reset, NULL);
    tcase_add_loop_test(tests, the_host_gets_the_cpus_bytes, 0, 5);
    tcase_add_loop_test(tests, a_stream_sees_the_right_bytes, 0, 6);
    tcase_add_loop_test(tests, each_missing_wait_is_named, 0, 2 * sizeof races / sizeof *races);
    tcase_add_loop_test(tests, a_failing_device_ends_the_epoch, 0,
                        sizeof failures / sizeof *failures);
    tcase_add_loop_test(tests, a_start_that_fails_can_be_repeated, 0,
                        sizeof makers / sizeof *makers);
    tcase_add_test(tests, objects_are_made_once);
    tcase_add_test(tests, waiting_is_charged_to_its_cause);
    tcase_add_test(tests, a_lost_device_makes_no_consumer_wait);
    tcase_add_loop_test(tests, the_consumers_wait_is_divided, 0, 2);
    tcase_add_test(tests, ends_at_any_moment);
    tcase_add_test(tests, copies_to_the_host);
    tcase_add_test(tests, faults_come_at_their_batch);
    tcase_add_loop_test(tests, devices_have_names, 0, 4);
    Suite *const suite = suite_create("pump");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
