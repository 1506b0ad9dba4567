/* SPDX-License-Identifier: MIT */
/* For tests of the index: a folder with a file for each answer that a note can have. It is opened,
 * indexed, and its files are looked up as loaders do it. */
#ifndef TENCH_TESTS_INDEX_TREE_H
#define TENCH_TESTS_INDEX_TREE_H

#include <check.h>

#include "base/error.h"
#include "data/aid.h"
#include "data/dataset.h"
#include "make_jpeg.h"
#include "tree.h"

enum { FILES = 12 };

static tree here;
static tn__arena arena;

/* For each file, by its number: the answer that its note must have. */
static const int32_t answers[FILES] = {
    TN__AID_BUILT, TN__AID_BUILT,   TN__AID_SCANS, TN__AID_BUILT, TN__AID_COLOURS, TN__AID_BUILT,
    TN__AID_BUILT, TN__AID_UNCLEAN, TN__AID_BUILT, TN__AID_BUILT, TN__AID_BUILT,   TN__AID_BUILT,
};

static inline const char *name_of(int file)
{
    static char name[32];
    snprintf(name, sizeof name, "%c/%d.jpg", 'a' + file % 3, file);
    return name;
}

static inline void write_file(int file)
{
    jpeg_recipe recipe = {.w = 40 + 13 * file,
                          .h = 30 + 7 * file,
                          .channels = 3,
                          .space = JCS_YCbCr,
                          .sampling = {file % 2 ? 22 : 11, 11, 11},
                          .restart = file % 4 == 3 ? 5 : 0};
    recipe.progressive = answers[file] == TN__AID_SCANS;
    recipe.arithmetic = answers[file] == TN__AID_UNCLEAN;
    if (answers[file] == TN__AID_COLOURS) {
        recipe.channels = 4;
        recipe.space = JCS_CMYK;
        memset(recipe.sampling, 0, sizeof recipe.sampling);
    }
    const jpeg_file made = make_jpeg(&recipe);
    tree_write(&here, name_of(file), made.bytes, made.size);
    free(made.bytes);
}

static inline void set_up(void)
{
    here = tree_make();
    setenv("XDG_CACHE_HOME", tree_path(&here, "cache"), 1);
    for (int file = 0; file < FILES; file++)
        write_file(file);
    tn__arena_init(&arena, 1 << 20, 0);
}

static inline void tear_down(void)
{
    tn__arena_free(&arena);
    tree_remove(&here);
}

static inline tn_dataset *open_with(int32_t mode)
{
    tn_dataset_options options = tree_options(&here);
    options.index = mode;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* Runs an index task, and returns its facts. */
static inline tn_index_facts build(int32_t entries, int32_t force)
{
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    const tn_index_options options = {
        .size = (int32_t)sizeof options, .threads = 3, .entries = entries, .force = force};
    tn_task *const indexer = tn_index_start(dataset, &options);
    tn_dataset_destroy(dataset);
    ck_assert_msg(indexer != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(indexer, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(indexer, 0), TN_OK);
    tn_index_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_index_facts_of(indexer, &facts), TN_OK);
    ck_assert_str_eq(facts.path, tree_path(&here, TN__INDEX_NAME));
    tn_task_destroy(indexer);
    return facts;
}

static inline int64_t sample_of(const tn_dataset *dataset, int file)
{
    int64_t sample = 0;
    while (strcmp(tn_dataset_sample_name(dataset, sample), name_of(file)) != 0)
        sample++;
    return sample;
}

/* Reads a sample's file, and probes it. */
static inline tn__aid_job read_sample(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer,
                                      tn__info *info)
{
    ck_assert_int_eq(tn__dataset_read(dataset, sample, buffer), TN_OK);
    const tn__bytes bytes = {buffer->bytes, buffer->size};
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, dataset->max_pixels, info);
    ck_assert_ptr_nonnull(codec);
    return (tn__aid_job){sample, buffer, codec, info, &arena};
}

/* Looks a file up as a worker does; the aid that it finds lies in the arena. */
static inline tn__lookup look_up(tn_dataset *dataset, int file, tn__buffer *buffer, tn__info *info)
{
    tn__lookup found;
    const tn__aid_job job = read_sample(dataset, sample_of(dataset, file), buffer, info);
    tn__aid_find(&dataset->aids, &job, &found);
    return found;
}

/* Decodes a file as a worker does that builds aids; its aid is kept. */
static inline tn__lookup decode_and_learn(tn_dataset *dataset, int file, tn__buffer *buffer)
{
    tn__info info;
    tn__lookup found;
    const tn__aid_job job = read_sample(dataset, sample_of(dataset, file), buffer, &info);
    tn__aid_find(&dataset->aids, &job, &found);
    ck_assert_int_eq(found.access.build, dataset->aids.build);
    const tn__bytes bytes = {buffer->bytes, buffer->size};
    const tn__want want = {.need = {0, 0, info.w, info.h}, .mode = TN_RGB};
    tn_px_image image;
    int32_t damage;
    ck_assert_int_eq(
        tn__codec_decode(job.codec, bytes, &found.access, &info, &want, &arena, &image, &damage),
        TN_OK);
    ck_assert_int_eq(tn__aid_learn(&dataset->aids, &job, &found), TN_OK);
    return found;
}

static inline int64_t n_warnings(const tn_dataset *dataset)
{
    tn_index_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    return info.warnings;
}

/* Counts the files whose aid is used; fails the test if one is dropped. */
static inline int count_used(void)
{
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    int used = 0;
    tn__buffer buffer = {0};
    tn__info info;
    for (int file = 0; file < FILES && dataset->aids.notes; file++) {
        const tn__lookup found = look_up(dataset, file, &buffer, &info);
        ck_assert_msg(!found.is_dropped, "%s: %s", name_of(file), tn_error());
        used += found.access.aid != NULL;
        tn__arena_reset(&arena);
    }
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    return used;
}

#endif
