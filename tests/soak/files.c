/* SPDX-License-Identifier: MIT */
/* Files of soak tests. See soak.h. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_jpeg.h"
#include "soak.h"

static _Noreturn void give_up(const char *path)
{
    soak_fail("%s: %s", path, strerror(errno));
}

void soak_path(char out[SOAK_PATH], const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    const int n = vsnprintf(out, SOAK_PATH, form, arguments);
    va_end(arguments);
    if (n < 0 || n >= SOAK_PATH)
        soak_fail("a path is too long: %s", form);
}

void soak_write(const char *path, const void *bytes, size_t n_bytes)
{
    FILE *const file = fopen(path, "wbe");
    if (!file || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file) != 0)
        give_up(path);
}

uint8_t *soak_read(const char *path, size_t *n_bytes)
{
    struct stat facts;
    FILE *const file = fopen(path, "rbe");
    if (!file)
        return NULL;
    if (fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode))
        give_up(path);
    *n_bytes = (size_t)facts.st_size;
    uint8_t *const bytes = malloc(*n_bytes + 1);
    if (!bytes || fread(bytes, 1, *n_bytes, file) != *n_bytes)
        give_up(path);
    fclose(file);
    return bytes;
}

void soak_copy(const char *from, const char *to)
{
    size_t n_bytes;
    uint8_t *const bytes = soak_read(from, &n_bytes);
    struct stat facts;
    if (!bytes || stat(from, &facts) != 0)
        give_up(from);
    soak_write(to, bytes, n_bytes);
    free(bytes);
    const struct timespec times[] = {facts.st_atim, facts.st_mtim};
    if (utimensat(AT_FDCWD, to, times, 0) != 0)
        give_up(to);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *walk(const char *path)
{
    char copy[SOAK_PATH];
    soak_path(copy, "%s", path);
    char *const paths[] = {copy, NULL};
    FTS *const tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        give_up(path);
    return tree;
}

void soak_copy_folder(const char *from, const char *to)
{
    FTS *const tree = walk(from);
    char path[SOAK_PATH];
    for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
        soak_path(path, "%s%s", to, entry->fts_path + strlen(from));
        if (entry->fts_info == FTS_D && mkdir(path, 0700) != 0 && errno != EEXIST)
            give_up(path);
        if (entry->fts_info == FTS_F)
            soak_copy(entry->fts_path, path);
    }
    fts_close(tree);
}

void soak_remove(const char *path)
{
    struct stat facts;
    if (lstat(path, &facts) != 0)
        return;
    FTS *const tree = walk(path);
    for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree))
        if (entry->fts_info != FTS_D && remove(entry->fts_path) != 0)
            give_up(entry->fts_path);
    fts_close(tree);
}

/* FNV-1a of 64 bits. */
static uint64_t add_hash(uint64_t hash, const void *bytes, size_t n_bytes)
{
    for (size_t k = 0; k < n_bytes; k++)
        hash = (hash ^ ((const uint8_t *)bytes)[k]) * 0x100000001b3u;
    return hash;
}

uint64_t soak_hash_folder(const char *path, const char *skipped)
{
    struct stat facts;
    if (lstat(path, &facts) != 0)
        return 0;
    uint64_t hash = 0xcbf29ce484222325u;
    FTS *const tree = walk(path);
    for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
        if (entry->fts_info == FTS_DP ||
            (skipped && strncmp(entry->fts_name, skipped, strlen(skipped)) == 0))
            continue;
        hash = add_hash(hash, entry->fts_path + strlen(path),
                        strlen(entry->fts_path + strlen(path)) + 1);
        if (entry->fts_info != FTS_F)
            continue;
        size_t n_bytes;
        uint8_t *const bytes = soak_read(entry->fts_path, &n_bytes);
        if (!bytes)
            give_up(entry->fts_path);
        hash = add_hash(hash, bytes, n_bytes);
        free(bytes);
    }
    fts_close(tree);
    return hash;
}

static jpeg_recipe recipe_of(int k)
{
    jpeg_recipe recipe = {.w = 20 + 23 * k % 90,
                          .h = 60 - 4 * (k % 9),
                          .channels = 3,
                          .space = JCS_YCbCr,
                          .quality = 70 + k % 20,
                          .sampling = {k % 2 ? 22 : 11, 11, 11},
                          .restart = k % 3};
    switch (k % 8) {
    case 3: recipe.progressive = TRUE; break;
    case 5:
        recipe.channels = 1;
        recipe.space = JCS_GRAYSCALE;
        break;
    case 6:
        recipe.channels = 4;
        recipe.space = JCS_CMYK;
        memset(recipe.sampling, 0, sizeof recipe.sampling);
        break;
    default: break;
    }
    return recipe;
}

void soak_make_images(const char *root, int n_images, bool broken)
{
    static const char *const classes[] = {"cat", "dog é", "n03"};
    char path[SOAK_PATH];
    mkdir(root, 0700);
    for (int c = 0; c < 3; c++) {
        soak_path(path, "%s/%s", root, classes[c]);
        mkdir(path, 0700);
    }
    for (int k = 0; k < n_images; k++) {
        const jpeg_recipe recipe = recipe_of(k);
        const jpeg_file file = make_jpeg(&recipe);
        soak_path(path, "%s/%s/image %d.jpg", root, classes[k % 3], k);
        soak_write(path, file.bytes, broken && k % 8 == 7 ? file.size / 2 : file.size);
        free(file.bytes);
    }
    if (!broken)
        return;
    soak_path(path, "%s/cat/text.jpg", root);
    soak_write(path, "not an image", 12);
    soak_path(path, "%s/n03/empty.jpg", root);
    soak_write(path, "", 0);
}
