/* SPDX-License-Identifier: MIT */
/* A hash is not an identity: files whose names have the same key, and folders whose paths have the
 * same hash, do not share an index.
 *
 * XXH3 with its public secret multiplies the two halves of each 16 bytes, after it has combined
 * each half with eight bytes of the secret by exclusive or. If one half equals its eight bytes of
 * the secret, the product is 0, and the other half can be anything. */
#include <check.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "data/aid.h"
#include "data/notes/merge.h"
#include "index_tree.h"
#include "suite.h"

enum { COLLIDING = 40, NAME = 64, OTHERS = 2, FILE_BYTES = 4096 };

/* Bytes 0 to 7 and 32 to 39 of the secret. */
#define SECRET_0  "\xb8\xfe\x6c\x39\x23\xa4\x4b\xbe"
#define SECRET_32 "\xcb\x79\xe6\x4e\xcc\xc0\xe5\x78"

/* 32 bytes: the half that makes the product 0, the free half, and 16 constant bytes. */
static const char *colliding_name(int number)
{
    static char name[4][NAME];
    static int next;
    char *const out = name[next++ % 4];
    snprintf(out, NAME, SECRET_0 "/img%04dthe-same-key.jpg", number);
    return out;
}

/* Writes a file of FILE_BYTES with a given time; the picture depends on the shade. */
static void put_image(const char *name, int shade, time_t seconds)
{
    const jpeg_recipe recipe = {.w = 64,
                                .h = 48,
                                .channels = 3,
                                .space = JCS_YCbCr,
                                .sampling = {11, 11, 11},
                                .quality = 40 + shade % 50};
    static uint8_t bytes[FILE_BYTES];
    const jpeg_file made = make_jpeg(&recipe);
    ck_assert_uint_lt(made.size, sizeof bytes);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, made.bytes, made.size);
    free(made.bytes);
    tree_write(&here, name, bytes, sizeof bytes);
    const struct timespec times[] = {{seconds, 0}, {seconds, 0}};
    ck_assert_int_eq(utimensat(AT_FDCWD, tree_path(&here, name), times, 0), 0);
}

static void begin(void)
{
    here = tree_make();
    setenv("XDG_CACHE_HOME", tree_path(&here, "cache"), 1);
    tn__arena_init(&arena, 1 << 20, 0);
    const uint64_t key = tn__note_key(colliding_name(0), TN__NOTE_AID);
    for (int n = 1; n < COLLIDING; n++)
        ck_assert_uint_eq(tn__note_key(colliding_name(n), TN__NOTE_AID), key);
}

/* Checks that each sample has its own record, or that it has none. */
static int count_own(tn_dataset *dataset)
{
    const int64_t n = tn_dataset_count(dataset);
    int own = 0;
    tn__buffer buffer = {0};
    for (int64_t sample = 0; sample < n; sample++) {
        tn__note record;
        const int status = tn__aid_note(dataset->aids.notes, sample, &arena, &record);
        ck_assert_int_eq(tn__dataset_read(dataset, sample, &buffer), TN_OK);
        if (status == TN_OK) {
            ck_assert(
                tn__note_is_of(&record, tn_dataset_sample_name(dataset, sample), TN__NOTE_AID));
            ck_assert(tn__note_matches(&record, &buffer, true));
            own++;
        }
        tn__arena_reset(&arena);
    }
    tn__buffer_free(&buffer);
    return own;
}

START_TEST(colliding_files_have_their_own_records)
{
    tree_write(&here, "a/not an image.jpg", "x", 1);
    for (int n = 0; n < COLLIDING; n++)
        put_image(colliding_name(n), n, 1000);
    tn_index_facts facts = build(0, 0);
    ck_assert_int_eq(facts.built, COLLIDING);
    ck_assert_int_eq(facts.faults, 1);
    facts = build(0, 0);
    ck_assert_int_eq(facts.built, 0);
    ck_assert_int_eq(facts.known, COLLIDING);
    facts = build(0, TN_YES); /* from a store and a journal that both have all records */
    ck_assert_int_eq(facts.built, COLLIDING);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    ck_assert_int_eq(count_own(dataset), COLLIDING);
    ck_assert_int_eq(n_warnings(dataset), 0);
    tn_dataset_destroy(dataset);
    /* Another order of the samples: the store finds its records by key and name. */
    put_image("a/another.jpg", 1, 1000);
    tn_dataset *const more = open_with(TN_INDEX_USE);
    ck_assert_int_eq(count_own(more), COLLIDING);
    tn_dataset_destroy(more);
}
END_TEST

/* A file without a record does not get the record of another file with the same key. */
START_TEST(a_sample_without_a_record_takes_none)
{
    tree_write(&here, colliding_name(0), "no image", 8);
    tree_write(&here, colliding_name(2), "no image", 8);
    put_image(colliding_name(1), 1, 1000);
    ck_assert_int_eq(build(0, 0).built, 1);
    const tn_index_facts facts = build(0, 0);
    ck_assert_int_eq(facts.built, 0);
    ck_assert_int_eq(facts.known, 1);
    ck_assert_int_eq(facts.faults, 2);
}
END_TEST

/* One file is removed, and another one with the same key, size and time replaces it. The new file
 * does not get the old record. */
START_TEST(a_record_is_not_given_to_a_new_file_with_its_key)
{
    for (int n = 0; n < OTHERS; n++)
        put_image(colliding_name(n), n, 1000);
    ck_assert_int_eq(build(0, 0).built, OTHERS);
    ck_assert_int_eq(unlink(tree_path(&here, colliding_name(_i))), 0);
    put_image(colliding_name(7), 30, 1000);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    ck_assert_int_eq(count_own(dataset), OTHERS - 1);
    tn__buffer buffer = {0};
    tn__info info;
    for (int64_t sample = 0; sample < OTHERS; sample++) {
        const tn__aid_job job = read_sample(dataset, sample, &buffer, &info);
        tn__lookup found;
        tn__aid_find(&dataset->aids, &job, &found);
        const bool is_new = strcmp(tn_dataset_sample_name(dataset, sample), colliding_name(7)) == 0;
        ck_assert_int_eq(found.access.aid != NULL, !is_new);
        ck_assert(!found.is_dropped);
        tn__arena_reset(&arena);
    }
    ck_assert_int_eq(n_warnings(dataset), 0);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    /* The new file gets a record of its own, and the other view of the folder keeps its own. */
    tn_index_facts facts = build(0, 0);
    ck_assert_int_eq(facts.built, 1);
    ck_assert_int_eq(facts.known, OTHERS - 1);
    put_image(colliding_name(_i), _i, 1000);
    ck_assert_int_eq(build(0, 0).known, OTHERS + 1);
}
END_TEST

/* Appends a record without an index; `file_bytes` tells it from others. */
static size_t add_record(uint8_t *out, const char *name, int64_t file_bytes)
{
    const tn__note record = {
        .name = name, .n_name = strlen(name), .file_bytes = file_bytes, .answer = TN__AID_SCANS};
    return tn__note_write(&record, out);
}

/* Records with the same key in two journals, some of them of the same file; one is damaged. */
START_TEST(the_last_record_of_each_file_counts)
{
    uint8_t journal[2048];
    for (int n = 0; n < 3; n++)
        put_image(colliding_name(n), n, 1000);
    tn__journal_head(journal);
    size_t n_bytes = TN__NOTE_FILE_HEAD;
    n_bytes += add_record(journal + n_bytes, colliding_name(2), 12);
    n_bytes += add_record(journal + n_bytes, colliding_name(0), 10);
    n_bytes += add_record(journal + n_bytes, colliding_name(9), 19); /* of no file */
    n_bytes += add_record(journal + n_bytes, colliding_name(1), 11);
    n_bytes += add_record(journal + n_bytes, colliding_name(0), 20);
    const size_t damaged = n_bytes;
    n_bytes += add_record(journal + n_bytes, colliding_name(1), 31);
    journal[damaged + 30] ^= 1;
    tree_write(&here, ".tench-index-abcdef.journal", journal, n_bytes);
    tn_dataset *dataset = open_with(TN_INDEX_AUTO); /* merges */
    ck_assert_int_ne(access(tree_path(&here, ".tench-index-abcdef.journal"), F_OK), 0);
    for (int64_t sample = 0; sample < 3; sample++) {
        static const int64_t expected[] = {
            20, -1, 12}; /* a damaged record still replaces the ones before it */
        tn__note record;
        const int status = tn__aid_note(dataset->aids.notes, sample, &arena, &record);
        ck_assert_int_eq(status, expected[sample] < 0 ? TN_END : TN_OK);
        ck_assert(status == TN_END || record.file_bytes == expected[sample]);
    }
    tn_dataset_destroy(dataset);
    put_image(colliding_name(9), 9, 1000); /* its record was kept */
    dataset = open_with(TN_INDEX_USE);
    tn__note record;
    ck_assert_int_eq(tn__aid_note(dataset->aids.notes, 3, &arena, &record), TN_OK);
    ck_assert_int_eq(record.file_bytes, 19);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Makes `out` the path of a folder below the tree whose hash does not depend on `free_half`. */
static bool make_root(const char *free_half, char *out, size_t n_out)
{
    enum {
        LEAST = 129,
        LANE = 2
    }; /* lengths that are hashed in 16-byte pieces; the piece with the free half */
    char *const real = realpath(here.root, NULL);
    const size_t lane = (strlen(real) + 1 + 15) / 16;
    if (lane != LANE) {
        free(real);
        return false;
    }
    snprintf(out, n_out, "%s/%.*s" SECRET_32 "%s%0100d", real, (int)(16 * lane - strlen(real) - 1),
             "----------------", free_half, 0);
    free(real);
    ck_assert_uint_ge(strlen(out), LEAST);
    ck_assert_int_eq(mkdir(out, 0777), 0);
    return true;
}

START_TEST(folders_of_one_hash_have_their_own_cache)
{
    char one[512], two[512];
    if (!make_root("12345678", one, sizeof one) || !make_root("abcdefgh", two, sizeof two)) {
        printf("skipped: the folder for temporary files has no path of 16 to 31 bytes\n");
        return;
    }
    ck_assert_uint_eq(tn__hash_of(one, strlen(one)), tn__hash_of(two, strlen(two)));
    tn__store store_one, store_two;
    ck_assert_int_eq(tn__store_open(one, TN__STORE_CACHE, &store_one), TN_OK);
    ck_assert_int_eq(tn__store_open(two, TN__STORE_CACHE, &store_two), TN_OK);
    ck_assert_str_ne(store_one.path, store_two.path);
    tn__store_close(&store_one);
    tn__store_close(&store_two);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("collisions");
    TCase *const cases = tcase_create("a hash is not an identity");
    tcase_add_checked_fixture(cases, begin, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, colliding_files_have_their_own_records);
    tcase_add_test(cases, a_sample_without_a_record_takes_none);
    tcase_add_loop_test(cases, a_record_is_not_given_to_a_new_file_with_its_key, 0, OTHERS);
    tcase_add_test(cases, the_last_record_of_each_file_counts);
    tcase_add_test(cases, folders_of_one_hash_have_their_own_cache);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
