/* SPDX-License-Identifier: MIT */
/* Checks the index of a data set: notes are stored and found again, and changed files, damaged
 * notes and a damaged index file do no harm. */
#include <check.h>
#include <time.h>

#include "base/error.h"
#include "data/aid.h"
#include "index_tree.h"
#include "suite.h"
#include "tasks.h"

enum { STORE = 1 << 16 };

START_TEST(each_file_has_its_record)
{
    const tn_index_facts facts = build(0, 0);
    ck_assert_int_eq(facts.samples, FILES);
    ck_assert_int_eq(facts.done, FILES);
    ck_assert_int_eq(facts.built, FILES - 3);
    ck_assert_int_eq(facts.several_scans, 1);
    ck_assert_int_eq(facts.other_colours, 1);
    ck_assert_int_eq(facts.unclean, 1);
    ck_assert_int_eq(facts.faults, 0);
    ck_assert_int_eq(build(0, 0).known, FILES - 3);
    ck_assert_int_eq(build(4, 0).built, 0);
    ck_assert_int_eq(build(1, 0).built, FILES - 3);
    ck_assert_int_eq(build(1, TN_YES).built, FILES - 3);
    ck_assert_int_eq(count_used(), FILES - 3);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    tn__buffer buffer = {0};
    tn__info info;
    for (int64_t sample = 0; sample < FILES; sample++) {
        tn__note note;
        ck_assert_int_eq(tn__aid_note(dataset->aids.notes, sample, &arena, &note), TN_OK);
        const int file = atoi(tn_dataset_sample_name(dataset, sample) + 2);
        ck_assert_int_eq(note.answer, answers[file]);
        const tn__lookup found = look_up(dataset, file, &buffer, &info);
        ck_assert_int_eq(found.access.build, 0);
        ck_assert_int_eq(note.file_bytes, (int64_t)buffer.size);
        ck_assert_int_eq(note.state.stamp, buffer.state.stamp);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* A file that has changed since it was indexed is decoded without its aid. */
START_TEST(aids_of_an_older_state_are_dropped)
{
    (void)build(0, 0);
    tn_dataset *const dataset = open_with(_i == 3 ? TN_INDEX_PARANOID : TN_INDEX_USE);
    tn__buffer buffer = {0};
    tn__info info;
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&here, name_of(5)));
    struct stat facts;
    ck_assert_int_eq(stat(path, &facts), 0);
    const struct timespec touched[] = {{0, UTIME_NOW}, {1000, 7}};
    const struct timespec before[] = {facts.st_atim, facts.st_mtim};
    FILE *const file = fopen(path, "r+b");
    switch (_i) {
    case 0: break; /* only the time changes */
    case 1: fseek(file, -3, SEEK_END), fputc('x', file); break;
    case 2: fseek(file, 0, SEEK_END), fputc('x', file); break;
    default: fseek(file, -3, SEEK_END), fputc('x', file); break;
    }
    fclose(file);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, _i == 3 ? before : touched, 0), 0);
    tn__lookup found = look_up(dataset, 5, &buffer, &info);
    ck_assert_int_eq(found.access.aid != NULL, _i == 0);
    ck_assert_int_eq(found.is_dropped, _i != 0);
    ck_assert_int_eq(n_warnings(dataset), _i != 0);
    found = look_up(dataset, 5, &buffer, &info); /* the warning comes only once */
    ck_assert_int_eq(n_warnings(dataset), _i != 0);
    ck_assert(!found.is_dropped);
    if (_i != 0) {
        tn_fault warning = {.size = (int32_t)sizeof warning};
        ck_assert_int_eq(tn_dataset_warning(dataset, 0, &warning), TN_OK);
        ck_assert_str_eq(warning.name, name_of(5));
        ck_assert_ptr_nonnull(strstr(warning.message, "has changed"));
        ck_assert_int_eq(tn_dataset_warning(dataset, 1, &warning), TN_EINVAL);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Reads the whole index file; returns its length. */
static size_t read_index_file(uint8_t bytes[STORE])
{
    FILE *const file = fopen(tree_path(&here, TN__INDEX_NAME), "rb");
    ck_assert_ptr_nonnull(file);
    const size_t n = fread(bytes, 1, STORE, file);
    fclose(file);
    ck_assert_uint_lt(n, STORE);
    return n;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Looks up all files in the index as it is now; returns how many have an aid. */
static int use_all(void)
{
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    int used = 0;
    tn__buffer buffer = {0};
    tn__info info;
    for (int file = 0; file < FILES && dataset->aids.notes; file++) {
        used += look_up(dataset, file, &buffer, &info).access.aid != NULL;
        tn__arena_reset(&arena);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    return used;
}

START_TEST(a_damaged_index_file_is_not_trusted)
{
    static uint8_t good[STORE], bad[STORE];
    (void)build(0, 0);
    const size_t n = read_index_file(good);
    uint64_t state = 88172645463325252u + (unsigned)_i;
    for (int round = 0; round < 100; round++) {
        memcpy(bad, good, n);
        const size_t length = round % 3 == 0 ? next_random(&state) % n : n;
        const size_t reach =
            round % 2 ? n : 64 + 16 * FILES; /* damages any byte, or one of head and table */
        for (uint64_t k = next_random(&state) % 4 + (length == n); k > 0; k--)
            bad[next_random(&state) % reach] ^= (uint8_t)(1 + next_random(&state) % 255);
        tree_write(&here, TN__INDEX_NAME, bad, length);
        const int used = use_all();
        ck_assert(used < FILES - 3 || memcmp(bad, good, n) == 0 || round % 2);
    }
    tree_write(&here, TN__INDEX_NAME, good, n);
    ck_assert_int_eq(count_used(), FILES - 3);
}
END_TEST

START_TEST(arguments_are_checked)
{
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    tn_index_options options = {.size = (int32_t)sizeof options};
    tn_index_info info = {.size = (int32_t)sizeof info};
    tn_fault fault = {.size = (int32_t)sizeof fault};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    ck_assert_int_eq(info.mode, TN_INDEX_OFF);
    ck_assert_int_eq(tn_dataset_index(NULL, &info), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_index(dataset, NULL), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_warning(dataset, 0, &fault), TN_EINVAL);
    ck_assert_ptr_null(tn_index_start(NULL, &options));
    ck_assert_ptr_null(tn_index_start(dataset, NULL));
    options.entries = 17;
    ck_assert_ptr_null(tn_index_start(dataset, &options));
    ck_assert_ptr_nonnull(
        strstr(tn_error(), "entries is 17; it must be 0 (the default) or 1 to 16"));
    options = (tn_index_options){.size = (int32_t)sizeof options, .threads = -1};
    ck_assert_ptr_null(tn_index_start(dataset, &options));
    options = (tn_index_options){.size = (int32_t)sizeof options, .force = 3};
    ck_assert_ptr_null(tn_index_start(dataset, &options));
    ck_assert_int_eq(tn_task_wait(NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_task_stop(NULL), TN_EINVAL);
    tn_task_destroy(NULL);
    ck_assert_ptr_null(start_verify(NULL, 0));
    ck_assert_ptr_null(start_verify(dataset, 2000));
    ck_assert_int_eq(tn_task_wait(NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_task_stop(NULL), TN_EINVAL);
    tn_task_destroy(NULL);
    tn_dataset_options wrong = tree_options(&here);
    wrong.index = 5;
    tree_refuse(&wrong, TN_EINVAL, "index is 5; it must be 0 (the default) or 1 to 4");
    wrong.index = 0;
    wrong.index_entries = 17;
    tree_refuse(&wrong, TN_EINVAL, "index_entries is 17; it must be 0 (the default) or 1 to 16");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(verification_finds)
{
    (void)build(0, 0);
    tree_write(&here, name_of(6), "no image", 8);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    tn_task *const verifier = start_verify(dataset, _i);
    tn_dataset_destroy(dataset);
    ck_assert_msg(verifier != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(verifier, -1), TN_OK);
    tn_verify_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_verify_facts_of(verifier, &facts), TN_OK);
    ck_assert_int_eq(facts.done, FILES);
    ck_assert_int_eq(facts.damaged, 1);
    ck_assert_int_eq(facts.changed, 1);
    ck_assert_int_eq(facts.misindexed, 0);
    ck_assert_int_eq(facts.guessed, 0);
    ck_assert_int_eq(facts.indexed, FILES - 4);
    ck_assert_int_eq(facts.findings, 2);
    tn_finding found = {.size = (int32_t)sizeof found};
    ck_assert_int_eq(tn_verify_finding(verifier, 0, &found), TN_OK);
    ck_assert_int_eq(found.kind, TN_FOUND_DAMAGE);
    ck_assert_str_eq(found.name, name_of(6));
    ck_assert_int_eq(tn_verify_finding(verifier, 1, &found), TN_OK);
    ck_assert_int_eq(found.kind, TN_FOUND_CHANGE);
    ck_assert_int_eq(tn_verify_finding(verifier, 2, &found), TN_EINVAL);
    tn_task_destroy(verifier);
}
END_TEST

/* An index task and a verify task that are destroyed at once do no harm. */
START_TEST(tasks_can_be_given_up)
{
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 1};
    tn_task_destroy(tn_index_start(dataset, &options));
    tn_task_destroy(start_verify(dataset, 1));
    tn_task *const verifier = start_verify(dataset, 1);
    ck_assert_int_eq(tn_task_stop(verifier), TN_OK);
    ck_assert_int_eq(tn_task_wait(verifier, -1), TN_OK);
    tn_task_destroy(verifier);
    tn_dataset_destroy(dataset);
    (void)build(0, 0);
    ck_assert_int_eq(count_used(), FILES - 3);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("index");
    TCase *const cases = tcase_create("index");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, each_file_has_its_record);
    tcase_add_loop_test(cases, aids_of_an_older_state_are_dropped, 0, 4);
    tcase_add_loop_test(cases, a_damaged_index_file_is_not_trusted, 0, 8);
    tcase_add_test(cases, arguments_are_checked);
    tcase_add_loop_test(cases, verification_finds, 1, 4);
    tcase_add_test(cases, tasks_can_be_given_up);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
