/* SPDX-License-Identifier: MIT */
/* Handles files for soak tests. See soak.h. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
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

static bool same_bytes(const char *a, const char *b)
{
    size_t n_a = 0, n_b = 0;
    uint8_t *const bytes_a = soak_read(a, &n_a), *const bytes_b = soak_read(b, &n_b);
    const bool same = bytes_a && bytes_b && n_a == n_b && memcmp(bytes_a, bytes_b, n_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return same;
}

/* Looks in `b` for everything in `a`. */
static bool lacks(const char *a, const char *b, const char *skipped, char out[SOAK_PATH])
{
    char other[SOAK_PATH];
    struct stat facts;
    bool found = false;
    FTS *const tree = walk(a);
    for (FTSENT *entry = fts_read(tree); entry && !found; entry = fts_read(tree)) {
        if (entry->fts_info == FTS_DP ||
            (skipped && strncmp(entry->fts_name, skipped, strlen(skipped)) == 0))
            continue;
        soak_path(other, "%s%s", b, entry->fts_path + strlen(a));
        found = lstat(other, &facts) != 0 ||
                (facts.st_mode & S_IFMT) != (entry->fts_statp->st_mode & S_IFMT) ||
                (S_ISREG(facts.st_mode) && !same_bytes(entry->fts_path, other));
        if (found)
            soak_path(out, "%s", entry->fts_path);
    }
    fts_close(tree);
    return found;
}

bool soak_differ(const char *a, const char *b, const char *skipped, char out[SOAK_PATH])
{
    return lacks(a, b, skipped, out) || lacks(b, a, skipped, out);
}

static bool is_expected(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (fnmatch(*names, name, 0) == 0)
            return true;
    return false;
}

bool soak_other_name(const char *folder, const char *beginning, const char *const *names,
                     char out[SOAK_PATH])
{
    bool found = false;
    FTS *const tree = walk(folder);
    for (FTSENT *entry = fts_read(tree); entry && !found; entry = fts_read(tree)) {
        if (entry->fts_level == 1)
            fts_set(tree, entry, FTS_SKIP);
        if (entry->fts_level != 1 || entry->fts_info == FTS_DP ||
            strncmp(entry->fts_name, beginning, strlen(beginning)) != 0 ||
            is_expected(entry->fts_name, names))
            continue;
        soak_path(out, "%s", entry->fts_path);
        found = true;
    }
    fts_close(tree);
    return found;
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
