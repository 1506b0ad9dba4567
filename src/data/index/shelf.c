/* SPDX-License-Identifier: MIT */
/* Where a data set's index is kept. See shelf.h. */
#include "data/index/shelf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/text.h"

/* Appends the cache's folder for this root: a name that says nothing, so that any root has one. */
static int cache_path(const char *root, tn__text *out)
{
    const char *const cache = getenv("XDG_CACHE_HOME"), *const home = getenv("HOME");
    if (cache && cache[0] == '/')
        tn__text_add(out, cache);
    else if (home && home[0] == '/')
        tn__text_printf(out, "%s/.cache", home);
    else
        return tn__fail(TN_EIO, "no cache: neither XDG_CACHE_HOME nor HOME names a folder");
    char *const real = realpath(root, NULL);
    if (!real)
        return tn__fail_system(errno, "%s", root);
    tn__text_printf(out, "/tench/index/%016llx",
                    (unsigned long long)tn__hash_of(real, strlen(real)));
    free(real);
    return TN_OK;
}

/* Makes a folder and those above it. What goes wrong shows when it is opened. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
}

int tn__shelf_open(const char *root, int which, bool make, tn__shelf *out)
{
    tn__text path = {0};
    int status = TN_OK;
    *out = (tn__shelf){.folder = -1};
    if (which == TN__SHELF_CACHE)
        status = cache_path(root, &path);
    else
        tn__text_add(&path, root);
    if (status == TN_OK && path.failed)
        status = tn__fail_memory("a path", strlen(root));
    if (status != TN_OK) {
        tn__text_free(&path);
        return status;
    }
    assert(path.chars);
    if (make && which == TN__SHELF_CACHE)
        make_folders(path.chars);
    out->path = path.chars;
    out->folder = tn__open(path.chars, O_RDONLY | O_DIRECTORY);
    if (out->folder >= 0 || (!make && errno == ENOENT))
        return TN_OK;
    return tn__fail_system(errno, "%s", out->path);
}

void tn__shelf_close(tn__shelf *shelf)
{
    if (shelf->folder >= 0)
        close(shelf->folder);
    free(shelf->path);
    *shelf = (tn__shelf){.folder = -1};
}

DIR *tn__shelf_list(const tn__shelf *shelf)
{
    const int again = tn__open_at(shelf->folder, ".", O_RDONLY | O_DIRECTORY);
    DIR *const list = again >= 0 ? fdopendir(again) : NULL;
    if (!list && again >= 0)
        close(again);
    return list;
}

bool tn__shelf_is_journal(const char *name)
{
    const size_t n = strlen(TN__INDEX_NAME), length = strlen(TN__JOURNAL_FORM);
    const char *const suffix = TN__JOURNAL_SUFFIX;
    return strlen(name) == length && strncmp(name, TN__INDEX_NAME, n) == 0 &&
           strcmp(name + length - strlen(suffix), suffix) == 0;
}
