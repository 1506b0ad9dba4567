/* SPDX-License-Identifier: MIT */
/* The fake device: it passes correct protocols, names each missing wait, checks every use of
 * memory, and fails where a test asks for it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "dev/fake.h"
#include "suite.h"

enum { N = 64, SLOTS = 2, BATCHES = 12 };

static const tn__device_ops *const ops = &tn__device_fake;

static void reset(void)
{
    tn__fake_knobs_now = (tn__fake_knobs){0};
    tn__fake_complaint();
}

static tn__device *opened(void)
{
    tn__device *const device = ops->open(0);
    ck_assert_msg(device != NULL, "%s", tn_error());
    return device;
}

static tn__device_memory buffer_of(tn__device *device, int32_t memory, const char *name,
                                   int32_t number, const char *written, const char *read)
{
    const tn__memory_use use = {memory, N, name, number, written, read};
    tn__device_memory buffer;
    ck_assert_int_eq(ops->allocate(device, &use, &buffer), TN_OK);
    return buffer;
}

static tn__event *event_of(tn__device *device, const char *name, int32_t number)
{
    tn__event *event;
    ck_assert_int_eq(ops->event_create(device, name, number, &event), TN_OK);
    return event;
}

static tn__device_part all(const tn__device_memory *buffer)
{
    return (tn__device_part){buffer, 0, buffer->use.n_bytes};
}

/* Three rings of two slots, like the loader's; the kernel is a copy. */
typedef struct rings {
    tn__device *device;
    void *copying, *working, *training;
    tn__device_memory pinned[SLOTS], staged[SLOTS], output[SLOTS];
    tn__event *h2d[SLOTS], *arrived[SLOTS], *used[SLOTS], *ready[SLOTS], *released[SLOTS];
    int32_t good; /* batches that were right when the consumer saw them */
} rings;

/* The consumer's work on a batch. */
typedef struct view {
    rings *rings;
    const uint8_t *data;
    uint8_t expected;
} view;

static void see(void *argument)
{
    const view *const look = argument;
    bool right = true;
    for (int b = 0; b < N; b++)
        right = right && look->data[b] == look->expected;
    look->rings->good += right;
}

static void make_rings(rings *r)
{
    *r = (rings){.device = opened()};
    ops->stream_create(r->device, "copying", &r->copying);
    ops->stream_create(r->device, "working", &r->working);
    ops->stream_create(r->device, "training", &r->training);
    for (int32_t s = 0; s < SLOTS; s++) {
        r->pinned[s] = buffer_of(r->device, TN__PINNED, "staging", s, "filled", "h2d");
        r->staged[s] = buffer_of(r->device, TN__ON_DEVICE, "input", s, "arrived", "used");
        r->output[s] = buffer_of(r->device, TN__ON_DEVICE, "output", s, "ready", "released");
        r->h2d[s] = event_of(r->device, "h2d", s);
        r->arrived[s] = event_of(r->device, "arrived", s);
        r->used[s] = event_of(r->device, "used", s);
        r->ready[s] = event_of(r->device, "ready", s);
        r->released[s] = event_of(r->device, "released", s);
    }
}

static void free_rings(rings *r)
{
    for (int32_t s = 0; s < SLOTS; s++) {
        tn__device_memory *const buffers[] = {&r->pinned[s], &r->staged[s], &r->output[s]};
        tn__event *const events[] = {r->h2d[s], r->arrived[s], r->used[s], r->ready[s],
                                     r->released[s]};
        for (size_t b = 0; b < sizeof buffers / sizeof *buffers; b++)
            ops->free(r->device, buffers[b]);
        for (size_t e = 0; e < sizeof events / sizeof *events; e++)
            ops->event_destroy(r->device, events[e]);
    }
    ops->stream_destroy(r->device, r->copying);
    ops->stream_destroy(r->device, r->working);
    ops->stream_destroy(r->device, r->training);
    ops->close(r->device);
}

/* The host waits for the slot and writes the batch there. */
static int fill(rings *r, int32_t s, uint8_t value)
{
    int status;
    do
        status = ops->query(r->device, r->h2d[s]);
    while (status == TN_ETIMEOUT);
    if (status == TN_OK)
        status = ops->host_uses(r->device, all(&r->pinned[s]), TN__HOST_WRITES);
    if (status == TN_OK)
        memset(r->pinned[s].data, value, N);
    return status;
}

static int send(rings *r, int32_t s)
{
    tn__device *const d = r->device;
    const bool sent = ops->wait(d, r->copying, r->used[s]) == TN_OK &&
                      ops->copy(d, all(&r->staged[s]), all(&r->pinned[s]), r->copying) == TN_OK &&
                      ops->record(d, r->h2d[s], r->copying) == TN_OK &&
                      ops->record(d, r->arrived[s], r->copying) == TN_OK &&
                      ops->wait(d, r->working, r->arrived[s]) == TN_OK &&
                      ops->wait(d, r->working, r->released[s]) == TN_OK &&
                      ops->copy(d, all(&r->output[s]), all(&r->staged[s]), r->working) == TN_OK &&
                      ops->record(d, r->used[s], r->working) == TN_OK &&
                      ops->record(d, r->ready[s], r->working) == TN_OK;
    return sent ? TN_OK : tn__error_last()->code;
}

static int consume(rings *r, int32_t s, view *look)
{
    *look = (view){.rings = r, .data = r->output[s].data, .expected = look->expected};
    const tn__fake_work work = {
        .what = "the step", .data = look->data, .n_bytes = N, .run = see, .argument = look};
    int status = ops->wait(r->device, r->training, r->ready[s]);
    if (status == TN_OK)
        status = tn__fake_enqueue(r->device, &work, r->training);
    if (status == TN_OK)
        status = ops->record(r->device, r->released[s], r->training);
    return status;
}

/* Runs all batches; returns the first failure. */
static int run_rings(rings *r)
{
    static view looks[BATCHES];
    int status = TN_OK;
    for (int32_t k = 0; k < BATCHES && status == TN_OK; k++) {
        looks[k].expected = (uint8_t)(k + 1);
        status = fill(r, k % SLOTS, looks[k].expected);
        if (status == TN_OK)
            status = send(r, k % SLOTS);
        if (status == TN_OK)
            status = consume(r, k % SLOTS, &looks[k]);
    }
    return status == TN_OK ? ops->drain(r->device) : status;
}

START_TEST(the_right_protocol_is_silent)
{
    tn__fake_knobs_now = (tn__fake_knobs){.delay = _i, .seed = (uint32_t)_i};
    rings r;
    make_rings(&r);
    ck_assert_msg(run_rings(&r) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(r.good, BATCHES);
    tn__fake_counts counts;
    tn__fake_count(r.device, &counts);
    ck_assert_int_eq(counts.copies, 2 * BATCHES);
    ck_assert_uint_eq(counts.pinned_bytes, SLOTS * N);
    ck_assert_uint_eq(counts.device_bytes, 2 * SLOTS * N);
    free_rings(&r);
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

static const struct {
    const char *event, *says;
} races[] = {
    {"h2d", "the host writes staging 0, and nothing says that the copy is done reading it"},
    {"arrived", "the copy reads input 0, and nothing says that the copy is done writing it"},
    {"used", "the copy writes input 0, and nothing says that the copy is done reading it"},
    {"ready", "the step reads output 0, and nothing says that the copy is done writing it"},
    {"released", "the copy writes output 0, and nothing says that the step is done reading it"},
};

/* The device finds the race for any timing, and repeats the failure from then on. */
START_TEST(a_missing_wait_is_named)
{
    for (int32_t delay = 0; delay < 5; delay++) {
        tn__fake_knobs_now =
            (tn__fake_knobs){.ignore = races[_i].event, .delay = delay, .seed = (uint32_t)delay};
        rings r;
        make_rings(&r);
        ck_assert_int_eq(run_rings(&r), TN_EDEVICE);
        char wanted[TN__MESSAGE_BYTES];
        snprintf(wanted, sizeof wanted, "fake device: a race: %s: a wait for `%s` is missing",
                 races[_i].says, races[_i].event);
        ck_assert_str_eq(tn_error(), wanted);
        ck_assert_int_eq(ops->drain(r.device), TN_EDEVICE);
        free_rings(&r);
        ck_assert_str_eq(tn__fake_complaint(), wanted);
    }
}
END_TEST

/* Timing alone does not order accesses: the wait is missing even where the work ended long
 * before. */
START_TEST(a_harmless_race_is_named)
{
    tn__device *const device = opened();
    tn__device_memory from = buffer_of(device, TN__PINNED, "staging", 0, "filled", "h2d");
    tn__device_memory to = buffer_of(device, TN__ON_DEVICE, "input", 0, "arrived", "used");
    tn__event *const other = event_of(device, "other", 0);
    ops->host_uses(device, all(&from), TN__HOST_WRITES);
    ck_assert_int_eq(ops->copy(device, all(&to), all(&from), NULL), TN_OK);
    ck_assert_int_eq(ops->query(device, other), TN_OK); /* lets the device perform the copy */
    ck_assert_int_eq(ops->host_uses(device, all(&from), TN__HOST_WRITES), TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn__fake_complaint(), "a wait for `h2d` is missing"));
    ops->event_destroy(device, other);
    ops->free(device, &from);
    ops->free(device, &to);
    ops->close(device);
}
END_TEST

/* Tries each misuse on a device of its own. */
START_TEST(wrong_uses_of_memory_are_named)
{
    tn__device *const device = opened();
    tn__device_memory from = buffer_of(device, TN__PINNED, "staging", 3, "filled", "h2d");
    tn__device_memory to = buffer_of(device, TN__ON_DEVICE, "input", 4, "arrived", "used");
    const tn__device_memory copy_of_to = to;
    const uint8_t *const bytes = to.data;
    ck_assert_int_eq(bytes[0], TN__FRESH);
    const char *says = "";
    int status = TN_OK;
    if (_i == 0) {
        says = "the copy reads staging 3, which was never written";
        status = ops->copy(device, all(&to), all(&from), NULL);
    } else if (_i == 1) {
        says = "the host goes past the end of staging 3";
        status = ops->host_uses(device, (tn__device_part){&from, 1, N}, TN__HOST_WRITES);
    } else if (_i == 2) {
        says = "the copy uses input 4, which was freed";
        ops->host_uses(device, all(&from), TN__HOST_WRITES);
        ops->free(device, &to);
        ck_assert_ptr_null(to.data);
        ck_assert_int_eq(bytes[0], TN__POISON);
        ck_assert_int_eq(bytes[N - 1], TN__POISON);
        status = ops->copy(device, all(&copy_of_to), all(&from), NULL);
    } else {
        says = "the host writes input 4, and nothing says that the copy is done writing it";
        ops->host_uses(device, all(&from), TN__HOST_WRITES);
        ck_assert_int_eq(ops->copy(device, all(&to), all(&from), NULL), TN_OK);
        ops->free(device, &to); /* while a stream still uses it */
    }
    ck_assert_int_eq(status, _i == 3 ? TN_OK : TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn__fake_complaint(), says));
    ck_assert_int_eq(ops->drain(device), TN_EDEVICE);
    ops->free(device, &from);
    ops->free(device, &to);
    ops->close(device);
}
END_TEST

START_TEST(leaks_are_reported)
{
    tn__device *const device = opened();
    buffer_of(device, TN__ON_DEVICE, "input", 0, "arrived", "used");
    event_of(device, "used", 0);
    tn__fail(TN_EIO, "before");
    ops->close(device);
    ck_assert_str_eq(tn_error(), "before");
    ck_assert_str_eq(tn__fake_complaint(),
                     "fake device: closed while 1 buffers and 1 events were left");
}
END_TEST

START_TEST(device_memory_is_limited)
{
    tn__fake_knobs_now.device_bytes = N + N / 2;
    tn__device *const device = opened();
    tn__device_memory one = buffer_of(device, TN__ON_DEVICE, "input", 0, "arrived", "used");
    tn__device_memory two = buffer_of(device, TN__PINNED, "staging", 0, "filled", "h2d");
    tn__device_memory three = {0};
    ck_assert_int_eq(ops->allocate(device, &one.use, &three), TN_ENOMEM);
    ck_assert_str_eq(tn_error(), "fake device: 64 bytes for input 0, but only 32 are left");
    ops->free(device, &one);
    ck_assert_int_eq(ops->allocate(device, &two.use, &three), TN_OK);
    ops->free(device, &two);
    ops->free(device, &three);
    ops->close(device);
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

START_TEST(unknown_streams_are_refused)
{
    rings r;
    make_rings(&r);
    int somewhere = 0;
    ck_assert_int_eq(ops->record(r.device, r.h2d[0], &somewhere), TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "does not exist"));
    void *stream;
    ops->stream_create(r.device, "short", &stream);
    ck_assert_int_eq(ops->record(r.device, r.released[0], stream), TN_OK);
    ops->stream_destroy(r.device, stream);
    ck_assert_int_eq(ops->wait(r.device, stream, r.h2d[0]), TN_EDEVICE);
    /* The device still works, and the destroyed stream's work is done. */
    ck_assert_int_eq(ops->query(r.device, r.released[0]), TN_OK);
    ck_assert_int_eq(ops->wait(r.device, NULL, r.h2d[0]), TN_OK);
    free_rings(&r);
    ck_assert_str_eq(tn__fake_complaint(), "");
    ck_assert_ptr_null(ops->open(1));
}
END_TEST

static const char *const calls[] = {"wait", "copy", "record", "query", "host_uses"};

/* One failed call does not fail the device: the next call works. */
START_TEST(a_call_fails_on_request)
{
    tn__fake_knobs_now = (tn__fake_knobs){.fail = calls[_i], .fail_at = 2};
    rings r;
    make_rings(&r);
    ck_assert_int_eq(run_rings(&r), TN_EDEVICE);
    char wanted[TN__MESSAGE_BYTES];
    snprintf(wanted, sizeof wanted, "fake device: %s failed, as the test asked", calls[_i]);
    ck_assert_str_eq(tn_error(), wanted);
    ck_assert_int_eq(ops->drain(r.device), TN_OK);
    free_rings(&r);
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

START_TEST(failed_work_ends_the_device)
{
    tn__fake_knobs_now = (tn__fake_knobs){.fail = "copy", .fail_at = 3, .fail_later = true};
    rings r;
    make_rings(&r);
    ck_assert_int_eq(run_rings(&r), TN_EDEVICE);
    const char *const says = "fake device: work of a stream failed, as the test asked";
    ck_assert_str_eq(tn_error(), says);
    ck_assert_int_eq(ops->query(r.device, r.h2d[0]), TN_EDEVICE);
    ck_assert_str_eq(tn_error(), says);
    free_rings(&r);
    ck_assert_str_eq(tn__fake_complaint(), "");
}
END_TEST

int main(void)
{
    TCase *const tests = tcase_create("fake device");
    tcase_add_checked_fixture(tests, reset, NULL);
    tcase_add_loop_test(tests, the_right_protocol_is_silent, 0, 8);
    tcase_add_loop_test(tests, a_missing_wait_is_named, 0, sizeof races / sizeof *races);
    tcase_add_test(tests, a_harmless_race_is_named);
    tcase_add_loop_test(tests, wrong_uses_of_memory_are_named, 0, 4);
    tcase_add_test(tests, leaks_are_reported);
    tcase_add_test(tests, device_memory_is_limited);
    tcase_add_test(tests, unknown_streams_are_refused);
    tcase_add_loop_test(tests, a_call_fails_on_request, 0, sizeof calls / sizeof *calls);
    tcase_add_test(tests, failed_work_ends_the_device);
    Suite *const suite = suite_create("device");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
