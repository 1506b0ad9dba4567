/* SPDX-License-Identifier: MIT */
/* Where a data set's index is kept. See shelf.h. */
#include "data/index/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/text.h"

/* Appends the cache's folder for this root: the root's whole path below the cache, so that no two
 * roots share one. Nothing where there is no cache. */
static void cache_path(const char *root, tn__text *out)
{
    const char *const cache = getenv("XDG_CACHE_HOME"), *const home = getenv("HOME");
    char *const real = realpath(root, NULL);
    if (real && cache && cache[0] == '/')
        tn__text_printf(out, "%s/tench/index%s", cache, real);
    else if (real && home && home[0] == '/')
        tn__text_printf(out, "%s/.cache/tench/index%s", home, real);
    free(real);
}

static void make_folder(const char *path, int *refusal)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST && *refusal == 0)
        *refusal = errno;
}

/* Makes a folder and those above it. Returns errno of the first that was refused, 0 if none was;
 * those below it are not found then. */
static int make_folders(char *path)
{
    int refusal = 0;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        make_folder(path, &refusal);
        *slash = '/';
    }
    make_folder(path, &refusal);
    return refusal;
}

static int open_folder(const char *path)
{
    return tn__open(path, O_RDONLY | O_DIRECTORY);
}

int tn__shelf_open(const char *root, int which, tn__shelf *out)
{
    tn__text path = {0};
    *out = (tn__shelf){.folder = -1};
    if (which == TN__SHELF_CACHE)
        cache_path(root, &path);
    else
        tn__text_add(&path, root);
    if (path.failed) {
        tn__text_free(&path);
        return tn__fail_memory("a path", strlen(root));
    }
    out->path = path.chars;
    if (out->path)
        out->folder = open_folder(out->path);
    return TN_OK;
}

int tn__shelf_make(tn__shelf *shelf)
{
    if (shelf->folder >= 0)
        return TN_OK;
    if (!shelf->path)
        return tn__fail(TN_EIO, "no cache: neither XDG_CACHE_HOME nor HOME names a folder");
    const int refusal = make_folders(shelf->path);
    shelf->folder = open_folder(shelf->path);
    if (shelf->folder >= 0)
        return TN_OK;
    return tn__fail_system(errno == ENOENT && refusal ? refusal : errno, "%s", shelf->path);
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

bool tn__shelf_has_journals(const tn__shelf *shelf)
{
    DIR *const folder = shelf->folder >= 0 ? tn__shelf_list(shelf) : NULL;
    bool found = false;
    const struct dirent *entry;
    while (folder && !found && (entry = tn__next_entry(folder)))
        found = tn__shelf_is_journal(entry->d_name);
    if (folder)
        closedir(folder);
    return found;
}

bool tn__shelf_trusts(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

int tn__shelf_check(const tn__shelf *shelf, const char *name)
{
    struct stat facts;
    if (!tn__stat_at(shelf->folder, name, &facts, AT_SYMLINK_NOFOLLOW) ||
        tn__shelf_trusts(facts.st_uid))
        return TN_OK;
    return tn__fail(TN_EIO, "%s/%s belongs to another user (uid %u)", shelf->path, name,
                    (unsigned)facts.st_uid);
}
