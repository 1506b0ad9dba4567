/* SPDX-License-Identifier: MIT */
/* The CUDA device on a fake driver (fake_libcuda.c): opening it, the messages when that fails, its
 * calls, and its kernels' bytes. In a build without kernels the test checks only the message that
 * reports this. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda/image.h"
#include "dev/cuda.h"
#include "random_batch.h"
#include "suite.h"
#include "tench.h"

static const tn__device_ops *const ops = &tn__device_cuda;

static bool is_built(void)
{
    return tn__cuda_image_get().bytes != NULL;
}

static const struct {
    const char *words, *text;
    int32_t index, code;
} cases[] = {
    {"init=100", "the NVIDIA driver is installed, but it finds no GPU", 0, TN_EDEVICE},
    {"version=12000", "the NVIDIA driver is too old", 0, TN_EDEVICE},
    {"devices=2", "cuda:2 does not exist: this machine has 2 CUDA devices", 2, TN_EDEVICE},
    {"retain=46", "Fake GPU 0 is taken: another process uses it in exclusive mode", 0, TN_EDEVICE},
    {"retain=2", "cuDevicePrimaryCtxRetain: FAKE_ERROR_2", 0, TN_ENOMEM},
    {"module=209 capability=70", "Fake GPU 0 is sm_70, but the kernels were built for sm_", 0,
     TN_EDEVICE},
    {"module=222 capability=130", "the driver cannot translate them (error 222)", 0, TN_EDEVICE},
    {"module=200", "loading the kernels: cuModuleLoadData: FAKE_ERROR_200", 0, TN_EDEVICE},
    {"function=500", "finding the kernels: cuModuleGetFunction: FAKE_ERROR_500", 0, TN_EDEVICE},
    {"stream=999", "cuStreamCreateWithPriority: FAKE_ERROR_999", 0, TN_EDEVICE},
    {"wrong=4", "self-test: the device made ", 0, TN_EDEVICE},
    {"launch=719", "tn_finish_u8_planes_mix_u8: FAKE_ERROR_719", 0, TN_EDEVICE},
    {"synchronize=700", "cuStreamSynchronize: FAKE_ERROR_700", 0, TN_EDEVICE},
    {"push=201", "cuCtxPushCurrent: FAKE_ERROR_201", 0, TN_EDEVICE},
};

START_TEST(failures_to_open_are_explained)
{
    if (!is_built())
        return;
    unsetenv("CUDA_VISIBLE_DEVICES");
    setenv("FAKE_CUDA", cases[_i].words, 1);
    tn_error_info info = {.size = sizeof info};
    ck_assert_ptr_null(ops->open(cases[_i].index));
    tn_error_details(&info);
    ck_assert_int_eq(info.code, cases[_i].code);
    if (!strstr(tn_error(), cases[_i].text))
        ck_abort_msg("\"%s\" does not say \"%s\" but: %s", cases[_i].words, cases[_i].text,
                     tn_error());
}
END_TEST

START_TEST(without_kernels_a_message_says_why)
{
    if (is_built())
        return;
    ck_assert_ptr_null(ops->open(0));
    ck_assert_ptr_nonnull(strstr(tn_error(), "this tench has no CUDA kernels: the build "));
}
END_TEST

static tn__device_memory buffer_of(tn__device *device, int32_t memory, size_t n_bytes)
{
    const tn__memory_use use = {memory, n_bytes, "test", 0, NULL, NULL};
    tn__device_memory out;
    ck_assert_int_eq(ops->allocate(device, &use, &out), TN_OK);
    ck_assert_uint_eq((uintptr_t)out.data % 256, 0);
    return out;
}

static tn__device_memory pinned_of(tn__device *device, const void *bytes, size_t n_bytes)
{
    const tn__device_memory out = buffer_of(device, TN__PINNED, n_bytes);
    memcpy(out.data, bytes, n_bytes);
    return out;
}

static tn__device_memory uploaded(tn__device *device, const void *bytes, size_t n_bytes)
{
    tn__device_memory pinned = pinned_of(device, bytes, n_bytes);
    const tn__device_memory out = buffer_of(device, TN__ON_DEVICE, n_bytes);
    const tn__device_part from = {&pinned, 0, n_bytes}, to = {&out, 0, n_bytes};
    ck_assert_int_eq(ops->copy(device, to, from, NULL), TN_OK);
    ck_assert_int_eq(ops->drain(device), TN_OK);
    ops->free(device, &pinned);
    return out;
}

/* Takes one batch through all calls: two streams, an event, copy, kernel, fetch. */
static void make_on_device(tn__device *device, random_batch *batch)
{
    const size_t n_records = sizeof(tn_px_record) * (size_t)batch->with.rows;
    tn__device_memory pinned = pinned_of(device, batch->staging, batch->staging_bytes);
    tn__device_memory staging = buffer_of(device, TN__ON_DEVICE, batch->staging_bytes);
    tn__device_memory records = uploaded(device, batch->records, n_records);
    tn__device_memory table = uploaded(device, batch->table, sizeof batch->table);
    tn__device_memory out = buffer_of(device, TN__ON_DEVICE, batch->out_bytes);
    const tn__device_part host = {&pinned, 0, batch->staging_bytes};
    const tn__device_part there = {&staging, 0, batch->staging_bytes};
    const tn__device_part whole = {&out, 0, batch->out_bytes};
    const tn__finish_work work = {.constants = &batch->with.finish,
                                  .staging = there,
                                  .records = {&records, 0, n_records},
                                  .table = {batch->with.table ? &table : NULL, 0, 0},
                                  .out = whole,
                                  .rows = batch->with.rows};
    void *copying, *working;
    tn__event *arrived;
    ck_assert_int_eq(ops->stream_create(device, "copy", &copying), TN_OK);
    ck_assert_int_eq(ops->stream_create(device, "work", &working), TN_OK);
    ck_assert_int_eq(ops->event_create(device, "arrived", 0, &arrived), TN_OK);
    ck_assert_int_eq(ops->copy(device, there, host, copying), TN_OK);
    ck_assert_int_eq(ops->record(device, arrived, copying), TN_OK);
    ck_assert_int_eq(ops->wait(device, working, arrived), TN_OK);
    ck_assert_int_eq(ops->finish(device, &work, working), TN_OK);
    ck_assert_int_eq(ops->query(device, arrived), TN_OK);
    ck_assert_int_eq(ops->drain(device), TN_OK);
    ck_assert_int_eq(ops->fetch(device, batch->with.out, whole), TN_OK);
    ops->event_destroy(device, arrived);
    ops->stream_destroy(device, working);
    ops->stream_destroy(device, copying);
    ops->free(device, &pinned);
    ops->free(device, &staging);
    ops->free(device, &records);
    ops->free(device, &table);
    ops->free(device, &out);
    ck_assert_ptr_null(out.data);
}

START_TEST(batches_are_made)
{
    if (!is_built())
        return;
    setenv("FAKE_CUDA", "", 1);
    tn__device *const device = ops->open(1);
    ck_assert_msg(device != NULL, "%s", tn_error());
    for (uint32_t round = 0; round < 40; round++) {
        random_batch batch;
        random_batch_make(&batch, round, TN_PX_U8 + (int32_t)round % 4, TN_PX_NHWC, 3,
                          TN_PX_MIX_U8);
        make_on_device(device, &batch);
        uint8_t *const got = batch.with.out;
        tn__launch launch;
        batch.with.out = random_memory(batch.out_bytes);
        ck_assert(tn__launch_general(&batch.with.finish, batch.with.rows, &launch));
        tn__launch_run(&launch, &batch.with);
        ck_assert_mem_eq(got, batch.with.out, batch.out_bytes);
        free(got);
        random_batch_free(&batch);
    }
    ops->close(device);
}
END_TEST

START_TEST(failures_of_calls_are_named)
{
    static const struct {
        const char *words, *text;
    } calls[] = {{"query=700", "cuEventQuery: FAKE_ERROR_700 (700)"},
                 {"record=700", "cuEventRecord: FAKE_ERROR_700"},
                 {"wait=700", "cuStreamWaitEvent: FAKE_ERROR_700"},
                 {"synchronize=700", "cuCtxSynchronize: FAKE_ERROR_700"}};
    if (!is_built())
        return;
    setenv("FAKE_CUDA", "", 1);
    tn__device *const device = ops->open(0);
    tn__event *event;
    ck_assert_ptr_nonnull(device);
    ck_assert_int_eq(ops->event_create(device, "event", 0, &event), TN_OK);
    setenv("FAKE_CUDA", "query=600", 1);
    ck_assert_int_eq(ops->query(device, event), TN_ETIMEOUT);
    setenv("FAKE_CUDA", calls[_i].words, 1);
    const int status = _i == 0   ? ops->query(device, event)
                       : _i == 1 ? ops->record(device, event, NULL)
                       : _i == 2 ? ops->wait(device, NULL, event)
                                 : ops->drain(device);
    ck_assert_int_eq(status, TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn_error(), calls[_i].text));
    ops->event_destroy(device, event);
    ops->close(device);
}
END_TEST

START_TEST(lack_of_device_memory_is_named)
{
    const tn__memory_use use = {TN__ON_DEVICE, 100, "output", 2, NULL, NULL};
    tn__device_memory buffer;
    if (!is_built())
        return;
    setenv("FAKE_CUDA", "", 1);
    tn__device *const device = ops->open(0);
    ck_assert_ptr_nonnull(device);
    setenv("FAKE_CUDA", "allocate=2", 1);
    ck_assert_int_eq(ops->allocate(device, &use, &buffer), TN_ENOMEM);
    ck_assert_ptr_nonnull(strstr(tn_error(), "out of device memory: 100 bytes for output 2"));
    ck_assert_ptr_null(buffer.data);
    ops->close(device);
}
END_TEST

START_TEST(report_lists_kernels_and_devices)
{
    tn__text text = {0};
    setenv("FAKE_CUDA", "devices=2 version=99020", 1);
    tn__cuda_report(&text);
    ck_assert_str_eq(tn_error(), "");
    if (is_built()) {
        ck_assert_ptr_nonnull(strstr(text.chars, "kernels for sm_"));
        ck_assert_ptr_nonnull(strstr(text.chars, "cuda:1: Fake GPU 1, sm_90, 3.2 GB, PCI 0000:29"));
        ck_assert_ptr_nonnull(strstr(text.chars, "makes the same bytes as the CPU (self-test)"));
    } else {
        ck_assert_ptr_nonnull(strstr(text.chars, "no kernels: the build "));
    }
    tn__text_free(&text);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("cuda");
    TCase *const tests = tcase_create("device");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, failures_to_open_are_explained, 0,
                        (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tests, failures_of_calls_are_named, 0, 4);
    tcase_add_test(tests, without_kernels_a_message_says_why);
    tcase_add_test(tests, batches_are_made);
    tcase_add_test(tests, lack_of_device_memory_is_named);
    tcase_add_test(tests, report_lists_kernels_and_devices);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
