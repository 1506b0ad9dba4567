/* SPDX-License-Identifier: MIT */
/* Checks merging: data sets and processes that write one index at the same time, and journals of
 * killed processes. */
#include <check.h>
#include <dirent.h>
#include <sys/wait.h>

#include "base/error.h"
#include "data/notes/merge.h"
#include "data/notes/notes.h"
#include "index_tree.h"
#include "suite.h"

enum { MERGERS = 4, MERGES = 40, LONG_MS = 60000 };

/* Decodes a file as a worker does that builds aids, and looks the aid up again. */
static void build_file(tn_dataset *dataset, int file, tn__buffer *buffer)
{
    tn__info info;
    tn__lookup found = decode_and_learn(dataset, file, buffer);
    ck_assert_int_eq(found.kept, answers[file]);
    found = look_up(dataset, file, buffer, &info); /* from the journal now */
    ck_assert_int_eq(found.access.aid != NULL, answers[file] == TN__AID_BUILT);
}

/* Two data sets of one process each build half of the index; one closes while the other is still
 * open. A child that was forked also exits, and must change nothing. */
START_TEST(two_builders_share_a_store)
{
    tn_dataset *const one = open_with(TN_INDEX_AUTO), *const two = open_with(TN_INDEX_AUTO);
    tn__buffer buffer = {0};
    for (int file = 0; file < FILES; file++)
        build_file(file % 2 ? one : two, file, &buffer);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        tn_dataset_destroy(one);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_ne(access(tree_path(&here, TN__INDEX_NAME), F_OK), 0);
    ck_assert_int_eq(count_used(), FILES - 3); /* from the journals of both */
    tn_dataset_destroy(one);
    ck_assert_int_eq(access(tree_path(&here, TN__INDEX_NAME), F_OK), 0);
    ck_assert_int_eq(count_used(), FILES - 3);
    tn_dataset_destroy(two);
    ck_assert_int_eq(count_used(), FILES - 3);
    DIR *const folder = opendir(here.root);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        ck_assert_msg(!tn__store_is_journal(entry->d_name), "%s is left", entry->d_name);
    closedir(folder);
    tn__buffer_free(&buffer);
}
END_TEST

/* Writes a file under another name and renames it: a merge would use an incomplete journal. */
static void add_whole(const char *name, const uint8_t *bytes, size_t n_bytes)
{
    char part[80], from[sizeof here.root + 80], to[sizeof here.root + 80];
    snprintf(part, sizeof part, "part-%s", name);
    tree_write(&here, part, bytes, n_bytes);
    snprintf(from, sizeof from, "%s/%s", here.root, part);
    snprintf(to, sizeof to, "%s/%s", here.root, name);
    if (rename(from, to) != 0)
        _exit(1);
}

/* Makes a journal with one note, on a file without an aid; returns its length. */
static size_t make_journal(uint8_t journal[512], const char *file, int64_t file_bytes)
{
    const tn__note made = {
        .name = file, .n_name = strlen(file), .file_bytes = file_bytes, .answer = TN__AID_SCANS};
    tn__journal_head(journal);
    return TN__NOTE_FILE_HEAD + tn__note_write(&made, journal + TN__NOTE_FILE_HEAD);
}

/* Adds a journal with one note and merges, again and again. */
static void merge_often(int number, const tn_dataset *dataset)
{
    tn__store store;
    tn__findings none;
    tn__findings_init(&none, NULL, 0);
    if (tn__store_open(here.root, TN__STORE_BESIDE, &store) != TN_OK)
        _exit(1);
    for (int round = 0; round < MERGES; round++) {
        uint8_t journal[512];
        char name[64], file[32];
        snprintf(file, sizeof file, "%d/%d.jpg", number, round);
        const size_t n_bytes = make_journal(journal, file, 0);
        snprintf(name, sizeof name, ".tench-index-%c%05d.journal", 'a' + number, round);
        add_whole(name, journal, n_bytes);
        if (tn__notes_merge(&store, dataset->source, NULL, LONG_MS, &none) != TN_OK)
            _exit(1);
    }
    _exit(0);
}

/* Processes that merge at the same time wait for each other, and no notes are lost. */
START_TEST(concurrent_merges_lose_nothing)
{
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    for (int number = 0; number < MERGERS; number++)
        if (fork() == 0)
            merge_often(number, dataset);
    for (int number = 0; number < MERGERS; number++) {
        int status;
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    tn__store store;
    tn__note_file file;
    ck_assert_int_eq(tn__store_open(here.root, TN__STORE_BESIDE, &store), TN_OK);
    ck_assert_int_eq(tn__note_file_open(&store, TN__INDEX_NAME, &file), TN_OK);
    ck_assert_uint_eq(file.n, FILES + MERGERS * MERGES);
    tn__note_file_close(&file);
    tn__store_close(&store);
    tn_dataset_destroy(dataset);
}
END_TEST

/* The next merge takes over the journal of a dead process, but not a file of garbage. */
START_TEST(journals_are_taken_over)
{
    uint8_t journal[1024];
    const size_t n = make_journal(journal, name_of(2), 5);
    memcpy(journal + n, journal + TN__NOTE_FILE_HEAD, 40); /* the last note is incomplete */
    tree_write(&here, ".tench-index-abcdef.journal", journal, n + 40);
    tree_write(&here, ".tench-index-ghijkl.journal", "garbage", 7);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    tn_index_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    ck_assert_int_eq(info.known, 1);
    ck_assert_int_eq(info.warnings, 1);
    tn__store store;
    tn__findings warnings;
    tn__findings_init(&warnings, NULL, 0);
    ck_assert_int_eq(tn__store_open(here.root, TN__STORE_BESIDE, &store), TN_OK);
    ck_assert_int_eq(tn__notes_merge(&store, dataset->source, NULL, 0, &warnings), TN_OK);
    ck_assert_uint_eq(warnings.n, 0);
    tn__findings_free(&warnings);
    tn_dataset_destroy(dataset);
    ck_assert_int_ne(access(tree_path(&here, ".tench-index-abcdef.journal"), F_OK), 0);
    ck_assert_int_eq(access(tree_path(&here, ".tench-index-ghijkl.journal"), F_OK), 0);
    tn__note_file file;
    ck_assert_int_eq(tn__note_file_open(&store, TN__INDEX_NAME, &file), TN_OK);
    ck_assert_uint_eq(file.n, FILES);
    tn__note_file_close(&file);
    tn__store_close(&store);
}
END_TEST

/* A process that is killed while it makes a journal leaves the beginning of the head. */
START_TEST(journals_without_a_head_are_removed)
{
    uint8_t head[TN__NOTE_FILE_HEAD];
    char name[] = ".tench-index-abcde0.journal";
    const size_t lengths[] = {0, 1, 8, TN__NOTE_FILE_HEAD - 1};
    tn__journal_head(head);
    build(0, 0);
    for (int k = 0; k < 4; k++) {
        name[18] = (char)('0' + k);
        tree_write(&here, name, head, lengths[k]);
    }
    build(0, 0);
    for (int k = 0; k < 4; k++) {
        name[18] = (char)('0' + k);
        ck_assert_msg(access(tree_path(&here, name), F_OK) != 0, "%zu bytes", lengths[k]);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("merge");
    TCase *const cases = tcase_create("merge");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, two_builders_share_a_store);
    tcase_add_test(cases, concurrent_merges_lose_nothing);
    tcase_add_test(cases, journals_are_taken_over);
    tcase_add_test(cases, journals_without_a_head_are_removed);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
