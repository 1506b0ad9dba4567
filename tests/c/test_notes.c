/* SPDX-License-Identifier: MIT */
/* Checks notes of a second kind, which lie beside the aids on the same files. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/notes/merge.h"
#include "index_tree.h"
#include "suite.h"

enum { LISTING = 2, ANSWER = 200, DETAIL = 60000 }; /* a kind that only this test uses */
enum { BODY = 50 };

static tn__notes *open_notes(const tn_dataset *dataset, uint32_t kinds, bool writes)
{
    tn__notes *notes;
    const tn__notes_options options = {.kinds = kinds, .writes = writes};
    ck_assert_int_eq(tn__notes_open(dataset->source, &options, &notes), TN_OK);
    ck_assert_ptr_nonnull(notes);
    return notes;
}

/* The body of a sample's note depends on its name, so that a mix-up shows. */
static void fill_body(const tn_dataset *dataset, int64_t sample, uint8_t body[BODY])
{
    memset(body, 0, BODY);
    strncpy((char *)body, tn_dataset_sample_name(dataset, sample), BODY - 1);
}

static void add_note(const tn_dataset *dataset, tn__notes *notes, int64_t sample)
{
    tn__buffer file = {0};
    ck_assert_int_eq(tn__dataset_read(dataset, sample, &file), TN_OK);
    tn__note note = tn__note_of(&file, LISTING);
    note.answer = ANSWER;
    note.detail = DETAIL;
    note.n_body = BODY;
    uint8_t *const body = tn__notes_begin(notes, sample, BODY, &arena);
    ck_assert_ptr_nonnull(body);
    fill_body(dataset, sample, body);
    ck_assert(tn__notes_can_add(notes, sample));
    ck_assert_int_eq(tn__notes_add(notes, sample, note, body), TN_OK);
    tn__buffer_free(&file);
}

static void expect_note(const tn_dataset *dataset, const tn__notes *notes, int64_t sample)
{
    uint8_t body[BODY];
    tn__note note;
    tn__buffer file = {0};
    ck_assert_msg(tn__notes_read(notes, LISTING, sample, &arena, &note) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn__dataset_read(dataset, sample, &file), TN_OK);
    ck_assert(tn__note_is_of(&note, tn_dataset_sample_name(dataset, sample), LISTING));
    ck_assert(!tn__note_is_of(&note, tn_dataset_sample_name(dataset, sample), TN__NOTE_AID));
    ck_assert(tn__note_matches(&note, &file, true));
    ck_assert_int_eq(note.answer, ANSWER);
    ck_assert_int_eq(note.detail, DETAIL);
    ck_assert_uint_eq(note.n_body, BODY);
    fill_body(dataset, sample, body);
    ck_assert_mem_eq(note.body, body, BODY);
    ck_assert_mem_eq(note.body + BODY, "\0\0\0\0\0\0\0\0", TN__NOTE_READ_PADDING);
    tn__buffer_free(&file);
    tn__arena_reset(&arena);
}

static void add_all(const tn_dataset *dataset)
{
    tn__notes *const notes = open_notes(dataset, 1u << LISTING, true);
    const int64_t n = tn_dataset_count(dataset);
    for (int64_t sample = 0; sample < n; sample++)
        add_note(dataset, notes, sample);
    expect_note(dataset, notes, n - 1); /* from the journal */
    ck_assert_int_eq(tn__notes_count(notes, LISTING), n);
    ck_assert_int_eq(tn__notes_save(notes, 1000), TN_OK);
    ck_assert(!tn__notes_can_add(notes, 0));
    tn__notes_close(notes);
}

static void expect_all(const tn_dataset *dataset)
{
    tn__notes *const notes = open_notes(dataset, 1u << LISTING | 1u << TN__NOTE_AID, false);
    ck_assert_int_eq(tn__notes_count(notes, TN__NOTE_AID), tn_dataset_count(dataset));
    for (int64_t sample = 0; sample < tn_dataset_count(dataset); sample++) {
        tn__note aid;
        expect_note(dataset, notes, sample);
        ck_assert_int_eq(tn__aid_note(notes, sample, &arena, &aid), TN_OK);
    }
    ck_assert_uint_eq(notes->warnings.n, 0);
    tn__notes_close(notes);
}

static long read_index(uint8_t **bytes)
{
    FILE *const file = fopen(tree_path(&here, TN__INDEX_NAME), "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    const long n = ftell(file);
    rewind(file);
    *bytes = malloc((size_t)n);
    ck_assert_uint_eq(fread(*bytes, 1, (size_t)n, file), (size_t)n);
    fclose(file);
    return n;
}

/* Both kinds exist at the end, whichever is written first: in the samples' order, in another order,
 * and in a view of the folder with more files. */
START_TEST(a_file_has_notes_of_several_kinds)
{
    if (_i == 0)
        (void)build(0, 0);
    tn_dataset *dataset = open_with(TN_INDEX_OFF);
    add_all(dataset);
    tn_dataset_destroy(dataset);
    if (_i == 1)
        (void)build(0, 0);
    ck_assert_int_eq(count_used(), FILES - 3);
    ck_assert_int_eq(build(0, 0).known, FILES - 3);
    dataset = open_with(TN_INDEX_OFF);
    expect_all(dataset);
    tn_dataset_destroy(dataset);
    tree_write(&here, "d/another.jpg", "x", 1); /* another fingerprint: notes are found by keys */
    dataset = open_with(TN_INDEX_OFF);
    tn__notes *const notes = open_notes(dataset, 1u << LISTING, false);
    for (int64_t sample = 0; sample < FILES; sample++)
        expect_note(dataset, notes, sample);
    tn__note note;
    ck_assert_int_eq(tn__notes_read(notes, LISTING, FILES, &arena, &note), TN_END);
    tn__notes_close(notes);
    tn_dataset_destroy(dataset);
}
END_TEST

/* The aids' part of the index file does not depend on other kinds. */
START_TEST(aids_keep_their_places)
{
    uint8_t *before, *after;
    (void)build(0, 0);
    (void)read_index(&before);
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    add_all(dataset);
    tn_dataset_destroy(dataset);
    (void)read_index(&after);
    const uint8_t *const words[] = {before + TN__NOTE_FILE_HEAD, after + TN__NOTE_FILE_HEAD};
    for (size_t at = 0; at < FILES; at++) {
        const uint64_t a = tn__get_64(words[0] + 8 * at), b = tn__get_64(words[1] + 8 * at);
        ck_assert_uint_eq(tn__word_length(a), tn__word_length(b));
        ck_assert_mem_eq(before + tn__word_offset(a), after + tn__word_offset(b),
                         tn__word_length(a));
    }
    free(before);
    free(after);
}
END_TEST

/* A new note replaces the older one of its kind, and no other; a dropped note is gone. */
START_TEST(the_last_note_of_a_kind_counts)
{
    (void)build(0, 0);
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    add_all(dataset);
    add_all(dataset);
    expect_all(dataset);
    tn__notes *const notes = open_notes(dataset, 1u << LISTING | 1u << TN__NOTE_AID, false);
    tn__note note;
    tn__fail(TN_EDECODE, "the listing is wrong");
    tn__notes_drop(notes, LISTING, 3);
    ck_assert_int_eq(tn__notes_read(notes, LISTING, 3, &arena, &note), TN_END);
    ck_assert_int_eq(tn__notes_read(notes, TN__NOTE_AID, 3, &arena, &note), TN_OK);
    tn__finding warning;
    ck_assert(tn__findings_at(&notes->warnings, 0, &warning));
    ck_assert_str_eq(warning.message, "the listing is wrong");
    ck_assert_int_eq(warning.sample, 3);
    tn__notes_close(notes);
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("notes");
    TCase *const cases = tcase_create("notes");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, a_file_has_notes_of_several_kinds, 0, 2);
    tcase_add_test(cases, aids_keep_their_places);
    tcase_add_test(cases, the_last_note_of_a_kind_counts);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
