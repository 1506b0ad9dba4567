/* SPDX-License-Identifier: MIT */
/* The folders that keep the notes of a data set. See store.h. */
#include "data/notes/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "base/text.h"

/* Appends the folder in the cache for this root: the root's whole path below the cache, so that no
 * two roots share a folder. Appends nothing if there is no cache. */
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

/* Makes a folder and all folders above it. Returns the errno of the first refusal, or 0. */
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

int tn__store_open(const char *root, int which, tn__store *out)
{
    tn__text path = {0};
    *out = (tn__store){.folder = -1};
    if (which == TN__STORE_CACHE)
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

int tn__store_make(tn__store *store)
{
    if (store->folder >= 0)
        return TN_OK;
    if (!store->path)
        return tn__fail(TN_EIO, "no cache: neither XDG_CACHE_HOME nor HOME names a folder");
    const int refusal = make_folders(store->path);
    store->folder = open_folder(store->path);
    if (store->folder >= 0)
        return TN_OK;
    return tn__fail_system(errno == ENOENT && refusal ? refusal : errno, "%s", store->path);
}

void tn__store_close(tn__store *store)
{
    if (store->folder >= 0)
        close(store->folder);
    free(store->path);
    *store = (tn__store){.folder = -1};
}

DIR *tn__store_list(const tn__store *store)
{
    const int again = tn__open_at(store->folder, ".", O_RDONLY | O_DIRECTORY);
    DIR *const list = again >= 0 ? fdopendir(again) : NULL;
    if (!list && again >= 0)
        close(again);
    return list;
}

bool tn__store_is_journal(const char *name)
{
    const size_t n = strlen(TN__INDEX_NAME), length = strlen(TN__JOURNAL_FORM);
    return strlen(name) == length && strncmp(name, TN__INDEX_NAME, n) == 0 &&
           tn__ends_with(name, TN__JOURNAL_SUFFIX);
}

bool tn__store_has_journals(const tn__store *store)
{
    DIR *const folder = store->folder >= 0 ? tn__store_list(store) : NULL;
    bool found = false;
    const struct dirent *entry;
    while (folder && !found && (entry = tn__next_entry(folder)))
        found = tn__store_is_journal(entry->d_name);
    if (folder)
        closedir(folder);
    return found;
}

bool tn__store_trusts(uid_t owner)
{
    return owner == 0 || owner == geteuid();
}

int tn__store_check(const tn__store *store, const char *name)
{
    struct stat facts;
    if (!tn__stat_at(store->folder, name, &facts, AT_SYMLINK_NOFOLLOW) ||
        tn__store_trusts(facts.st_uid))
        return TN_OK;
    return tn__fail(TN_EIO, "%s/%s belongs to another user (uid %u)", store->path, name,
                    (unsigned)facts.st_uid);
}
