/* SPDX-License-Identifier: MIT */
/* Batches on the fake device while the consumer has them: held, used on several streams or on a
 * destroyed stream, given to other libraries. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load/dlpack.h"
#include "load/pump.h"
#include "on_fake.h"
#include "suite.h"

/* Held batches let the outputs grow to their limit, and no further. */
START_TEST(outputs_grow_to_their_limit)
{
    tn_loader_options options = plain;
    options.max_outputs = 5;
    tn_loader *const loader = started(options, 0);
    tn_batch held[BATCHES];
    int32_t n = 0;
    int status = TN_OK;
    tn__fake_counts before, after;
    tn__fake_count(device_of(loader), &before);
    while (status == TN_OK) {
        held[n] = empty_batch();
        ck_assert_int_eq(tn_loader_next_on(loader, &held[n], NULL, 10000), TN_OK);
        status = tn_batch_hold(&held[n]);
        n += status == TN_OK;
    }
    ck_assert_int_eq(status, TN_EHELD);
    ck_assert_int_eq(n, 3);
    ck_assert_str_eq(tn_error(), "this batch cannot be held: 2 of 5 slots must stay free, and 3 "
                                 "are held: release some, or raise `max_outputs`");
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

/* If the device has no memory for more outputs, that becomes the limit. */
START_TEST(outputs_grow_until_memory_ends)
{
    tn_loader *const first = started(plain, 0);
    tn__fake_counts counts;
    tn__fake_count(device_of(first), &counts);
    tn_loader_destroy(first);
    tn__fake_knobs_now.device_bytes = counts.device_bytes + 10;
    tn_loader *const loader = started(plain, 0);
    tn_batch held[BATCHES];
    int32_t n = 0;
    int status = TN_OK;
    for (; status == TN_OK && n < BATCHES; n++) {
        held[n] = empty_batch();
        status = tn_loader_next_on(loader, &held[n], NULL, 10000);
        if (status == TN_OK)
            status = tn_batch_hold(&held[n]);
    }
    ck_assert_int_eq(status, TN_EHELD);
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
    for (int32_t h = 0; h < 2; h++) /* the memory stayed until the steps were done */
        ck_assert(steps[h].seen && steps[h].right);
}
END_TEST

/* Using a stream that its owner has destroyed raises an error that says so; no batch is overwritten
 * early. */
START_TEST(a_destroyed_stream_is_named)
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

/* Several streams read each batch. */
START_TEST(several_streams_use_a_batch)
{
    enum { STREAMS = TN__MAX_OTHERS + 2 };
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

/* For each case, the step that a second stream's use of a batch leaves out. The first case leaves
 * out none. */
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

/* Reads each batch on another stream too; returns what ended it. */
static int evaluate_also(tn_loader *loader, void *stream, void *other, view *steps)
{
    tn_batch batch = empty_batch();
    int status = TN_OK;
    for (int32_t k = 0; status == TN_OK; k++) {
        status = tn_loader_next_on(loader, &batch, stream, 10000);
        if (status == TN_OK)
            status = tn_batch_also_uses(&batch, other);
        const tn__fake_work work = {.what = "the evaluation",
                                    .data = batch.tensors[0]->data,
                                    .n_bytes = (size_t)batch.n_rows * FAKE_ROW_BYTES};
        if (status == TN_OK)
            status = tn__fake_enqueue(device_of(loader), &work, other);
        if (status == TN_OK)
            status = use(&batch, &steps[k], stream);
    }
    return status;
}

/* The mutation test of also_uses: if its wait, its record, or the wait for that record is missing,
 * the error names the missing step. */
START_TEST(missing_steps_of_also_uses_are_named)
{
    static view steps[BATCHES];
    tn__fake_knobs_now = others[_i].knobs;
    tn_loader *const loader = created(plain);
    void *const stream = stream_of(loader), *const other = named_stream(loader, "evaluation");
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    const int status = evaluate_also(loader, stream, other, steps);
    ck_assert_int_eq(status, _i == 0 ? TN_END : TN_EDEVICE);
    for (int32_t s = 0; s < 3; s++)
        ck_assert_msg(status == TN_END || strstr(tn_error(), others[_i].says[s]), "%s", tn_error());
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
    ck_assert_int_eq(*tn__fake_complaint() != 0, _i != 0);
}
END_TEST

/* A tensor in another library keeps its batch, even after the batch's release and the loader's end.
 * Its deleter puts the batch back, after the work already queued on the stream. */
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
    ck_assert_ptr_eq(images->tensor.data, batch.tensors[0]->data);
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
        ck_assert(batch.tensors[0]->data != images->tensor.data);
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

/* A consumer that keeps all tensors gets no more batches, and an error says so. Another thread may
 * delete them. */
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
    int status;
    while ((status = tn_loader_next(loader, &batch, 10000)) == TN_OK)
        kept[n++] = tn_batch_dlpack(&batch, 0);
    ck_assert_int_eq(status, TN_EHELD);
    ck_assert_int_eq(n, 3);
    ck_assert_msg(strstr(tn_error(), "3 are held") && strstr(tn_error(), _i ? "(3)" : "depth"),
                  "%s", tn_error());
    pthread_t thread;
    pthread_create(&thread, NULL, delete_soon, kept[0]);
    while ((status = tn_loader_next(loader, &batch, 10000)) == TN_EHELD)
        usleep(100);
    ck_assert_msg(status == TN_OK, "%s", tn_error());
    pthread_join(thread, NULL);
    tn_loader_destroy(loader);
    tn_dlpack_delete(kept[1]);
    tn_dlpack_delete(kept[2]);
    tn_dlpack_delete(NULL);
    check_end();
}
END_TEST

int main(void)
{
    TCase *const tests = tcase_create("outputs");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, reset, NULL);
    tcase_add_test(tests, outputs_grow_to_their_limit);
    tcase_add_test(tests, outputs_grow_until_memory_ends);
    tcase_add_loop_test(tests, held_batches_outlive_their_loader, 0, 3);
    tcase_add_loop_test(tests, a_destroyed_stream_is_named, 0, 3);
    tcase_add_test(tests, several_streams_use_a_batch);
    tcase_add_loop_test(tests, missing_steps_of_also_uses_are_named, 0,
                        sizeof others / sizeof *others);
    tcase_add_loop_test(tests, tensors_for_other_libraries, 0, 3);
    tcase_add_loop_test(tests, tensors_that_are_kept, 0, 2);
    Suite *const suite = suite_create("outputs");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
