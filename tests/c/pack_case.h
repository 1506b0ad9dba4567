/* SPDX-License-Identifier: MIT */
/* A data set of a few small files of all kinds, and packs made from it. */
#ifndef TENCH_TESTS_PACK_CASE_H
#define TENCH_TESTS_PACK_CASE_H

#include <check.h>
#include <stdbool.h>

#include "load/order.h"
#include "make_jpeg.h"
#include "tree.h"

enum { SHARD_BYTES = 6000, MOST = 1 << 20 };

static tree place, out; /* the data set, and what is made from it */

static inline void write_jpeg(const char *path, const jpeg_recipe *recipe)
{
    const jpeg_file file = make_jpeg(recipe);
    tree_write(&place, path, file.bytes, file.size);
    free(file.bytes);
}

/* Two classes: baseline files of all kinds, a progressive one, one that is no image, an empty one.
 */
static inline void set_up(void)
{
    place = tree_make();
    out = tree_make();
    for (int i = 0; i < 12; i++) {
        char path[64];
        const jpeg_recipe recipe = {.w = 20 + 7 * i,
                                    .h = 60 - 4 * i,
                                    .channels = i % 5 == 4 ? 1 : 3,
                                    .space = i % 5 == 4 ? JCS_GRAYSCALE : JCS_YCbCr,
                                    .quality = 70 + 2 * i,
                                    .restart = i % 3};
        snprintf(path, sizeof path, "%s/%d é.jpg", i % 2 ? "dog" : "cat/deep", i);
        write_jpeg(path, &recipe);
    }
    write_jpeg(
        "cat/progressive.jpg",
        &(jpeg_recipe){.w = 50, .h = 40, .channels = 3, .space = JCS_YCbCr, .progressive = TRUE});
    tree_write(&place, "dog/text.jpg", "not an image", 12);
    tree_touch(&place, "dog/empty.jpg");
}

static inline void tear_down(void)
{
    tree_remove(&place);
    tree_remove(&out);
}

static inline tn_pack_job *start_on(tn_dataset *dataset, const char *path, int32_t layout,
                                    int32_t threads)
{
    char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s", tree_path(&out, path));
    const tn_pack_options options = {.size = (int32_t)sizeof options,
                                     .layout = layout,
                                     .threads = threads,
                                     .shard_bytes = SHARD_BYTES,
                                     .path = full};
    return tn_pack_start(dataset, &options);
}

static inline tn_pack_job *start(const char *path, int32_t layout, int32_t threads)
{
    tn_dataset *const dataset = tree_open(&place);
    tn_pack_job *const job = start_on(dataset, path, layout, threads);
    tn_dataset_destroy(dataset);
    return job;
}

static inline tn_pack_facts pack(const char *path, int32_t layout, int32_t threads)
{
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    tn_pack_job *const job = start(path, layout, threads);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_msg(tn_pack_job_wait(job, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_pack_job_facts(job, &facts), TN_OK);
    tn_pack_job_destroy(job);
    return facts;
}

static inline tn_dataset *open_pack(const char *path)
{
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = tree_path(&out, path), .threads = 1};
    return tn_dataset_create(&options);
}

/* Bytes of a file; -1: there is none. */
static inline long read_file(const tree *where, const char *path, uint8_t bytes[MOST])
{
    FILE *const file = fopen(tree_path(where, path), "rb");
    if (!file)
        return -1;
    const size_t n = fread(bytes, 1, MOST, file);
    fclose(file);
    return (long)n;
}

static inline void check_same_file(const tree *a, const char *path_a, const tree *b,
                                   const char *path_b)
{
    static uint8_t first[MOST], second[MOST];
    const long n = read_file(a, path_a, first);
    ck_assert_msg(n >= 0, "%s is missing", path_a);
    ck_assert_msg(read_file(b, path_b, second) == n && memcmp(first, second, (size_t)n) == 0,
                  "%s and %s differ", path_a, path_b);
}

static inline void name_shard(char name[64], const char *folder, int shard)
{
    snprintf(name, 64, "%s/shard-%05d.coef", folder, shard);
}

static inline int count_shards(const char *folder)
{
    char name[64];
    int n = 0;
    for (name_shard(name, folder, 0); access(tree_path(&out, name), F_OK) == 0;
         name_shard(name, folder, n))
        n++;
    return n;
}

static inline void check_same_packs(const char *a, const char *b)
{
    char first[64], second[64];
    const int n = count_shards(a);
    ck_assert_int_eq(count_shards(b), n);
    for (int shard = 0; shard < n; shard++) {
        name_shard(first, a, shard);
        name_shard(second, b, shard);
        check_same_file(&out, first, &out, second);
    }
    snprintf(first, sizeof first, "%s/tench.pack", a);
    snprintf(second, sizeof second, "%s/tench.pack", b);
    check_same_file(&out, first, &out, second);
}

static inline int unpack(const char *from, const char *to)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&out, to));
    tn_dataset *const packed = open_pack(from);
    ck_assert_msg(packed != NULL, "%s", tn_error());
    tn_pack_job *const job = tn_unpack_start(packed, path, 2);
    tn_dataset_destroy(packed);
    const int status = job ? tn_pack_job_wait(job, -1) : TN_EINVAL;
    tn_pack_job_destroy(job);
    return status;
}

static inline void remove_pack(const char *path)
{
    ck_assert_int_eq(nftw(tree_path(&out, path), tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Path of the sample that is packed at a position; valid until the next call. */
static inline const char *path_at(int64_t position)
{
    static char path[TREE_PATH];
    tn_dataset *const dataset = tree_open(&place);
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, tn_dataset_count(dataset), 0x7061636b, 0);
    snprintf(path, sizeof path, "%s",
             tn_dataset_sample_name(dataset, tn__order_at(&order, position)));
    tn_dataset_destroy(dataset);
    return path;
}

/* What a kill at this position leaves: the file there is away while the job runs. */
static inline void pack_up_to(const char *path, int64_t position)
{
    char name[2 * TREE_PATH], away[2 * TREE_PATH];
    tn_dataset *const dataset = tree_open(&place);
    snprintf(name, sizeof name, "%s", tree_path(&place, path_at(position)));
    snprintf(away, sizeof away, "%s", tree_path(&out, "away"));
    ck_assert_int_eq(rename(name, away), 0);
    tn_pack_job *const job = start_on(dataset, path, TN_PACK_FAST, 1);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_pack_job_wait(job, -1), TN_EIO);
    tn_pack_job_destroy(job);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(rename(away, name), 0);
}

#endif
