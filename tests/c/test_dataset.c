/* SPDX-License-Identifier: MIT */
/* Checks data sets: options, access, header facts, surveys. */
#include <check.h>
#include <string.h>

#include "base/error.h"
#include "data/dataset.h"
#include "suite.h"
#include "tasks.h"
#include "tree.h"

static tree here;

static void set_up(void)
{
    here = tree_make();
}

static void tear_down(void)
{
    tree_remove(&here);
}

/* Writes a JPEG that ends before its first scan: a probe needs only the header. `n_comment` bytes
 * of comments come before the sizes. */
static void write_header(const char *path, int w, int h, int channels, bool progressive,
                         size_t n_comment)
{
    static uint8_t bytes[400000];
    size_t n = 0;
    bytes[n++] = 0xFF;
    bytes[n++] = 0xD8;
    while (n_comment > 0) {
        const size_t part = n_comment < 60000 ? n_comment : 60000;
        const uint8_t comment[] = {0xFF, 0xFE, (uint8_t)((part + 2) >> 8), (uint8_t)(part + 2)};
        memcpy(bytes + n, comment, 4);
        memset(bytes + n + 4, 'x', part);
        n += 4 + part;
        n_comment -= part;
    }
    const uint8_t frame[] = {
        0xFF,       progressive ? 0xC2 : 0xC0, 0,          (uint8_t)(8 + 3 * channels),
        8,          (uint8_t)(h >> 8),         (uint8_t)h, (uint8_t)(w >> 8),
        (uint8_t)w, (uint8_t)channels};
    memcpy(bytes + n, frame, sizeof frame);
    n += sizeof frame;
    for (int c = 1; c <= channels; c++, n += 3)
        memcpy(bytes + n, (uint8_t[]){(uint8_t)c, 0x11, 0}, 3);
    memcpy(bytes + n, (uint8_t[]){0xFF, 0xDA, 0, (uint8_t)(6 + 2 * channels), (uint8_t)channels},
           5);
    n += 5;
    for (int c = 1; c <= channels; c++, n += 2)
        memcpy(bytes + n, (uint8_t[]){(uint8_t)c, 0}, 2);
    memcpy(bytes + n, (uint8_t[]){0, progressive ? 0 : 63, 0}, 3);
    tree_write(&here, path, bytes, n + 3);
}

START_TEST(wrong_options_are_named)
{
    tn_dataset_options cases[] = {tree_options(&here), tree_options(&here), tree_options(&here),
                                  tree_options(&here), tree_options(&here), tree_options(&here),
                                  tree_options(&here), tree_options(&here), tree_options(&here),
                                  tree_options(&here), tree_options(&here), tree_options(&here)};
    static const char *const texts[] = {
        "options->size is 0; set it",
        "mode is 6; it must be 0 (the default) or 1 to 5 (RGB L RGBA keep index)",
        "root is missing",
        "root is \"\"",
        "split is \"\"",
        "split is \"/tmp\"",
        "class_map is \"\"",
        "orient is -1",
        "threads is 1025; it must be 0 to 1024",
        "progress is 7",
        "max_pixels is -5",
        "max_file_bytes is -6"};
    cases[0].size = 0;
    cases[1].mode = 6;
    cases[2].root = NULL;
    cases[3].root = "";
    cases[4].split = "";
    cases[5].split = "/tmp";
    cases[6].class_map = "";
    cases[7].orient = -1;
    cases[8].threads = 1025;
    cases[9].progress = 7;
    cases[10].max_pixels = -5;
    cases[11].max_file_bytes = -6;
    tree_refuse(&cases[_i], TN_EINVAL, texts[_i]);
    tree_refuse(NULL, TN_EINVAL, "options is NULL");
}
END_TEST

START_TEST(a_class_is_a_label)
{
    tree_touch(&here, "a/1.jpg");
    tree_touch(&here, "b/2.jpg");
    tn_dataset *const dataset = tree_open(&here);
    tn_label label = {.size = (int32_t)sizeof label, .n = -1};
    ck_assert_int_eq(tn_dataset_label_of(dataset, 1, &label), TN_OK);
    ck_assert(label.kind == TN_LABEL_INT && label.n == 1 && label.value == 1);
    ck_assert(!label.ints && !label.floats && !label.text);
    ck_assert_int_eq(tn_dataset_label_of(dataset, 2, &label), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_label_of(dataset, 0, NULL), TN_EINVAL);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_text_names_the_source)
{
    tree_touch(&here, "a/1.jpg");
    char text[2 * TREE_PATH];
    tn_dataset_options options = tree_options(&here);
    snprintf(text, sizeof text, "folder path=%s/", here.root);
    options.source = text;
    tn_dataset *dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
    options.root = NULL;
    dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_root(dataset), here.root);
    tn_dataset_destroy(dataset);
    options.root = "elsewhere";
    tree_refuse(&options, TN_EINVAL, "root is \"elsewhere\", but the source has path=");
    options.source = "foldr";
    tree_refuse(&options, TN_EINVAL, "\"foldr\" is unknown; did you mean \"folder\"?");
    options.source = "folder pth=x";
    tree_refuse(&options, TN_EINVAL, "folder: no parameter \"pth\"; did you mean \"path\"?");
    options.source = "pack";
    options.root = here.root;
    tree_refuse(&options, TN_EIO, "No such file");
}
END_TEST

START_TEST(indices_are_checked)
{
    tree_touch(&here, "a/1.jpg");
    tn_dataset *const dataset = tree_open(&here);
    ck_assert_ptr_null(tn_dataset_sample_name(dataset, 1));
    ck_assert_str_eq(tn_error(), "sample 1 is not in 0…0");
    ck_assert_ptr_null(tn_dataset_sample_name(dataset, -1));
    ck_assert_int_eq(tn_dataset_label(dataset, INT64_MAX), -1);
    ck_assert_ptr_null(tn_dataset_class_name(dataset, 1));
    ck_assert_str_eq(tn_error(), "label 1 is not in 0…0");
    ck_assert_ptr_null(tn_dataset_class_name(dataset, -1));
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(tn_dataset_count(NULL), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_classes(NULL), TN_EINVAL);
    ck_assert_ptr_null(tn_dataset_root(NULL));
    ck_assert_int_eq(tn_dataset_label(NULL, 0), -1);
    tn_dataset_destroy(NULL);
}
END_TEST

START_TEST(probe_reads_headers)
{
    write_header("a/1.jpg", 640, 480, 3, false, 0);
    write_header("a/2.jpg", 7, 65000, 1, true, 200000);
    write_header("a/3.jpg", 20000, 20000, 3, false, 0);
    tree_write(&here, "a/4.jpg", "hello", 5);
    tn_dataset *const dataset = tree_open(&here);
    tn_image_info info = {0};
    ck_assert_int_eq(tn_dataset_probe(dataset, 0, &info), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_probe(dataset, 0, NULL), TN_EINVAL);
    info.size = (int32_t)sizeof info;
    ck_assert_msg(tn_dataset_probe(dataset, 0, &info) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(info.width, 640);
    ck_assert_int_eq(info.height, 480);
    ck_assert_int_eq(info.channels, 3);
    ck_assert_int_eq(info.orientation, 1);
    ck_assert_str_eq(info.format, "jpeg");
    ck_assert_msg(tn_dataset_probe(dataset, 1, &info) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(info.height, 65000);
    ck_assert_int_eq(info.channels, 1);
    ck_assert_int_gt(info.file_bytes, 200000);
    ck_assert_int_eq(tn_dataset_probe(dataset, 2, &info), TN_ELIMIT);
    ck_assert_str_eq(tn__error_last()->stage, "decode");
    ck_assert_int_eq(tn_dataset_probe(dataset, 3, &info), TN_EDECODE);
    ck_assert_str_eq(tn__error_last()->name, "a/4.jpg");
    ck_assert_int_eq(tn_dataset_probe(dataset, 4, &info), TN_EINVAL);
    tn_dataset_destroy(dataset);
}
END_TEST

static void expect_spread(tn_spread spread, int64_t min, int64_t median, int64_t max)
{
    ck_assert_int_eq(spread.min, min);
    ck_assert_int_eq(spread.median, median);
    ck_assert_int_eq(spread.max, max);
}

static void expect_kind(tn_task *survey, int32_t index, int channels, int progressive,
                        int64_t count)
{
    tn_file_kind kind = {.size = (int32_t)sizeof kind};
    ck_assert_int_eq(tn_survey_kind(survey, index, &kind), TN_OK);
    ck_assert_int_eq(kind.channels, channels);
    ck_assert_int_eq(kind.progressive, progressive);
    ck_assert_int_eq(kind.count, count);
    ck_assert_int_eq(kind.bits, 8);
}

static void expect_fault(tn_task *survey, int64_t index, int64_t sample, int code, const char *name)
{
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_task_fault(survey, index, &fault), TN_OK);
    ck_assert_int_eq(fault.sample, sample);
    ck_assert_int_eq(fault.code, code);
    ck_assert_int_eq(fault.position, -1);
    ck_assert_msg(strcmp(fault.name, name) == 0, "%s", fault.name);
    ck_assert_msg(fault.message[0] != '\0', "no message");
}

START_TEST(survey_counts)
{
    write_header("a/1.jpg", 100, 10, 3, false, 0);
    write_header("a/2.jpg", 300, 20, 3, true, 0);
    tree_write(&here, "a/3.jpg", "hello", 5);
    write_header("a/4.jpg", 200, 30, 1, false, 100000);
    write_header("b/5.jpg", 400, 40, 3, false, 0);
    write_header("b/6.jpg", 20000, 20000, 3, false, 0);
    tree_link(&here, "nowhere", "b/7.jpg");
    tn_dataset *const dataset = tree_open(&here);
    tn_task *const survey = start_survey(dataset, _i);
    ck_assert_msg(survey != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset); /* the survey keeps its own reference */
    tn_survey_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_msg(tn_task_wait(survey, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_survey_facts_of(survey, &facts), TN_OK);
    ck_assert_int_eq(facts.samples, 7);
    ck_assert_int_eq(facts.done, 7);
    ck_assert_int_eq(facts.faults, 3);
    ck_assert_int_eq(facts.undecoded, 1);
    ck_assert_int_eq(facts.over_limit, 1);
    ck_assert_int_eq(facts.unread, 1);
    ck_assert_int_eq(facts.turned, 0);
    ck_assert_int_eq(facts.n_kinds, 3);
    expect_spread(facts.width, 100, 200, 400);
    expect_spread(facts.height, 10, 20, 40);
    expect_spread(facts.pixels, 1000, 6000, 16000);
    ck_assert_int_gt(facts.bytes.max, 100000);
    ck_assert_int_eq(facts.file_bytes, facts.bytes.max + 3 * facts.bytes.min);
    expect_kind(survey, 0, 3, TN_NO, 2);
    expect_kind(survey, 1, 3, TN_YES, 1);
    expect_kind(survey, 2, 1, TN_NO, 1);
    expect_fault(survey, 0, 2, TN_EDECODE, "a/3.jpg");
    expect_fault(survey, 1, 5, TN_ELIMIT, "b/6.jpg");
    expect_fault(survey, 2, 6, TN_EIO, "b/7.jpg");
    tn_task_destroy(survey);
}
END_TEST

START_TEST(survey_checks_its_arguments)
{
    tree_write(&here, "a/1.jpg", "hello", 5);
    tn_dataset *const dataset = tree_open(&here);
    ck_assert_ptr_null(start_survey(NULL, 0));
    ck_assert_ptr_null(tn_survey_start(dataset, NULL));
    ck_assert_ptr_null(start_survey(dataset, -1));
    tn_task *const survey = start_survey(dataset, 0);
    tn_survey_facts facts = {0};
    ck_assert_int_eq(tn_survey_facts_of(survey, &facts), TN_EINVAL);
    ck_assert_int_eq(tn_survey_facts_of(survey, NULL), TN_EINVAL);
    facts.size = (int32_t)sizeof facts;
    ck_assert_int_eq(tn_survey_facts_of(NULL, &facts), TN_EINVAL);
    ck_assert_int_eq(tn_task_wait(survey, -1), TN_OK);
    ck_assert_int_eq(tn_survey_facts_of(survey, &facts), TN_OK);
    expect_spread(facts.width, 0, 0, 0);
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_task_fault(survey, 1, &fault), TN_EINVAL);
    tn_file_kind kind = {.size = (int32_t)sizeof kind};
    ck_assert_int_eq(tn_survey_kind(survey, 0, &kind), TN_EINVAL);
    tn_task_destroy(survey);
    tn_task_destroy(NULL);
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("dataset");
    TCase *const cases = tcase_create("dataset");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, wrong_options_are_named, 0, 12);
    tcase_add_test(cases, a_class_is_a_label);
    tcase_add_test(cases, a_text_names_the_source);
    tcase_add_test(cases, indices_are_checked);
    tcase_add_test(cases, probe_reads_headers);
    tcase_add_loop_test(cases, survey_counts, 1, 4);
    tcase_add_test(cases, survey_checks_its_arguments);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
