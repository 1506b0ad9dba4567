/* SPDX-License-Identifier: MIT */
/* Temporary folders for tests: made below TMPDIR, filled, and removed. */
#ifndef TENCH_TESTS_TREE_H
#define TENCH_TESTS_TREE_H

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tench.h"

enum { TREE_PATH = 4096 };

typedef struct tree {
    char root[TREE_PATH];
} tree;

static inline tree tree_make(void)
{
    tree made;
    const char *const base = getenv("TMPDIR");
    snprintf(made.root, sizeof made.root, "%s/tench-test-XXXXXX", base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(made.root));
    return made;
}

/* root/path; valid until the next call. */
static inline const char *tree_path(const tree *place, const char *path)
{
    static char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s/%s", place->root, path);
    return full;
}

/* Makes the folders above a file, and the folder itself if the path ends with "/". */
static inline void tree_folder(const tree *place, const char *path)
{
    char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s/%s", place->root, path);
    for (char *slash = full + strlen(place->root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(full, 0777);
        *slash = '/';
    }
}

static inline void tree_write(const tree *place, const char *path, const void *bytes,
                              size_t n_bytes)
{
    tree_folder(place, path);
    FILE *const file = fopen(tree_path(place, path), "wb");
    ck_assert_msg(file != NULL, "cannot write %s", tree_path(place, path));
    ck_assert_uint_eq(fwrite(bytes, 1, n_bytes, file), n_bytes);
    fclose(file);
}

/* True if n_bytes of an open file, from `offset` on, are in memory. */
static inline bool tree_is_in_memory(int file, size_t offset, size_t n_bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t end = offset + n_bytes;
    void *const map = mmap(NULL, end, PROT_READ, MAP_SHARED, file, 0);
    unsigned char *const pages = malloc(end / page + 1);
    ck_assert(map != MAP_FAILED && pages);
    ck_assert_int_eq(mincore(map, end, pages), 0);
    bool all = true;
    for (size_t p = offset / page; p * page < end; p++)
        all = all && (pages[p] & 1);
    munmap(map, end);
    free(pages);
    return all;
}

/* Removes a file from memory. False, after a message, where the file system keeps files in memory,
 * as tmpfs does. */
static inline bool tree_evict(int file)
{
    ck_assert_int_eq(fsync(file), 0);
    ck_assert_int_eq(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
    const bool evicted = !tree_is_in_memory(file, 0, 1);
    if (!evicted)
        printf("skipped: the file system of TMPDIR keeps files in memory\n");
    return evicted;
}

static inline void tree_touch(const tree *place, const char *path)
{
    tree_write(place, path, "", 0);
}

static inline void tree_link(const tree *place, const char *target, const char *path)
{
    tree_folder(place, path);
    ck_assert_int_eq(symlink(target, tree_path(place, path)), 0);
}

enum { TREE_OTHER_USER = 65534 };

/* True if root can act as a second user and give files away. Otherwise it prints why not, for
 * example in a container that has only one user. */
static inline bool tree_has_second_user(void)
{
    if (geteuid() == 0 && seteuid(TREE_OTHER_USER) == 0) {
        ck_assert_int_eq(seteuid(0), 0);
        return true;
    }
    puts("skipped: only root can be a second user, where there is one");
    return false;
}

/* Makes a folder of the tree one that this process may not read, until tree_unlock. False: this
 * process is root, which may read all folders, and there is no second user. */
static inline bool tree_lock(const tree *place, const char *folder)
{
    ck_assert_int_eq(chmod(place->root, 0755), 0);
    ck_assert_int_eq(chmod(tree_path(place, folder), 0), 0);
    if (geteuid() != 0)
        return true;
    if (!tree_has_second_user())
        return false;
    ck_assert_int_eq(seteuid(TREE_OTHER_USER), 0);
    return true;
}

static inline void tree_unlock(void)
{
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
}

static inline int tree_remove_one(const char *path, const struct stat *facts, int kind,
                                  struct FTW *walk)
{
    (void)facts;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void tree_remove(const tree *place)
{
    ck_assert_int_eq(nftw(place->root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline tn_dataset_options tree_options(const tree *place)
{
    return (tn_dataset_options){
        .size = (int32_t)sizeof(tn_dataset_options), .root = place->root, .threads = 2};
}

/* Opens the tree as a data set; fails the test if that fails. */
static inline tn_dataset *tree_open(const tree *place)
{
    const tn_dataset_options options = tree_options(place);
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* Opening must fail with this status, and with a message that contains this text. */
static inline void tree_refuse(const tn_dataset_options *options, int code, const char *text)
{
    ck_assert_ptr_null(tn_dataset_create(options));
    tn_error_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_error_details(&info), TN_OK);
    ck_assert_msg(info.code == code, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), text) != NULL, "\"%s\" is not in: %s", text, tn_error());
}

#endif
