/* SPDX-License-Identifier: MIT */
/* For tests of packs: a data set with small files of all kinds, and packs made from it. */
#ifndef TENCH_TESTS_PACK_CASE_H
#define TENCH_TESTS_PACK_CASE_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/order.h"
#include "make_jpeg.h"
#include "tasks.h"
#include "tree.h"

enum { SHARD_BYTES = 6000, MOST = 1 << 20 };

/* Replaces the C library's fsync, which is slow; no test looks at the state after a power failure.
 * A test can make it fail for folders or for files. */
static bool no_folder_sync, no_file_sync;

/* NOLINTNEXTLINE: the name of the parameter is the C library's own */
int fsync(int file)
{
    struct stat facts;
    if (fstat(file, &facts) != 0)
        return -1;
    const bool is_folder = S_ISDIR(facts.st_mode);
    errno = is_folder ? EINVAL : EIO;
    return (is_folder ? no_folder_sync : no_file_sync) ? -1 : 0;
}

static tree place, out; /* the data set, and the packs made from it */

static inline void write_jpeg(const char *path, const jpeg_recipe *recipe)
{
    const jpeg_file file = make_jpeg(recipe);
    tree_write(&place, path, file.bytes, file.size);
    free(file.bytes);
}

/* Makes two classes: baseline files of all kinds, a progressive file, one that is not an image, an
 * empty one. */
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

static inline tn_task *start_on(tn_dataset *dataset, const char *path, int32_t layout,
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

static inline tn_task *start(const char *path, int32_t layout, int32_t threads)
{
    tn_dataset *const dataset = tree_open(&place);
    tn_task *const job = start_on(dataset, path, layout, threads);
    tn_dataset_destroy(dataset);
    return job;
}

static inline tn_pack_facts pack(const char *path, int32_t layout, int32_t threads)
{
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    tn_task *const job = start(path, layout, threads);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_pack_facts_of(job, &facts), TN_OK);
    tn_task_destroy(job);
    return facts;
}

static inline tn_dataset *open_pack(const char *path)
{
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = tree_path(&out, path), .threads = 1};
    return tn_dataset_create(&options);
}

/* Reads a file; returns its length, or -1 if there is none. */
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
    tn_task *const job = start_unpack(packed, path, 2);
    tn_dataset_destroy(packed);
    const int status = job ? tn_task_wait(job, -1) : TN_EINVAL;
    tn_task_destroy(job);
    return status;
}

static inline void remove_pack(const char *path)
{
    ck_assert_int_eq(nftw(tree_path(&out, path), tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Hash of a sample's pixels, or of the error message. */
static inline uint64_t look(const tn_dataset *dataset, int64_t sample)
{
    tn_image *const image = tn_dataset_image(dataset, sample);
    tn_hash *const hash = tn_hash_create();
    char text[33];
    if (image) {
        tn_tensor tensor = {.size = (int32_t)sizeof tensor};
        ck_assert_int_eq(tn_image_tensor(image, &tensor), TN_OK);
        const int64_t n = tensor.shape[0] * tensor.shape[1] * tensor.shape[2];
        uint8_t *const pixels = malloc((size_t)n);
        ck_assert_int_eq(tn_image_copy(image, pixels, n), TN_OK);
        tn_hash_bytes(hash, pixels, n);
        free(pixels);
    } else {
        tn_hash_bytes(hash, tn_error(), (int64_t)strlen(tn_error()));
    }
    tn_hash_text(hash, text);
    tn_hash_destroy(hash);
    tn_image_destroy(image);
    text[16] = '\0';
    return strtoull(text, NULL, 16);
}

static inline struct stat facts_of(const tree *where, const char *path)
{
    struct stat facts;
    ck_assert_int_eq(stat(tree_path(where, path), &facts), 0);
    return facts;
}

static int n_files;

static inline int count_file(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    (void)path;
    (void)facts;
    (void)walk;
    n_files += kind != FTW_D;
    return 0;
}

/* Checks that the unpacked folder has the samples below a folder of the data set, "" or "val/", and
 * no other file. */
static inline void check_unpacked(const char *path, const char *below)
{
    tn_dataset *const dataset = tree_open(&place);
    const size_t length = strlen(below);
    int n = 0;
    for (int64_t i = 0; i < tn_dataset_count(dataset); i++) {
        const char *const name = tn_dataset_sample_name(dataset, i);
        char again[TREE_PATH];
        if (strncmp(name, below, length) != 0)
            continue;
        snprintf(again, sizeof again, "%s/%s", path, name + length);
        check_same_file(&place, name, &out, again);
        n++;
    }
    tn_dataset_destroy(dataset);
    n_files = 0;
    ck_assert_int_eq(nftw(tree_path(&out, path), count_file, 16, FTW_PHYS), 0);
    ck_assert_int_eq(n_files, n);
}

/* Path of the sample that is packed at a position; valid until the next call. */
static inline const char *path_at(int64_t position)
{
    static char path[TREE_PATH];
    tn_dataset *const dataset = tree_open(&place);
    tn__order order;
    tn__order_make(&order, TN__FEISTEL_1, NULL, tn_dataset_count(dataset), 0x7061636b, 0);
    snprintf(path, sizeof path, "%s",
             tn_dataset_sample_name(dataset, tn__order_at(&order, position)));
    tn_dataset_destroy(dataset);
    return path;
}

static inline void check_same_name(const tn_dataset *a, const tn_dataset *b, int64_t sample)
{
    char name[TN__NAME_BYTES];
    snprintf(name, sizeof name, "%s", tn_dataset_sample_name(a, sample));
    ck_assert_str_eq(tn_dataset_sample_name(b, sample), name);
}

/* Compares the samples of two data sets: of a pack, and of the folder that it was made of. */
static inline void check_same_samples(const tn_dataset *packed, const tn_dataset *folder)
{
    ck_assert_msg(packed && folder, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(packed), tn_dataset_count(folder));
    ck_assert_int_eq(tn_dataset_classes(packed), tn_dataset_classes(folder));
    ck_assert_uint_eq(tn_dataset_fingerprint(packed), tn_dataset_fingerprint(folder));
    for (int32_t label = 0; label < tn_dataset_classes(folder); label++)
        ck_assert_str_eq(tn_dataset_class_name(packed, label),
                         tn_dataset_class_name(folder, label));
    for (int64_t i = 0; i < tn_dataset_count(folder); i++) {
        tn_image_info a = {.size = (int32_t)sizeof a}, b = a;
        check_same_name(packed, folder, i);
        ck_assert_int_eq(tn_dataset_label(packed, i), tn_dataset_label(folder, i));
        ck_assert_int_eq(tn_dataset_probe(packed, i, &a), tn_dataset_probe(folder, i, &b));
        ck_assert(a.width == b.width && a.height == b.height && a.channels == b.channels);
        ck_assert_int_eq(a.file_bytes, b.file_bytes);
    }
}

static const tn__source_ops *true_ops;
static const char *unreadable;

static inline int read_but_one(const tn__source *source, const tn__part *part, tn__extent extent,
                               tn__buffer *buffer, int64_t *length)
{
    if (strcmp(tn__source_name(source, part->sample), unreadable) == 0)
        return tn__fail(TN_EIO, "cannot be read in this test");
    return true_ops->read(source, part, extent, buffer, length);
}

/* Packs up to this file, which ends the job like a kill. */
static inline void pack_without(const char *file, const char *path)
{
    tn_dataset *const dataset = tree_open(&place);
    tn__source_ops ops = *dataset->source->ops;
    true_ops = dataset->source->ops;
    unreadable = file;
    ops.read = read_but_one;
    dataset->source->ops = &ops;
    tn_task *const job = start_on(dataset, path, TN_PACK_FAST, 1);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(job, -1), TN_EIO);
    tn_task_destroy(job);
    dataset->source->ops = true_ops;
    tn_dataset_destroy(dataset);
}

/* Leaves the files that a kill at this position would leave. */
static inline void pack_up_to(const char *path, int64_t position)
{
    pack_without(path_at(position), path);
}

#endif
