/* SPDX-License-Identifier: MIT */
/* The index of a data set: what is stored and found again, by whom, and what becomes of it when
 * files, records or the store itself are not as they were. */
#include <check.h>
#include <dirent.h>
#include <sys/wait.h>
#include <time.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/index/index.h"
#include "data/index/merge.h"
#include "make_jpeg.h"
#include "tree.h"

enum { FILES = 12, STORE = 1 << 16, MERGERS = 4, MERGES = 40 };

static tree here;
static tn__arena arena;

/* Of each file of the tree, by its number: what its record says. */
static const int32_t kinds[FILES] = {
    TN__RECORD_INDEX,   TN__RECORD_INDEX, TN__RECORD_SCANS, TN__RECORD_INDEX,
    TN__RECORD_COLOURS, TN__RECORD_INDEX, TN__RECORD_INDEX, TN__RECORD_UNCLEAN,
    TN__RECORD_INDEX,   TN__RECORD_INDEX, TN__RECORD_INDEX, TN__RECORD_INDEX,
};

static const char *name_of(int file)
{
    static char name[32];
    snprintf(name, sizeof name, "%c/%d.jpg", 'a' + file % 3, file);
    return name;
}

static void write_file(int file)
{
    jpeg_recipe recipe = {.w = 40 + 13 * file,
                          .h = 30 + 7 * file,
                          .channels = 3,
                          .space = JCS_YCbCr,
                          .sampling = {file % 2 ? 22 : 11, 11, 11},
                          .restart = file % 4 == 3 ? 5 : 0};
    recipe.progressive = kinds[file] == TN__RECORD_SCANS;
    recipe.arithmetic = kinds[file] == TN__RECORD_UNCLEAN;
    if (kinds[file] == TN__RECORD_COLOURS) {
        recipe.channels = 4;
        recipe.space = JCS_CMYK;
        memset(recipe.sampling, 0, sizeof recipe.sampling);
    }
    const jpeg_file made = make_jpeg(&recipe);
    tree_write(&here, name_of(file), made.bytes, made.size);
    free(made.bytes);
}

static void set_up(void)
{
    here = tree_make();
    setenv("XDG_CACHE_HOME", tree_path(&here, "cache"), 1);
    for (int file = 0; file < FILES; file++)
        write_file(file);
    tn__arena_init(&arena, 1 << 20, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
    tree_remove(&here);
}

static tn_dataset *open_with(int32_t mode)
{
    tn_dataset_options options = tree_options(&here);
    options.index = mode;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* Indexes, and returns the facts; the indexer is done. */
static tn_index_facts build(int32_t entries, int32_t force)
{
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    const tn_index_options options = {
        .size = (int32_t)sizeof options, .threads = 3, .entries = entries, .force = force};
    tn_indexer *const indexer = tn_indexer_start(dataset, &options);
    tn_dataset_destroy(dataset);
    ck_assert_msg(indexer != NULL, "%s", tn_error());
    ck_assert_msg(tn_indexer_wait(indexer, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_indexer_wait(indexer, 0), TN_OK);
    tn_index_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_indexer_facts(indexer, &facts), TN_OK);
    ck_assert_str_eq(facts.path, tree_path(&here, TN__INDEX_NAME));
    tn_indexer_destroy(indexer);
    return facts;
}

/* Looks a file up as a worker does; the result's index lies in the arena. */
static tn__lookup look_up(tn_dataset *dataset, int file, tn__buffer *buffer, tn__info *info)
{
    tn__lookup found;
    int64_t sample = 0;
    while (strcmp(tn_dataset_sample_name(dataset, sample), name_of(file)) != 0)
        sample++;
    ck_assert_int_eq(tn__dataset_read(dataset, sample, buffer), TN_OK);
    const tn__bytes bytes = {buffer->bytes, buffer->size};
    ck_assert_ptr_nonnull(tn__codec_probe(bytes, dataset->max_pixels, info));
    tn__index_find(dataset->index, sample, buffer, info, &arena, &found);
    return found;
}

static int64_t n_warnings(const tn_dataset *dataset)
{
    tn_index_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    return info.warnings;
}

/* How many files have an index that is used now; none is dropped. */
static int count_used(void)
{
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    int used = 0;
    tn__buffer buffer = {0};
    tn__info info;
    for (int file = 0; file < FILES && dataset->index; file++) {
        const tn__lookup found = look_up(dataset, file, &buffer, &info);
        ck_assert_msg(!found.is_dropped, "%s: %s", name_of(file), tn_error());
        used += found.access.index != NULL;
        tn__arena_reset(&arena);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    return used;
}

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
        tn__record record;
        ck_assert_int_eq(tn__index_record(dataset->index, sample, &arena, &record), TN_OK);
        const int file = atoi(tn_dataset_sample_name(dataset, sample) + 2);
        ck_assert_int_eq(record.kind, kinds[file]);
        const tn__lookup found = look_up(dataset, file, &buffer, &info);
        ck_assert_int_eq(found.access.build, 0);
        ck_assert_int_eq(record.file_bytes, (int64_t)buffer.size);
        ck_assert_int_eq(record.stamp, buffer.stamp);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* A file that is no longer what was indexed. */
START_TEST(another_state_of_a_file_is_dropped)
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
    case 0: break; /* touched only */
    case 1: fseek(file, -3, SEEK_END), fputc('x', file); break;
    case 2: fseek(file, 0, SEEK_END), fputc('x', file); break;
    default: fseek(file, -3, SEEK_END), fputc('x', file); break;
    }
    fclose(file);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, _i == 3 ? before : touched, 0), 0);
    tn__lookup found = look_up(dataset, 5, &buffer, &info);
    ck_assert_int_eq(found.access.index != NULL, _i == 0);
    ck_assert_int_eq(found.is_dropped, _i != 0);
    ck_assert_int_eq(n_warnings(dataset), _i != 0);
    found = look_up(dataset, 5, &buffer, &info); /* once */
    ck_assert_int_eq(n_warnings(dataset), _i != 0);
    ck_assert(!found.is_dropped);
    if (_i != 0) {
        tn_fault warning = {.size = (int32_t)sizeof warning};
        ck_assert_int_eq(tn_dataset_warning(dataset, 0, &warning), TN_OK);
        ck_assert_str_eq(warning.name, name_of(5));
        ck_assert_ptr_nonnull(strstr(warning.message, "not as it was"));
        ck_assert_int_eq(tn_dataset_warning(dataset, 1, &warning), TN_EINVAL);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Reads the store whole; returns its length. */
static size_t read_store(uint8_t bytes[STORE])
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

/* Uses whatever there is, whatever comes of it; how many files have an index. */
static int use_all(void)
{
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    int used = 0;
    tn__buffer buffer = {0};
    tn__info info;
    for (int file = 0; file < FILES && dataset->index; file++) {
        used += look_up(dataset, file, &buffer, &info).access.index != NULL;
        tn__arena_reset(&arena);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    return used;
}

START_TEST(a_damaged_store_is_not_believed)
{
    static uint8_t good[STORE], bad[STORE];
    (void)build(0, 0);
    const size_t n = read_store(good);
    uint64_t state = 88172645463325252u + (unsigned)_i;
    for (int round = 0; round < 100; round++) {
        memcpy(bad, good, n);
        const size_t length = round % 3 == 0 ? next_random(&state) % n : n;
        const size_t reach = round % 2 ? n : 64 + 16 * FILES; /* anywhere; or head and table */
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

/* Two data sets of one process build at once, each half, and one is still open when the other ends;
 * a child of theirs ends too, and touches nothing. */
START_TEST(two_builders_share_a_store)
{
    tn_dataset *const one = open_with(TN_INDEX_AUTO), *const two = open_with(TN_INDEX_AUTO);
    tn__buffer buffer = {0};
    tn__info info;
    for (int file = 0; file < FILES; file++) {
        tn_dataset *const dataset = file % 2 ? one : two;
        tn__lookup found = look_up(dataset, file, &buffer, &info);
        ck_assert_int_eq(found.access.build, 4);
        const tn__bytes bytes = {buffer.bytes, buffer.size};
        const tn__want want = {.need = {0, 0, info.w, info.h}, .mode = TN_RGB};
        tn_px_image image;
        int32_t damage;
        const tn__codec *const codec = tn__codec_probe(bytes, INT64_MAX, &info);
        ck_assert_int_eq(
            tn__codec_decode(codec, bytes, &found.access, &info, &want, &arena, &image, &damage),
            TN_OK);
        int64_t sample = 0;
        while (strcmp(tn_dataset_sample_name(dataset, sample), name_of(file)) != 0)
            sample++;
        tn__index_learn(dataset->index, sample, &buffer, &info, &arena, &found);
        ck_assert_int_eq(found.kept, kinds[file]);
        found = look_up(dataset, file, &buffer, &info); /* from the journal now */
        ck_assert_int_eq(found.access.index != NULL, kinds[file] == TN__RECORD_INDEX);
    }
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        tn_dataset_destroy(one);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_ne(access(tree_path(&here, TN__INDEX_NAME), F_OK), 0);
    ck_assert_int_eq(count_used(), FILES - 3); /* by the journals of both */
    tn_dataset_destroy(one);
    ck_assert_int_eq(access(tree_path(&here, TN__INDEX_NAME), F_OK), 0);
    ck_assert_int_eq(count_used(), FILES - 3);
    tn_dataset_destroy(two);
    ck_assert_int_eq(count_used(), FILES - 3);
    DIR *const folder = opendir(here.root);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        ck_assert_msg(!tn__shelf_is_journal(entry->d_name), "%s is left", entry->d_name);
    closedir(folder);
    tn__buffer_free(&buffer);
}
END_TEST

/* A file that nobody sees half written: a journal without an owner is taken as it is. */
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

/* Adds a journal with one record, and merges, over and over. */
static void merge_often(int number, const tn_dataset *dataset)
{
    tn__shelf shelf;
    if (tn__shelf_open(here.root, TN__SHELF_BESIDE, false, &shelf) != TN_OK)
        _exit(1);
    for (int round = 0; round < MERGES; round++) {
        uint8_t record[TN__RECORD_HEAD], journal[TN__STORE_HEAD + TN__RECORD_HEAD];
        char name[64];
        const tn__record made = {.key = (uint64_t)(number * MERGES + round + 1),
                                 .kind = TN__RECORD_SCANS};
        tn__journal_head(journal);
        tn__record_write(&made, record);
        memcpy(journal + TN__STORE_HEAD, record, sizeof record);
        snprintf(name, sizeof name, ".tench-index-%c%05d.journal", 'a' + number, round);
        add_whole(name, journal, sizeof journal);
        if (tn__index_merge(&shelf, dataset->source, NULL) != TN_OK)
            _exit(1);
    }
    _exit(0);
}

/* Processes that merge at once wait for each other, and nobody's records are lost. */
START_TEST(merges_at_once_lose_nothing)
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
    tn__shelf shelf;
    tn__store store;
    ck_assert_int_eq(tn__shelf_open(here.root, TN__SHELF_BESIDE, false, &shelf), TN_OK);
    ck_assert_int_eq(tn__store_open(&shelf, TN__INDEX_NAME, &store), TN_OK);
    ck_assert_uint_eq(store.n, FILES + MERGERS * MERGES);
    tn__store_close(&store);
    tn__shelf_close(&shelf);
    tn_dataset_destroy(dataset);
}
END_TEST

/* A journal that lost its process is taken over by the next merge; one that is garbage is not. */
START_TEST(journals_are_taken_over)
{
    uint8_t record[256] = {0}, journal[1024];
    const tn__record first = {
        .key = tn__record_key(name_of(2)), .file_bytes = 5, .kind = TN__RECORD_SCANS};
    tn__journal_head(journal);
    const size_t n = tn__record_write(&first, record);
    memcpy(journal + TN__STORE_HEAD, record, n);
    memcpy(journal + TN__STORE_HEAD + n, record, n / 2); /* torn */
    tree_write(&here, ".tench-index-abcdef.journal", journal, TN__STORE_HEAD + n + n / 2);
    tree_write(&here, ".tench-index-ghijkl.journal", "garbage", 7);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    tn_index_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    ck_assert_int_eq(info.known, 1);
    ck_assert_int_eq(info.warnings, 1);
    tn__shelf shelf;
    ck_assert_int_eq(tn__shelf_open(here.root, TN__SHELF_BESIDE, false, &shelf), TN_OK);
    ck_assert_int_eq(tn__index_merge(&shelf, dataset->source, NULL), TN_OK);
    tn_dataset_destroy(dataset);
    ck_assert_int_ne(access(tree_path(&here, ".tench-index-abcdef.journal"), F_OK), 0);
    ck_assert_int_eq(access(tree_path(&here, ".tench-index-ghijkl.journal"), F_OK), 0);
    tn__store store;
    ck_assert_int_eq(tn__store_open(&shelf, TN__INDEX_NAME, &store), TN_OK);
    ck_assert_uint_eq(store.n, FILES);
    tn__store_close(&store);
    tn__shelf_close(&shelf);
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
    ck_assert_ptr_null(tn_indexer_start(NULL, &options));
    ck_assert_ptr_null(tn_indexer_start(dataset, NULL));
    options.entries = 17;
    ck_assert_ptr_null(tn_indexer_start(dataset, &options));
    ck_assert_ptr_nonnull(strstr(tn_error(), "entries is 17, not in 0…16"));
    options = (tn_index_options){.size = (int32_t)sizeof options, .threads = -1};
    ck_assert_ptr_null(tn_indexer_start(dataset, &options));
    options = (tn_index_options){.size = (int32_t)sizeof options, .force = 3};
    ck_assert_ptr_null(tn_indexer_start(dataset, &options));
    ck_assert_int_eq(tn_indexer_wait(NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_indexer_stop(NULL), TN_EINVAL);
    tn_indexer_destroy(NULL);
    ck_assert_ptr_null(tn_verifier_start(NULL, 0));
    ck_assert_ptr_null(tn_verifier_start(dataset, 2000));
    ck_assert_int_eq(tn_verifier_wait(NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_verifier_stop(NULL), TN_EINVAL);
    tn_verifier_destroy(NULL);
    tn_dataset_options wrong = tree_options(&here);
    wrong.index = 5;
    tree_refuse(&wrong, TN_EINVAL, "index is 5, not in TN_INDEX_USE (1) … 4");
    wrong.index = 0;
    wrong.index_entries = 17;
    tree_refuse(&wrong, TN_EINVAL, "index_entries is 17, not in 0…16");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(verification_finds)
{
    (void)build(0, 0);
    tree_write(&here, name_of(6), "no image", 8);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    tn_verifier *const verifier = tn_verifier_start(dataset, _i);
    tn_dataset_destroy(dataset);
    ck_assert_msg(verifier != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_verifier_wait(verifier, -1), TN_OK);
    tn_verify_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_verifier_facts(verifier, &facts), TN_OK);
    ck_assert_int_eq(facts.done, FILES);
    ck_assert_int_eq(facts.damaged, 1);
    ck_assert_int_eq(facts.changed, 1);
    ck_assert_int_eq(facts.misindexed, 0);
    ck_assert_int_eq(facts.guessed, 0);
    ck_assert_int_eq(facts.indexed, FILES - 4);
    ck_assert_int_eq(facts.findings, 2);
    tn_finding found = {.size = (int32_t)sizeof found};
    ck_assert_int_eq(tn_verifier_finding(verifier, 0, &found), TN_OK);
    ck_assert_int_eq(found.kind, TN_FOUND_DAMAGE);
    ck_assert_str_eq(found.name, name_of(6));
    ck_assert_int_eq(tn_verifier_finding(verifier, 1, &found), TN_OK);
    ck_assert_int_eq(found.kind, TN_FOUND_CHANGE);
    ck_assert_int_eq(tn_verifier_finding(verifier, 2, &found), TN_EINVAL);
    tn_verifier_destroy(verifier);
}
END_TEST

/* Destroyed at once, both leave nothing behind but what they had found. */
START_TEST(both_can_be_given_up)
{
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 1};
    tn_indexer_destroy(tn_indexer_start(dataset, &options));
    tn_verifier_destroy(tn_verifier_start(dataset, 1));
    tn_verifier *const verifier = tn_verifier_start(dataset, 1);
    ck_assert_int_eq(tn_verifier_stop(verifier), TN_OK);
    ck_assert_int_eq(tn_verifier_wait(verifier, -1), TN_OK);
    tn_verifier_destroy(verifier);
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
    tcase_add_loop_test(cases, another_state_of_a_file_is_dropped, 0, 4);
    tcase_add_loop_test(cases, a_damaged_store_is_not_believed, 0, 8);
    tcase_add_test(cases, two_builders_share_a_store);
    tcase_add_test(cases, merges_at_once_lose_nothing);
    tcase_add_test(cases, journals_are_taken_over);
    tcase_add_test(cases, arguments_are_checked);
    tcase_add_loop_test(cases, verification_finds, 1, 4);
    tcase_add_test(cases, both_can_be_given_up);
    suite_add_tcase(suite, cases);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
