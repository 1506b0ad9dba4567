/* SPDX-License-Identifier: MIT */
/* Loaders on the fake device: the CPU's bytes, each missing wait named, failures and ends at any
 * moment, held batches. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "dev/fake.h"
#include "fake.h"
#include "load/dlpack.h"
#include "load/loader.h"
#include "suite.h"

enum { ROWS = 8, SAMPLES = 90, BATCHES = 12 };

static const tn_loader_options plain = {
    .batch_size = ROWS, .seed = 5, .order = "feistel-1", .device = "fake", .depth = 3};

static void reset(void)
{
    fake_reset();
    tn__fake_knobs_now = (tn__fake_knobs){0};
    tn__fake_complaint();
}

static tn_batch empty_batch(void)
{
    return (tn_batch){.size = (int32_t)sizeof(tn_batch)};
}

static tn_loader *created(tn_loader_options options)
{
    tn_loader *const loader = fake_loader(SAMPLES, options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    return loader;
}

static tn_loader *started(tn_loader_options options, int64_t epoch)
{
    tn_loader *const loader = created(options);
    ck_assert_msg(tn_loader_start(loader, epoch) == TN_OK, "%s", tn_error());
    return loader;
}

static tn__device *device_of(const tn_loader *loader)
{
    return loader->ring->recipe.device;
}

static void *named_stream(const tn_loader *loader, const char *name)
{
    void *stream;
    ck_assert_int_eq(tn__device_fake.stream_create(device_of(loader), name, &stream), TN_OK);
    return stream;
}

static void *stream_of(const tn_loader *loader)
{
    return named_stream(loader, "training");
}

/* All is gone, and nothing was wrong with what was done on the device. */
static void check_end(void)
{
    ck_assert(fake_all_gone());
    ck_assert_str_eq(tn__fake_complaint(), "");
}

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

/* One batch as a training step sees it. */
typedef struct view {
    const uint8_t *images;
    const int64_t *labels;
    int64_t sample[ROWS], position[ROWS];
    int32_t n_rows;
    bool seen, right;
} view;

/* Runs when the stream gets there: long after the call that enqueued it. */
static void train(void *argument)
{
    view *const step = argument;
    uint8_t row_bytes[FAKE_ROW_BYTES];
    step->seen = step->right = true;
    for (int32_t row = 0; row < step->n_rows; row++) {
        fake_row(5, 0, step->position[row], step->sample[row], 0, row_bytes);
        step->right =
            step->right && step->labels[row] == 3 * step->sample[row] + 1 &&
            memcmp(step->images + (size_t)row * FAKE_ROW_BYTES, row_bytes, FAKE_ROW_BYTES) == 0;
    }
}

/* Enqueues a step that reads the batch. */
static int use(const tn_batch *batch, view *out, void *stream)
{
    *out = (view){.images = batch->tensors[0].data,
                  .labels = batch->tensors[1].data,
                  .n_rows = batch->n_rows};
    for (int32_t row = 0; row < batch->n_rows; row++) {
        out->sample[row] = batch->rows[row].sample;
        out->position[row] = batch->rows[row].position;
    }
    const tn__fake_work work = {.what = "the step",
                                .data = out->images,
                                .n_bytes = (size_t)batch->n_rows * FAKE_ROW_BYTES,
                                .run = train,
                                .argument = out};
    return tn__fake_enqueue(device_of(batch->loader), &work, stream);
}

/* Trains through what is left of the epoch; what ended it. */
static int train_on(tn_loader *loader, void *stream, view *steps)
{
    tn_batch batch = empty_batch();
    int code = TN_OK;
    for (int32_t k = 0; code == TN_OK; k++) {
        code = tn_loader_next_on(loader, &batch, stream, 10000);
        if (code == TN_OK)
            code = use(&batch, &steps[k], stream);
    }
    return code;
}

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
    {"h2d", "the host writes parcel ", "the copy is done reading it"},
    {"arrived", "the copy reads input ", "the copy is done writing it"},
    {"used", "the copy writes input ", "the kernel is done reading it"},
    {"ready", " reads output ", "the kernel is done writing it"}, /* the step, or the host */
    {"released", "the copy writes output ", "the step is done reading it"},
};

/* The mutation test: each wait of the protocol left out in turn, and each record, is found, and
 * found by name. */
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
    /* For good; where it was the consumer that heard of it, the pump may not have yet. */
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

/* A call of the pump's, or work of its, fails at some time: the consumer hears of it in time and
 * once and for all, and all ends well. */
START_TEST(a_failing_device_ends_the_epoch)
{
    for (int32_t at = 1; at < 25; at += 3) {
        static view steps[BATCHES];
        tn__fake_knobs_now = (tn__fake_knobs){
            .fail = failures[_i].call, .fail_at = at, .fail_later = failures[_i].later};
        tn_loader *const loader = created(plain);
        void *const stream = stream_of(loader);
        int code = tn_loader_start(loader, 0);
        if (code == TN_OK)
            code = train_on(loader, stream, steps);
        if (code != TN_END) {
            tn_batch batch = empty_batch();
            ck_assert_int_eq(code, TN_EDEVICE);
            ck_assert_ptr_nonnull(strstr(tn_error(), "as it was told to"));
            const int again = tn_loader_next_on(loader, &batch, NULL, 10000);
            ck_assert_msg(again != TN_ETIMEOUT && again != TN_END, "%s", tn_error());
        }
        tn_loader_destroy(loader);
        check_end();
    }
}
END_TEST

static const char *const makers[] = {"allocate", "stream_create", "event_create"};

/* Nothing is left of a start that fails; the next one works. */
START_TEST(a_start_that_fails_can_be_repeated)
{
    for (int32_t at = 1; at < 6; at++) {
        tn__fake_knobs_now = (tn__fake_knobs){.fail = makers[_i], .fail_at = at};
        tn_loader *const loader = created(plain);
        tn__fake_counts counts;
        const int code = tn_loader_start(loader, 0);
        if (code != TN_OK) {
            ck_assert_int_eq(code, TN_EDEVICE);
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

/* Held batches let the outputs grow to their cap, and no further. */
START_TEST(held_batches_grow_to_a_cap)
{
    tn_loader_options options = plain;
    options.max_outputs = 5;
    tn_loader *const loader = started(options, 0);
    tn_batch held[BATCHES];
    int32_t n = 0;
    int code = TN_OK;
    tn__fake_counts before, after;
    tn__fake_count(device_of(loader), &before);
    while (code == TN_OK) {
        held[n] = empty_batch();
        ck_assert_int_eq(tn_loader_next_on(loader, &held[n], NULL, 10000), TN_OK);
        code = tn_batch_hold(&held[n]);
        n += code == TN_OK;
    }
    ck_assert_int_eq(code, TN_EHELD);
    ck_assert_int_eq(n, 3);
    ck_assert_str_eq(tn_error(), "3 batches are held, and of 5 slots 2 must stay free of holds: "
                                 "release some, or raise `max_outputs`");
    int64_t n_batches;
    fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, BATCHES - 4);
    tn__fake_count(device_of(loader), &after);
    ck_assert_int_eq(after.buffers - before.buffers, 2);
    for (int32_t h = 0; h < n; h++)
        ck_assert_int_eq(tn_batch_done(&held[h], NULL), TN_OK);
    ck_assert_int_eq(tn_loader_start(loader, 1), TN_OK);
    fake_hash(loader, &n_batches);
    tn__fake_count(device_of(loader), &before);
    ck_assert_int_eq(after.buffers, before.buffers);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* Where the device has no memory for more, that is the cap. */
START_TEST(held_batches_grow_as_far_as_memory_goes)
{
    tn_loader *const first = started(plain, 0);
    tn__fake_counts counts;
    tn__fake_count(device_of(first), &counts);
    tn_loader_destroy(first);
    tn__fake_knobs_now.device_bytes = counts.device_bytes + 10;
    tn_loader *const loader = started(plain, 0);
    tn_batch held[BATCHES];
    int32_t n = 0;
    int code = TN_OK;
    for (; code == TN_OK && n < BATCHES; n++) {
        held[n] = empty_batch();
        code = tn_loader_next_on(loader, &held[n], NULL, 10000);
        if (code == TN_OK)
            code = tn_batch_hold(&held[n]);
    }
    ck_assert_int_eq(code, TN_EHELD);
    ck_assert_int_le(n, 4);
    tn_batch batch = empty_batch();
    for (int32_t h = 0; h < n; h++)
        (void)tn_batch_release(&held[h]);
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, NULL, 10000), TN_OK);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

START_TEST(held_batches_outlive_their_loader)
{
    static view steps[2];
    tn__fake_knobs_now = (tn__fake_knobs){.delay = 4 * _i};
    tn_loader *const loader = started(plain, 0);
    void *const stream = stream_of(loader);
    tn_batch held[2];
    for (int32_t h = 0; h < 2; h++) {
        held[h] = empty_batch();
        ck_assert_int_eq(tn_loader_next_on(loader, &held[h], stream, 10000), TN_OK);
        ck_assert_int_eq(tn_batch_hold(&held[h]), TN_OK);
    }
    tn_loader_destroy(loader);
    for (int32_t h = 0; h < 2; h++) {
        ck_assert_int_eq(tn_batch_check(&held[h]), TN_OK);
        ck_assert_int_eq(use(&held[h], &steps[h], stream), TN_OK);
        ck_assert_int_eq(h ? tn_batch_done(&held[h], stream) : tn_batch_release(&held[h]), TN_OK);
        ck_assert_int_eq(tn_batch_check(&held[h]), TN_ESTALE);
    }
    check_end();
    for (int32_t h = 0; h < 2; h++) /* the memory was there until the steps were done */
        ck_assert(steps[h].seen && steps[h].right);
}
END_TEST

/* A stream that its owner has destroyed is an error that says so; nothing is overwritten early. */
START_TEST(a_stream_that_is_gone)
{
    static view steps[BATCHES];
    tn__fake_knobs_now = (tn__fake_knobs){.delay = 4 * _i};
    tn_loader *const loader = started(plain, 0);
    void *const stream = stream_of(loader);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, stream, 10000), TN_OK);
    ck_assert_int_eq(use(&batch, &steps[0], stream), TN_OK);
    tn__device_fake.stream_destroy(device_of(loader), stream);
    ck_assert_int_eq(tn_batch_done(&batch, stream), TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "does not exist"));
    ck_assert_int_eq(tn_batch_check(&batch), TN_ESTALE);
    void *const other = stream_of(loader);
    ck_assert_int_eq(train_on(loader, other, steps + 1), TN_END);
    ck_assert_int_eq(tn__device_fake.drain(device_of(loader)), TN_OK);
    for (int32_t k = 0; k < BATCHES; k++)
        ck_assert_msg(steps[k].seen && steps[k].right, "batch %d", k);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, stream, 10000), TN_EDEVICE);
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, other, 10000), TN_ECLOSED);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, other, 10000), TN_OK);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* More streams than one read each batch. */
START_TEST(several_streams_use_a_batch)
{
    enum { STREAMS = TN__OTHERS + 2 };
    static view steps[BATCHES][STREAMS];
    tn__fake_knobs_now = (tn__fake_knobs){.delay = 3, .seed = 7};
    tn_loader *const loader = started(plain, 0);
    void *streams[STREAMS];
    for (int32_t s = 0; s < STREAMS; s++)
        streams[s] = stream_of(loader);
    tn_batch batch = empty_batch();
    for (int32_t k = 0; tn_loader_next_on(loader, &batch, streams[0], 10000) == TN_OK; k++) {
        for (int32_t s = 1; s < STREAMS - 1; s++) {
            ck_assert_int_eq(tn_batch_also_uses(&batch, streams[s]), TN_OK);
            ck_assert_int_eq(tn_batch_also_uses(&batch, streams[s]), TN_OK);
            ck_assert_int_eq(use(&batch, &steps[k][s], streams[s]), TN_OK);
        }
        ck_assert_int_eq(tn_batch_also_uses(&batch, streams[STREAMS - 1]), TN_EINVAL);
        ck_assert_int_eq(use(&batch, &steps[k][0], streams[0]), TN_OK);
    }
    ck_assert_int_eq(tn__device_fake.drain(device_of(loader)), TN_OK);
    for (int32_t k = 0; k < BATCHES; k++)
        for (int32_t s = 0; s < STREAMS - 1; s++)
            ck_assert(steps[k][s].seen && steps[k][s].right);
    tn_loader_destroy(loader);
    check_end();
}
END_TEST

/* What is left out of how a second stream uses batches; nothing, at first. */
static const struct {
    tn__fake_knobs knobs;
    const char *says[3];
} others[] = {
    {{0}, {"", "", ""}},
    {{.ignore = "ready", .ignore_on = "evaluation"},
     {"the evaluation reads output ", "the kernel is done writing it", "`ready`"}},
    {{.ignore = "also_released"},
     {" writes output ", "the evaluation is done reading it", "`released`"}},
    {{.forget = "also_released"},
     {" writes output ", "the evaluation is done reading it", "`released`"}},
};

/* Reads each batch on another stream too; what ended it. */
static int evaluate_also(tn_loader *loader, void *stream, void *other, view *steps)
{
    tn_batch batch = empty_batch();
    int code = TN_OK;
    for (int32_t k = 0; code == TN_OK; k++) {
        code = tn_loader_next_on(loader, &batch, stream, 10000);
        if (code == TN_OK)
            code = tn_batch_also_uses(&batch, other);
        const tn__fake_work work = {.what = "the evaluation",
                                    .data = batch.tensors[0].data,
                                    .n_bytes = (size_t)batch.n_rows * FAKE_ROW_BYTES};
        if (code == TN_OK)
            code = tn__fake_enqueue(device_of(loader), &work, other);
        if (code == TN_OK)
            code = use(&batch, &steps[k], stream);
    }
    return code;
}

/* The mutation test of also_uses: its wait, its record and the wait for that are found by name. */
START_TEST(what_also_uses_leaves_out_is_named)
{
    static view steps[BATCHES];
    tn__fake_knobs_now = others[_i].knobs;
    tn_loader *const loader = created(plain);
    void *const stream = stream_of(loader), *const other = named_stream(loader, "evaluation");
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    const int code = evaluate_also(loader, stream, other, steps);
    ck_assert_int_eq(code, _i == 0 ? TN_END : TN_EDEVICE);
    for (int32_t s = 0; s < 3; s++)
        ck_assert_msg(code == TN_END || strstr(tn_error(), others[_i].says[s]), "%s", tn_error());
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
    ck_assert_int_eq(*tn__fake_complaint() != 0, _i != 0);
}
END_TEST

/* Nothing is made after the first start, however many epochs follow. */
START_TEST(all_is_made_once)
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

/* The consumer holds all up: filled batches wait for it, and it is told so. */
START_TEST(waiting_is_charged_to_who_causes_it)
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

/* Batches that a lost device will not get do not wait for the consumer. */
START_TEST(a_lost_device_is_nobodys_wait)
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

/* The consumer waits, for samples that take their time (0) or for a device that does (1). */
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

/* Starts, stops and ends in the middle, while work is under way. */
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
    ck_assert_int_eq(batch.tensors[0].device, TN_DEVICE_FAKE);
    ck_assert_int_eq(tn_batch_copy(&batch, 1, labels, sizeof labels), TN_OK);
    ck_assert_int_eq(tn_batch_copy(&batch, 0, images, sizeof images), TN_OK);
    for (int32_t row = 0; row < ROWS; row++) {
        const tn_row *const r = &batch.rows[row];
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

/* A tensor that another library has keeps its batch, past the batch's release and the loader's end;
 * its deleter hands it back, behind what the stream has got to do. */
START_TEST(tensors_for_other_libraries)
{
    static view steps[BATCHES];
    tn__fake_knobs_now = (tn__fake_knobs){.delay = 4 * _i, .seed = 3};
    tn_loader *const loader = created(plain);
    void *const stream = stream_of(loader);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next_on(loader, &batch, stream, 10000), TN_OK);
    ck_assert_ptr_null(tn_batch_dlpack(&batch, 2));
    tn__dl_managed *const images = tn_batch_dlpack(&batch, 0), *labels = tn_batch_dlpack(&batch, 1);
    ck_assert_int_eq(images->major, 1);
    ck_assert_uint_eq(images->flags, 0);
    ck_assert_ptr_eq(images->tensor.data, batch.tensors[0].data);
    ck_assert_uint_eq((uintptr_t)images->tensor.data % 256, 0);
    ck_assert_uint_eq((uintptr_t)labels->tensor.data % 256, 0);
    ck_assert_int_eq(images->tensor.device_type, TN_DEVICE_FAKE);
    ck_assert_int_eq(images->tensor.ndim, 4);
    ck_assert_int_eq(images->tensor.shape[0], ROWS);
    ck_assert_int_eq(images->tensor.strides[3], 1);
    ck_assert_int_eq(images->tensor.code * 1000 + images->tensor.bits, 1008);
    ck_assert_int_eq(labels->tensor.code * 1000 + labels->tensor.bits, 64);
    ck_assert_int_eq(use(&batch, &steps[0], stream), TN_OK);
    ck_assert_int_eq(tn_batch_release(&batch), TN_OK);
    ck_assert_ptr_null(tn_batch_dlpack(&batch, 0));
    labels->deleter(labels);
    for (int32_t k = 1; k < 7; k++) {
        ck_assert_int_eq(tn_loader_next_on(loader, &batch, stream, 10000), TN_OK);
        ck_assert(batch.tensors[0].data != images->tensor.data);
        ck_assert_int_eq(use(&batch, &steps[k], stream), TN_OK);
    }
    tn_loader_destroy(loader);
    images->deleter(images);
    check_end();
    for (int32_t k = 0; k < 7; k++)
        ck_assert_msg(steps[k].seen && steps[k].right, "batch %d", k);
}
END_TEST

static void *delete_soon(void *tensor)
{
    usleep(2000);
    tn_dlpack_delete(tensor);
    return NULL;
}

/* Who keeps all tensors gets no more batches, and is told so; another thread may delete them. */
START_TEST(tensors_that_are_kept)
{
    static const char *const devices[] = {"cpu", "fake"};
    tn_loader_options options = plain;
    options.device = devices[_i];
    options.max_outputs = 3;
    tn_loader *const loader = started(options, 0);
    tn_batch batch = empty_batch();
    void *kept[BATCHES];
    int32_t n = 0;
    int code;
    while ((code = tn_loader_next(loader, &batch, 10000)) == TN_OK)
        kept[n++] = tn_batch_dlpack(&batch, 0);
    ck_assert_int_eq(code, TN_EHELD);
    ck_assert_int_eq(n, 3);
    ck_assert_msg(strstr(tn_error(), "3 are held") && strstr(tn_error(), _i ? "(3)" : "depth"),
                  "%s", tn_error());
    pthread_t thread;
    pthread_create(&thread, NULL, delete_soon, kept[0]);
    while ((code = tn_loader_next(loader, &batch, 10000)) == TN_EHELD)
        usleep(100);
    ck_assert_msg(code == TN_OK, "%s", tn_error());
    pthread_join(thread, NULL);
    tn_loader_destroy(loader);
    tn_dlpack_delete(kept[1]);
    tn_dlpack_delete(kept[2]);
    tn_dlpack_delete(NULL);
    check_end();
}
END_TEST

/* Rows that cannot be made end the epoch at their batch, as on the CPU. */
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
        {"fake:1", "there is only number 0", TN_EDEVICE},
        {"fake:x", "known: cpu, cuda (cuda:1, …), auto, fake", TN_EDEVICE},
        {"gpu", "device \"gpu\" is unknown", TN_EDEVICE},
        {"fake:", "unknown", TN_EDEVICE},
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
    tcase_add_loop_test(tests, what_also_uses_leaves_out_is_named, 0,
                        sizeof others / sizeof *others);
    tcase_add_loop_test(tests, a_failing_device_ends_the_epoch, 0,
                        sizeof failures / sizeof *failures);
    tcase_add_loop_test(tests, a_start_that_fails_can_be_repeated, 0,
                        sizeof makers / sizeof *makers);
    tcase_add_test(tests, held_batches_grow_to_a_cap);
    tcase_add_test(tests, held_batches_grow_as_far_as_memory_goes);
    tcase_add_loop_test(tests, held_batches_outlive_their_loader, 0, 3);
    tcase_add_loop_test(tests, a_stream_that_is_gone, 0, 3);
    tcase_add_test(tests, several_streams_use_a_batch);
    tcase_add_test(tests, all_is_made_once);
    tcase_add_test(tests, waiting_is_charged_to_who_causes_it);
    tcase_add_test(tests, a_lost_device_is_nobodys_wait);
    tcase_add_loop_test(tests, the_consumers_wait_is_divided, 0, 2);
    tcase_add_test(tests, ends_at_any_moment);
    tcase_add_test(tests, copies_to_the_host);
    tcase_add_test(tests, faults_come_at_their_batch);
    tcase_add_loop_test(tests, tensors_for_other_libraries, 0, 3);
    tcase_add_loop_test(tests, tensors_that_are_kept, 0, 2);
    tcase_add_loop_test(tests, devices_have_names, 0, 4);
    Suite *const suite = suite_create("pump");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
