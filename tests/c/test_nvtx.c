/* SPDX-License-Identifier: MIT */
/* Ranges for NVIDIA's tools: what a tool (fake_nvtx.c) receives in an epoch, and the message
 * about a tool that cannot be used. */
#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nvtx.h"
#include "fake.h"
#include "load/loader.h"
#include "suite.h"

enum { ROWS = 4, SAMPLES = 40, BATCHES = 10 };

/* Reads a number from the tool. */
static int64_t told(const char *function, const char *name)
{
    int64_t (*ask)(const char *);
    void *const tool = dlopen(FAKE_NVTX, RTLD_NOW | RTLD_NOLOAD);
    ck_assert_msg(tool != NULL, "%s is not loaded", FAKE_NVTX);
    void *const symbol = dlsym(tool, function);
    ck_assert(symbol != NULL);
    memcpy(&ask, &symbol, sizeof ask);
    const int64_t answer = ask(name);
    dlclose(tool);
    return answer;
}

static int64_t count(const char *name)
{
    return told("fake_nvtx_count", name);
}

static int left(void)
{
    int (*ask)(void);
    void *const tool = dlopen(FAKE_NVTX, RTLD_NOW | RTLD_NOLOAD);
    ck_assert(tool != NULL);
    void *const symbol = dlsym(tool, "fake_nvtx_left");
    memcpy(&ask, &symbol, sizeof ask);
    const int answer = ask();
    dlclose(tool);
    return answer;
}

static void go_through(const char *device)
{
    tn_loader *const loader = fake_loader(
        SAMPLES, (tn_loader_options){.batch_size = ROWS, .threads = 3, .device = device});
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status;
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
        continue;
    ck_assert_int_eq(status, TN_END);
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}

static void set_up(void)
{
    fake_reset();
    setenv("NVTX_INJECTION64_PATH", FAKE_NVTX, 1);
    unsetenv("FAKE_NVTX");
}

START_TEST(a_tool_gets_the_ranges_of_threads)
{
    ck_assert(tn__nvtx_is_wanted());
    go_through(_i ? "fake" : "cpu");
    ck_assert_int_eq(count("sample"), SAMPLES);
    ck_assert_int_eq(count("decode"), SAMPLES);
    ck_assert_int_eq(told("fake_nvtx_sum", "decode"), SAMPLES * (SAMPLES - 1) / 2);
    ck_assert_int_eq(count("wait for a batch"), BATCHES + 1);
    ck_assert_int_eq(count("enqueue"), _i ? BATCHES : 0);
    ck_assert_int_eq(left(), 0);
}
END_TEST

START_TEST(no_tool)
{
    setenv("NVTX_INJECTION64_PATH", "", 1);
    tn__text text = {0};
    tn__nvtx_report(&text);
    ck_assert_str_eq(text.chars, "no tool is attached (NVTX_INJECTION64_PATH is not set)");
    tn__text_free(&text);
    ck_assert(!tn__nvtx_is_wanted());
    go_through("cpu");
}
END_TEST

START_TEST(a_tool_is_named)
{
    tn__text text = {0};
    tn__nvtx_report(&text);
    ck_assert_str_eq(text.chars, "ranges go to " FAKE_NVTX);
    tn__text_free(&text);
}
END_TEST

static const struct {
    const char *path, *how, *text;
} cases[] = {
    {"/absent/tool.so", "", "/absent/tool.so: cannot open shared object file"},
    {"libm.so.6", "", "libm.so.6 is not an NVTX 3 library"},
    {FAKE_NVTX, "refuse", "refused to attach"},
    {FAKE_NVTX, "deaf", "accepts no ranges in domains"},
};

START_TEST(tools_that_cannot_be_used)
{
    setenv("NVTX_INJECTION64_PATH", cases[_i].path, 1);
    setenv("FAKE_NVTX", cases[_i].how, 1);
    ck_assert(!tn__nvtx_is_wanted());
    ck_assert_str_eq(tn_error(), ""); /* a tool that fails does not fail a call of ours */
    tn__text text = {0};
    tn__nvtx_report(&text);
    ck_assert_msg(strstr(text.chars, cases[_i].text) != NULL, "\"%s\" does not say \"%s\"",
                  text.chars, cases[_i].text);
    tn__text_free(&text);
    go_through("cpu");
}
END_TEST

int main(void)
{
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, NULL);
    tcase_add_loop_test(all, a_tool_gets_the_ranges_of_threads, 0, 2);
    tcase_add_test(all, no_tool);
    tcase_add_test(all, a_tool_is_named);
    tcase_add_loop_test(all, tools_that_cannot_be_used, 0, sizeof cases / sizeof *cases);
    Suite *const suite = suite_create("nvtx");
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
