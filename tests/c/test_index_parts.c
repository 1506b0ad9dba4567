/* SPDX-License-Identifier: MIT */
/* Checks the index of samples that are parts of files, or files that a list names: every batch is
 * the same with it and without it, and a note is used only while its file is as it was. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../fuzz/containers.h"
#include "data/aid.h"
#include "data/dataset.h"
#include "make_jpeg.h"
#include "make_tar.h"
#include "suite.h"
#include "tasks.h"
#include "tree.h"

enum { N = 6, WAIT_MS = 60000 };

static tree here;
static jpeg_file jpegs[N];
static member members[N];

static void set_up(void)
{
    here = tree_make();
    tree_folder(&here, "cache/");
    setenv("XDG_CACHE_HOME", tree_path(&here, "cache"), 1);
    for (int i = 0; i < N; i++) {
        const jpeg_recipe recipe = {YCC(90 + 13 * i, 120 - 7 * i, 22, 11, 11), .noise = TRUE};
        jpegs[i] = make_jpeg(&recipe);
        members[i] = (member){.bytes = jpegs[i].bytes, .size = jpegs[i].size};
        snprintf(members[i].name, sizeof members[i].name, "c/%04d.jpg", i);
    }
}

static void tear_down(void)
{
    for (int i = 0; i < N; i++)
        free(jpegs[i].bytes);
    tree_remove(&here);
}

static void write_blob(const char *path, tn__blob *blob)
{
    tree_write(&here, path, blob->bytes, blob->size);
    tn__blob_free(blob);
}

static tn_dataset *open_at(const char *path, const char *source, int32_t index)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = tree_path(&here, path),
                                        .source = source,
                                        .threads = 2,
                                        .index = index};
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s: %s", path, tn_error());
    return dataset;
}

/* Runs an index task on the data set, and destroys both. */
static tn_index_facts build(tn_dataset *dataset)
{
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 2};
    tn_task *const indexer = tn_index_start(dataset, &options);
    tn_dataset_destroy(dataset);
    ck_assert_msg(indexer != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(indexer, -1) == TN_OK, "%s", tn_error());
    tn_index_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_index_facts_of(indexer, &facts), TN_OK);
    ck_assert_int_eq(facts.warnings, 0);
    tn_task_destroy(indexer);
    return facts;
}

/* What an epoch gave. */
typedef struct epoch {
    uint64_t hash;
    int64_t used, dropped;
} epoch;

/* Loads an epoch of small crops, and destroys the data set. */
static epoch load(tn_dataset *dataset)
{
    const tn_loader_options options = {
        .size = (int32_t)sizeof options, .batch_size = 1, .threads = 2};
    tn_transform *const transform =
        tn_transform_create("random_resized_crop size=24 scale=0.05,0.1");
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader && tn_loader_start(loader, 0) == TN_OK, "%s", tn_error());
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status;
    while ((status = tn_loader_next(loader, &batch, WAIT_MS)) == TN_OK)
        tn_hash_bytes(hash, batch.tensors[0]->data, batch.n_rows * batch.tensors[0]->strides[0]);
    ck_assert_msg(status == TN_END, "%s", tn_error());
    char text[33];
    tn_hash_text(hash, text);
    tn_stats stats = {.size = (int32_t)sizeof stats};
    ck_assert_int_eq(tn_loader_stats(loader, &stats), TN_OK);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    text[16] = '\0';
    return (epoch){strtoull(text, NULL, 16), stats.index_used, stats.index_dropped};
}

static void expect_used(const char *path, const char *source, int64_t n)
{
    const epoch plain = load(open_at(path, source, TN_INDEX_OFF));
    const epoch indexed = load(open_at(path, source, TN_INDEX_USE));
    ck_assert_int_eq(plain.used, 0);
    ck_assert_msg(indexed.used == n, "%s: %d used", path, (int)indexed.used);
    ck_assert_int_eq(indexed.dropped, 0);
    ck_assert_uint_eq(plain.hash, indexed.hash);
}

/* Verifies a data set, which also decodes each sample by its note, and destroys it. */
static void expect_sound(tn_dataset *dataset)
{
    tn_task *const verification = start_verify(dataset, 2);
    tn_dataset_destroy(dataset);
    ck_assert_msg(verification && tn_task_wait(verification, -1) == TN_OK, "%s", tn_error());
    tn_verify_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_verify_facts_of(verification, &facts), TN_OK);
    ck_assert_int_eq(facts.indexed, N);
    ck_assert_int_eq(facts.changed + facts.misindexed, 0);
    tn_task_destroy(verification);
}

START_TEST(every_container_can_be_indexed)
{
    const container *const kind = &containers[_i];
    char path[64];
    tn__blob file = {0};
    kind->write(&file, members, N);
    snprintf(path, sizeof path, "data/%s", kind->file);
    write_blob(path, &file);
    expect_used(path, kind->source, 0);
    const tn_index_facts facts = build(open_at(path, kind->source, TN_INDEX_OFF));
    ck_assert_int_eq(facts.built, N);
    ck_assert_int_eq(build(open_at(path, kind->source, TN_INDEX_OFF)).known, N);
    expect_used(path, kind->source, N);
    ck_assert_int_eq(access(tree_path(&here, "data/" TN__INDEX_NAME), F_OK), 0);
    expect_sound(open_at(path, kind->source, TN_INDEX_OFF));
}
END_TEST

START_TEST(a_loader_can_build_it)
{
    tn__blob file = {0};
    containers[0].write(&file, members, N);
    write_blob("data/a.tar", &file);
    const epoch plain = load(open_at("data/a.tar", NULL, TN_INDEX_OFF));
    ck_assert_uint_eq(load(open_at("data/a.tar", NULL, TN_INDEX_AUTO)).hash, plain.hash);
    expect_used("data/a.tar", NULL, N);
}
END_TEST

/* Writes a tar whose members are named like those of others, but begin with another image. */
static void write_tar(const char *path, int first)
{
    tn__blob tar = {0};
    for (int i = 0; i < N; i++) {
        const member *const from = &members[(first + i) % N];
        tar_add(&tar, members[i].name, '0', from->bytes, from->size);
    }
    tar_end(&tar);
    write_blob(path, &tar);
}

/* Tars with the same names have notes of their own, whether they are opened alone or together. */
START_TEST(equal_names_lie_in_different_places)
{
    write_tar("data/a.tar", 0);
    write_tar("data/b.tar", 1);
    ck_assert_int_eq(build(open_at("data/a.tar", NULL, TN_INDEX_OFF)).built, N);
    ck_assert_int_eq(build(open_at("data/b.tar", NULL, TN_INDEX_OFF)).built, N);
    expect_used("data/a.tar", NULL, N);
    expect_used("data/b.tar", NULL, N);
    expect_used("data", "tar", 2 * N);
    ck_assert_int_eq(build(open_at("data", "tar", TN_INDEX_OFF)).known, 2 * N);
    write_tar("data/c.tar", 2);
    const tn_index_facts facts = build(open_at("data", "tar", TN_INDEX_OFF));
    ck_assert_int_eq(facts.known, 2 * N);
    ck_assert_int_eq(facts.built, N);
    expect_used("data", "tar", 3 * N);
    expect_used("data/b.tar", NULL, N);
}
END_TEST

/* How a tar changes. */
typedef struct change {
    bool appends; /* a block at its end */
    bool alters;  /* a byte of the first image */
    bool is_new;  /* another file gets its name */
    bool keeps_time;
    int32_t mode; /* of the index afterwards */
    int64_t used;
} change;

static void change_tar(const change *how)
{
    tn__blob tar = {0};
    struct stat before;
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&here, "data/a.tar"));
    ck_assert_int_eq(stat(path, &before), 0);
    containers[0].write(&tar, members, N);
    if (how->appends)
        ck_assert_int_eq(tn__blob_add(&tar, NULL, 512), TN_OK);
    if (how->alters)
        tar.bytes[512 + members[0].size - 3] ^= 1;
    if (how->is_new)
        ck_assert_int_eq(rename(path, tree_path(&here, "old.tar")), 0);
    write_blob("data/a.tar", &tar);
    const struct timespec later = {before.st_mtim.tv_sec + 100, 7};
    const struct timespec times[] = {{0, UTIME_NOW}, how->keeps_time ? before.st_mtim : later};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A tar that has changed since it was indexed: notes on images with other bytes are not used. */
START_TEST(notes_of_an_older_state_are_dropped)
{
    static const change changes[] = {
        {false, false, true, false, TN_INDEX_USE, N},     /* hashes tell that nothing changed */
        {false, true, false, false, TN_INDEX_USE, N - 1}, /* the time tells, then the hash */
        {true, true, false, true, TN_INDEX_USE, N - 1},   /* the length tells */
        {false, true, true, true, TN_INDEX_USE, N - 1},   /* the inode tells */
        {false, true, false, true, TN_INDEX_PARANOID, N - 1},
    };
    const change *const how = &changes[_i];
    write_tar("data/a.tar", 0);
    ck_assert_int_eq(build(open_at("data/a.tar", NULL, TN_INDEX_OFF)).built, N);
    change_tar(how);
    const epoch plain = load(open_at("data/a.tar", NULL, TN_INDEX_OFF));
    const epoch indexed = load(open_at("data/a.tar", NULL, how->mode));
    ck_assert_int_eq(indexed.used, how->used);
    ck_assert_int_eq(indexed.dropped, N - how->used);
    ck_assert_uint_eq(plain.hash, indexed.hash);
}
END_TEST

/* A list names files, perhaps more than once: they share a note, and the folder shares it too. */
START_TEST(lists_share_the_notes_of_their_folder)
{
    static const char list[] = "path,label\nc/0000.jpg,0\nc/0001.jpg,0\nc//0000.jpg,0\n"
                               "./c/0000.jpg,0\nc/0000.jpg,0\n";
    for (int i = 0; i < N; i++)
        tree_write(&here, members[i].name, members[i].bytes, members[i].size);
    tree_write(&here, "list.csv", list, sizeof list - 1);
    ck_assert_int_eq(build(open_at("list.csv", NULL, TN_INDEX_OFF)).samples, 5);
    expect_used("list.csv", NULL, 5);
    ck_assert_int_eq(build(open_at("list.csv", NULL, TN_INDEX_OFF)).known, 5);
    const tn_index_facts facts = build(open_at(".", "folder", TN_INDEX_OFF));
    ck_assert_int_eq(facts.known, 2);
    ck_assert_int_eq(facts.built, N - 2);
    expect_used(".", "folder", N);
    expect_used("list.csv", NULL, 5);
}
END_TEST

static tn_dataset *open_items(const tn_item *items, int64_t n, int32_t index)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = here.root,
                                        .items = items,
                                        .n_items = n,
                                        .index = index};
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* Items in memory have no place, so no index. */
START_TEST(items_have_notes_if_they_are_files)
{
    const tn_item items[] = {
        {.size = (int32_t)sizeof *items, .path = "c/0000.jpg", .name = "first"},
        {.size = (int32_t)sizeof *items,
         .bytes = members[1].bytes,
         .n_bytes = (int64_t)members[1].size},
        {.size = (int32_t)sizeof *items, .path = "c/0000.jpg", .name = "second"},
    };
    tree_write(&here, members[0].name, members[0].bytes, members[0].size);
    const epoch plain = load(open_items(items, 3, TN_INDEX_OFF));
    (void)build(open_items(items, 3, TN_INDEX_OFF));
    const epoch indexed = load(open_items(items, 3, TN_INDEX_USE));
    ck_assert_int_eq(indexed.used, 2);
    ck_assert_uint_eq(plain.hash, indexed.hash);
    tn_dataset *const memory = open_items(&items[1], 1, TN_INDEX_AUTO);
    const tn_index_options options = {.size = (int32_t)sizeof options};
    ck_assert_ptr_null(tn_index_start(memory, &options));
    ck_assert_ptr_nonnull(strstr(tn_error(), "has no images in files"));
    tn_dataset_destroy(memory);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("index_parts");
    TCase *const tcase = tcase_create("index_parts");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_container_can_be_indexed, 0, N_CONTAINERS);
    tcase_add_test(tcase, a_loader_can_build_it);
    tcase_add_test(tcase, equal_names_lie_in_different_places);
    tcase_add_loop_test(tcase, notes_of_an_older_state_are_dropped, 0, 5);
    tcase_add_test(tcase, lists_share_the_notes_of_their_folder);
    tcase_add_test(tcase, items_have_notes_if_they_are_files);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
