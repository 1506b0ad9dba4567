/* SPDX-License-Identifier: MIT */
/* Containers of each kind, for data sets whose split folders hold them. */
#ifndef TENCH_TESTS_SPLIT_FOLDERS_H
#define TENCH_TESTS_SPLIT_FOLDERS_H

#include "container_case.h"

/* A kind of source, and a file for its split folders: where it comes from, and its name there. */
static const struct {
    const char *kind, *golden, *name;
} containers[] = {
    {"wds", "shards/written-0.tar", "a-0.tar"},
    {"tar", "tars/by-ustar.tar", "a.tar"},
    {"zip", "zips/stored.zip", "a.zip"},
    {"parquet", "parquet/bytes.parquet", "a.parquet"},
    {"lmdb", "lmdbs/datums/data.mdb", "data.mdb"},
    {"tfrecord", "tfrecords/tfds/toy-train.tfrecord-00000-of-00002", "a.tfrecord"},
};
enum { N_CONTAINERS = sizeof containers / sizeof *containers };

/* Copies the file of a kind. */
static inline void copy_container(const tree *where, const char *path, int kind)
{
    static char bytes[1 << 20];
    char golden[TREE_PATH];
    snprintf(golden, sizeof golden, "%s/%s", GOLDEN_FOLDER, containers[kind].golden);
    FILE *const file = fopen(golden, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", golden);
    const size_t n_bytes = fread(bytes, 1, sizeof bytes, file);
    ck_assert(n_bytes > 0 && n_bytes < sizeof bytes);
    fclose(file);
    tree_write(where, path, bytes, n_bytes);
}

/* Copies it to a folder. */
static inline void add_container(const tree *where, const char *folder, int kind)
{
    char path[TREE_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, containers[kind].name);
    copy_container(where, path, kind);
}

#endif
