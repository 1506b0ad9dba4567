/* SPDX-License-Identifier: MIT */
/* Traces: which spans are kept and dropped, files that cannot be written, traces that start and end
 * at any moment. tests/cli/test_trace.sh checks the spans of a whole trace. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev/fake.h"
#include "fake.h"
#include "load/loader.h"
#include "suite.h"

enum { ROWS = 4, SAMPLES = 40, BATCHES = 10, SPANS_OF_SAMPLE = 2, STATES = 3 };

static char folder[64], path[80];

static void set_up(void)
{
    fake_reset();
    strcpy(folder, "/tmp/tench-trace-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/trace", folder);
}

static int n_files(void)
{
    DIR *const open = opendir(folder);
    ck_assert(open != NULL);
    int n = 0;
    while (readdir(open))
        n++;
    closedir(open);
    return n - 2;
}

static void tear_down(void)
{
    unlink(path);
    ck_assert_int_eq(n_files(), 0);
    rmdir(folder);
}

static tn_loader *created(const char *device)
{
    tn_loader *const loader = fake_loader(
        SAMPLES, (tn_loader_options){.batch_size = ROWS, .threads = 3, .device = device});
    ck_assert_msg(loader != NULL, "%s", tn_error());
    return loader;
}

/* Takes an epoch's first batches. */
static void go_through(tn_loader *loader, int32_t n_batches)
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    while (n_batches-- > 0)
        ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
}

static tn_trace_facts ended(tn_loader *loader)
{
    tn_trace_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_msg(tn_loader_trace_stop(loader, &facts) == TN_OK, "%s", tn_error());
    return facts;
}

/* Counts how often the file contains the text. */
static int64_t count(const char *text)
{
    char line[1024];
    int64_t n = 0;
    FILE *const file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is absent", path);
    while (fgets(line, sizeof line, file))
        n += strstr(line, text) != NULL;
    fclose(file);
    return n;
}

/* Checks that the file's spans of this name do not overlap. */
static void check_apart(const char *text)
{
    char line[1024];
    double at, took, end = 0;
    FILE *const file = fopen(path, "r");
    while (fgets(line, sizeof line, file)) {
        if (!strstr(line, text))
            continue;
        ck_assert_int_eq(sscanf(strstr(line, "\"ts\""), "\"ts\":%lf,\"dur\":%lf", &at, &took), 2);
        ck_assert_msg(at >= end - 0.0005, "%s at %f, the one before ends at %f", text, at, end);
        end = at + took;
    }
    fclose(file);
}

START_TEST(every_sample_and_slot_is_there)
{
    tn_loader *const loader = created("cpu");
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    go_through(loader, BATCHES);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_END);
    const tn_trace_facts facts = ended(loader);
    ck_assert_int_eq(facts.spans, SPANS_OF_SAMPLE * SAMPLES + STATES * BATCHES + BATCHES);
    ck_assert_int_eq(facts.dropped, 0);
    ck_assert_int_eq(count("\"sample\",\"ph\":\"X\""), SAMPLES);
    ck_assert_int_eq(count("\"decode\",\"ph\":\"X\""), SAMPLES);
    ck_assert_int_eq(count("\"held\",\"ph\":\"X\""), BATCHES);
    ck_assert_int_eq(count("\"wait for a batch\""), BATCHES);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* The trace contains the batch that the consumer still holds, and nothing later. */
START_TEST(ends_in_the_middle)
{
    tn_loader *const loader = created(_i ? "fake" : "cpu");
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    go_through(loader, 2);
    (void)ended(loader);
    ck_assert_int_eq(count("\"held\",\"ph\":\"X\""), 2);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* Even with a slow device, the trace has the copy and the kernel of each batch that the consumer
 * gets. */
START_TEST(copies_and_kernels_are_there)
{
    tn__fake_knobs_now = (tn__fake_knobs){.delay = 5, .seed = (uint32_t)_i};
    tn_loader *const loader = created("fake");
    tn__fake_knobs_now = (tn__fake_knobs){0};
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    go_through(loader, BATCHES);
    (void)ended(loader);
    ck_assert_int_eq(count("\"enqueue\",\"ph\":\"X\""), BATCHES);
    ck_assert_int_eq(count("\"copy\",\"ph\":\"X\""), BATCHES);
    ck_assert_int_eq(count("\"kernel\",\"ph\":\"X\""), BATCHES);
    check_apart("\"copy\"");
    check_apart("\"kernel\"");
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* A consumer that only asks for a batch that is ready does not wait. */
START_TEST(polling_is_not_waiting)
{
    enum { LOOKS = 20 };
    tn_loader *const loader = created("cpu");
    tn_batch batch = {.size = (int32_t)sizeof batch};
    fake.gate = true;
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    for (int look = 0; look < LOOKS; look++)
        ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_ETIMEOUT);
    ck_assert_int_eq(tn_loader_next(loader, &batch, 1), TN_ETIMEOUT);
    fake.gate = false;
    (void)ended(loader);
    ck_assert_int_eq(count("\"wait for a batch\",\"ph\":\"X\""), 1);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(spans_without_space_are_counted)
{
    tn_loader *const loader = created("cpu");
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 7), TN_OK);
    go_through(loader, BATCHES);
    const tn_trace_facts facts = ended(loader);
    ck_assert_int_eq(facts.spans, 7);
    ck_assert_int_ge(facts.dropped, SPANS_OF_SAMPLE * SAMPLES - 7);
    char text[64];
    snprintf(text, sizeof text, "\"spans\":7,\"dropped\":%lld}", (long long)facts.dropped);
    ck_assert_int_eq(count(text), 1);
    ck_assert_int_eq(count("\"ph\":\"X\""), 7);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* A turn can have more stage spans than are kept. */
START_TEST(stages_without_space_are_counted)
{
    tn__stage_clock clock = {.watchers = TN__KEEPS_SPANS};
    for (int span = 0; span < TN__STAGE_SPANS + 3; span++) {
        tn__stage_enter(&clock, TN__STAGE_READ);
        tn__stage_enter(&clock, TN__STAGE_NONE);
    }
    ck_assert_int_eq(clock.n_spans, TN__STAGE_SPANS + 3);
    for (int span = 1; span < TN__STAGE_SPANS; span++)
        ck_assert(clock.spans[span].begun >= clock.spans[span - 1].ended);
}
END_TEST

START_TEST(files_that_cannot_be_written)
{
    tn_loader *const loader = created("cpu");
    char absent[100];
    snprintf(absent, sizeof absent, "%s/absent/trace", folder);
    ck_assert_int_eq(tn_loader_trace_start(loader, absent, 0), TN_EIO);
    ck_assert(strstr(tn_error(), absent) != NULL);
    ck_assert_int_eq(tn_loader_trace_start(loader, folder, 0), TN_EIO);
    ck_assert_int_eq(tn_loader_trace_start(loader, "/dev/full", 0), TN_OK);
    go_through(loader, 1);
    ck_assert_int_eq(tn_loader_trace_stop(loader, NULL), TN_EIO);
    ck_assert(strstr(tn_error(), "/dev/full") != NULL);
    ck_assert_int_eq(tn_loader_trace_stop(loader, NULL), TN_EINVAL);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* Each trace is written to a file of its own beside the path. The one that ends last stays,
 * complete. */
START_TEST(two_traces_may_have_one_path)
{
    tn_loader *const first = created("cpu"), *const second = created("cpu");
    ck_assert_int_eq(tn_loader_trace_start(first, path, 0), TN_OK);
    ck_assert_int_eq(tn_loader_trace_start(second, path, 0), TN_OK);
    ck_assert_int_eq(n_files(), 2);
    tn_trace_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_loader_trace_stop(first, &facts), TN_OK);
    ck_assert_int_eq(tn_loader_trace_stop(second, &facts), TN_OK);
    ck_assert_int_eq(n_files(), 1);
    tn_loader_destroy(second);
    tn_loader_destroy(first);
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(arguments)
{
    tn_loader *const loader = created("cpu");
    tn_trace_facts facts = {.size = 3};
    ck_assert_int_eq(tn_loader_trace_start(NULL, path, 0), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_start(loader, NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_start(loader, "", 0), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_start(loader, path, -1), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_start(loader, path, INT64_MAX), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_stop(loader, NULL), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_stop(loader, &facts), TN_EINVAL);
    ck_assert_int_eq(tn_loader_trace_stop(loader, NULL), TN_OK);
    ck_assert_int_eq(count("\"the trace ends\""), 1);
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    tn_loader_destroy(loader); /* leaves the older file */
    ck_assert(fake_all_gone());
    ck_assert_int_eq(n_files(), 1);
}
END_TEST

/* After the device is lost, the loader's trace can still be ended, started and given up. */
START_TEST(outlives_its_device)
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    tn__fake_knobs_now = (tn__fake_knobs){.fail = "finish", .fail_at = 2, .fail_later = _i};
    tn_loader *const loader = created("fake");
    tn__fake_knobs_now = (tn__fake_knobs){0};
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    int status = tn_loader_start(loader, 0);
    while (status == TN_OK)
        status = tn_loader_next(loader, &batch, 10000);
    ck_assert_int_eq(status, TN_EDEVICE);
    (void)ended(loader);
    ck_assert_int_ge(count("\"enqueue\",\"ph\":\"X\""), 2);
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    ck_assert_int_eq(tn_loader_start(loader, 1), TN_EDEVICE);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
    ck_assert_int_eq(n_files(), 1);
}
END_TEST

/* Held batches outlive the loader; its trace does not. */
START_TEST(a_trace_ends_with_its_loader)
{
    tn_loader *const loader = created(_i ? "fake" : "cpu");
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_batch_hold(&batch), TN_OK);
    void *const tensor = tn_batch_dlpack(&batch, 0);
    tn_loader_destroy(loader);
    ck_assert_int_eq(n_files(), 0);
    ck_assert_int_eq(tn_batch_release(&batch), TN_OK);
    tn_dlpack_delete(tensor);
    ck_assert(fake_all_gone());
}
END_TEST

/* A forked child has a copy of its parent's trace: it can neither end it nor remove its file. */
START_TEST(a_trace_stays_with_its_process)
{
    tn_loader *const loader = created("cpu");
    int ended_with = -1;
    ck_assert_int_eq(tn_loader_trace_start(loader, path, 0), TN_OK);
    const pid_t child = fork();
    if (child == 0) {
        const int status = tn_loader_trace_stop(loader, NULL);
        tn_loader_destroy(loader);
        _exit(status == TN_EFORK ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &ended_with, 0), child);
    ck_assert_int_eq(ended_with, 0);
    go_through(loader, BATCHES);
    (void)ended(loader);
    ck_assert_int_eq(count("\"sample\",\"ph\":\"X\""), SAMPLES);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

/* Traces start and end while workers and the pump work. */
START_TEST(starts_and_ends_at_any_moment)
{
    tn_loader *const loader = created(_i ? "fake" : "cpu");
    tn_batch batch = {.size = (int32_t)sizeof batch};
    fake.delay_us = 50;
    for (int64_t epoch = 0; epoch < 20; epoch++) {
        ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
        for (int b = 0; b < BATCHES - epoch % 4; b++) {
            if (b % 3 == 0)
                ck_assert_int_eq(tn_loader_trace_start(loader, path, 100), TN_OK);
            ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
            if (b % 3 == 0)
                ck_assert_int_ge(ended(loader).spans, 1);
        }
    }
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}
END_TEST

int main(void)
{
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, every_sample_and_slot_is_there);
    tcase_add_loop_test(all, ends_in_the_middle, 0, 2);
    tcase_add_loop_test(all, copies_and_kernels_are_there, 0, 8);
    tcase_add_test(all, polling_is_not_waiting);
    tcase_add_test(all, spans_without_space_are_counted);
    tcase_add_test(all, stages_without_space_are_counted);
    tcase_add_test(all, files_that_cannot_be_written);
    tcase_add_test(all, two_traces_may_have_one_path);
    tcase_add_test(all, arguments);
    tcase_add_loop_test(all, outlives_its_device, 0, 2);
    tcase_add_loop_test(all, a_trace_ends_with_its_loader, 0, 2);
    tcase_add_test(all, a_trace_stays_with_its_process);
    tcase_add_loop_test(all, starts_and_ends_at_any_moment, 0, 2);
    Suite *const suite = suite_create("trace");
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
