/* SPDX-License-Identifier: MIT */
/* Opening the CUDA driver: the message for each thing that can be missing or wrong. The driver
 * is a fake one (fake_libcuda.c), the toolkit's stub where that is installed, or absent. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/cuda_driver.h"
#include "suite.h"
#include "tench.h"

/* Opens FAKE_LIBCUDA with the words in FAKE_CUDA; checks the status and, if it fails, the text. */
static void try_words(const char *words, int least, int status, const char *text)
{
    tn__cuda_driver driver;
    setenv("FAKE_CUDA", words, 1);
    ck_assert_int_eq(tn__cuda_driver_open(&driver, FAKE_LIBCUDA, least), status);
    if (status != TN_OK && !strstr(tn_error(), text))
        ck_abort_msg("\"%s\" does not say \"%s\" but: %s", words, text, tn_error());
}

static const struct {
    const char *words;
    int least;
    const char *text;
} cases[] = {
    {"init=100", 0, "the NVIDIA driver is installed, but it finds no GPU (cuInit gives 100)"},
    {"init=34", 0, "libcuda.so.1 is the CUDA toolkit's stub, not a driver: install the NVIDIA"},
    {"init=3", 0, "CUDA was initialised before this process was forked"},
    {"init=304", 0, "cannot reach its kernel module"},
    {"init=802", 0, "the GPUs are still starting: wait, or check the fabric manager"},
    {"init=803", 0, "are of different versions: restart"},
    {"init=804", 0, "forward compatibility package"},
    {"init=999", 0, "does not start: often it was updated"},
    {"init=805", 0, "does not start: cuInit: FAKE_ERROR_805 (805)"},
    {"version=12040", 13000,
     "the NVIDIA driver is too old: it offers CUDA 12.4, and CUDA 13.0 (NVIDIA driver 580 or "
     "later) "
     "is needed"},
    {"version=11080", 0,
     "it offers CUDA 11.8, and CUDA 12.0 (NVIDIA driver 525 or later) is needed"},
    {"version=15000", 99010, "it offers CUDA 15.0, and CUDA 99.1 is needed"},
    {"lacks=cuMemAlloc", 0, "libcuda.so.1 lacks the function cuMemAlloc: is it NVIDIA's driver?"},
};

START_TEST(failures_to_open_are_explained)
{
    unsetenv("CUDA_VISIBLE_DEVICES");
    try_words(cases[_i].words, cases[_i].least, TN_EDEVICE, cases[_i].text);
}
END_TEST

START_TEST(hidden_devices_are_named)
{
    setenv("CUDA_VISIBLE_DEVICES", "7", 1);
    try_words("init=100", 0, TN_EDEVICE, "CUDA_VISIBLE_DEVICES=7 leaves no GPU");
}
END_TEST

START_TEST(absent_library)
{
    tn__cuda_driver driver;
    ck_assert_int_eq(tn__cuda_driver_open(&driver, "libtench-has-no-such.so.1", 0), TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "no NVIDIA driver on this machine: "));
    ck_assert_ptr_nonnull(strstr(tn_error(), "libtench-has-no-such.so.1"));
    ck_assert_ptr_nonnull(
        strstr(tn_error(), "; one for CUDA 12.0 (NVIDIA driver 525 or later) is needed"));
}
END_TEST

START_TEST(another_library)
{
    tn__cuda_driver driver;
    ck_assert_int_eq(tn__cuda_driver_open(&driver, "libm.so.6", 0), TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "lacks cuInit: it is not NVIDIA's driver"));
}
END_TEST

START_TEST(toolkits_stub)
{
#ifdef STUB_LIBCUDA
    tn__cuda_driver driver;
    ck_assert_int_eq(tn__cuda_driver_open(&driver, STUB_LIBCUDA, 0), TN_EDEVICE);
    ck_assert_ptr_nonnull(strstr(tn_error(), STUB_LIBCUDA " is the CUDA toolkit's stub"));
#endif
}
END_TEST

START_TEST(a_suitable_driver_is_opened)
{
    tn__cuda_driver driver;
    const char *name = NULL;
    int count = 0;
    setenv("FAKE_CUDA", "version=13020 devices=5", 1);
    ck_assert_int_eq(tn__cuda_driver_open(&driver, FAKE_LIBCUDA, 13000), TN_OK);
    ck_assert_int_eq(driver.version, 13020);
    ck_assert_int_eq(driver.api.cuDeviceGetCount(&count), 0);
    ck_assert_int_eq(count, 5);
    ck_assert_int_eq(driver.api.cuGetErrorName(719, &name), 0);
    ck_assert_str_eq(name, "FAKE_ERROR_719");
    ck_assert_int_eq(tn__cuda_fail(&driver, 719, "cuEventQuery"), TN_EDEVICE);
    ck_assert_str_eq(tn_error(), "cuEventQuery: FAKE_ERROR_719 (719), the fake driver says so");
    ck_assert_int_eq(tn__cuda_fail(&driver, TN__CU_OUT_OF_MEMORY, "cuMemAlloc"), TN_ENOMEM);
}
END_TEST

/* A driver that lacks any one function is refused. */
START_TEST(each_function_is_needed)
{
    static const char *const names[] = {"cuGetErrorString", "cuCtxSynchronize",  "cuModuleLoadData",
                                        "cuMemHostAlloc",   "cuStreamWaitEvent", "cuLaunchKernel"};
    char words[64];
    snprintf(words, sizeof words, "lacks=%s", names[_i]);
    try_words(words, 0, TN_EDEVICE, names[_i]);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("cuda_driver");
    TCase *const tests = tcase_create("driver");
    tcase_add_loop_test(tests, failures_to_open_are_explained, 0,
                        (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tests, each_function_is_needed, 0, 6);
    tcase_add_test(tests, hidden_devices_are_named);
    tcase_add_test(tests, absent_library);
    tcase_add_test(tests, another_library);
    tcase_add_test(tests, toolkits_stub);
    tcase_add_test(tests, a_suitable_driver_is_opened);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
