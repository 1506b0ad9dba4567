/* SPDX-License-Identifier: MIT */
/* Looks at what lies at a path. See root.h. */
#include "data/root.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "base/text.h"
#include "data/scan.h"

int tn__root_fail(const char *path)
{
    if (errno == ENOENT && strstr(path, "://"))
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" is a URL. tench opens local files: download it first",
                        path);
    return tn__fail_system(errno, "data set \"%s\"", path);
}

/* Fails for a path at which nothing lies. It may be a pattern that only one kind of source takes.
 */
static int fail_missing(const char *path)
{
    char target[1024];
    const int error = errno;
    const ssize_t n = error == ENOENT ? readlink(path, target, sizeof target) : -1;
    if (n >= 0)
        return tn__fail_system(error, "data set \"%s\", a link to \"%.*s\"", path, (int)n, target);
    errno = error;
    if (errno == ENOENT && !strstr(path, "://") && (strchr(path, '{') || strstr(path, "::")))
        return tn__fail(TN_EINVAL,
                        "data set \"%s\": no such file; if it is a pattern of WebDataset shards, "
                        "give source=wds",
                        path);
    return tn__root_fail(path);
}

/* Reads the first bytes of a file, or fewer if it is shorter. */
static int read_head(const char *path, tn__root_facts *out)
{
    const int file = tn__open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return tn__root_fail(path);
    tn__tries tries = {0};
    ssize_t n;
    do
        n = pread(file, out->head, sizeof out->head, 0);
    while (n < 0 && errno == EINTR && tn__try_again(&tries, errno));
    const int status = n < 0 ? tn__root_fail(path) : TN_OK;
    close(file);
    out->n_head = n < 0 ? 0 : (size_t)n;
    return status;
}

int tn__root_read(const char *path, tn__root_facts *out)
{
    out->path = path;
    out->names = NULL;
    out->n_head = out->n_names = 0;
    out->is_listed = out->has_folders = false;
    if (!tn__stat(path, &out->stat))
        return fail_missing(path);
    return S_ISREG(out->stat.st_mode) ? read_head(path, out) : TN_OK;
}

void tn__root_free(tn__root_facts *root)
{
    free(root->names);
    root->names = NULL;
}

bool tn__root_is_folder(const tn__root_facts *root)
{
    return S_ISDIR(root->stat.st_mode);
}

int tn__root_has(const tn__root_facts *root, const char *name)
{
    tn__text path = {0};
    struct stat facts;
    tn__text_printf(&path, "%s/%s", root->path, name);
    int answer = path.failed ? tn__fail_memory("a path", path.capacity) : 1;
    if (answer > 0 && !tn__stat(path.chars, &facts))
        answer = tn__errno_is_systemic(errno) ? tn__fail_system(errno, "%s", path.chars) : 0;
    tn__text_free(&path);
    return answer;
}

/* Lists the folder. */
static int list(tn__root_facts *root)
{
    root->is_listed = true;
    DIR *const stream = tn__open_folder(root->path);
    if (!stream)
        return errno == EACCES ? TN_OK : tn__root_fail(root->path);
    tn__text names = {0};
    const struct dirent *entry = NULL;
    int is_folder = 0;
    for (int32_t n = 0; n < TN__ROOT_ENTRIES && is_folder >= 0 && (entry = tn__next_entry(stream));
         n++) {
        tn__text_add_bytes(&names, entry->d_name, strlen(entry->d_name) + 1);
        is_folder = tn__scan_is_folder(dirfd(stream), entry);
        root->has_folders |= is_folder > 0 && entry->d_name[0] != '.';
    }
    const int status = is_folder < 0          ? tn__error_prefix("data set \"%s\"", root->path)
                       : !entry && errno != 0 ? tn__root_fail(root->path)
                       : names.failed         ? tn__fail_memory("a list of files", names.capacity)
                                              : TN_OK;
    closedir(stream);
    root->names = names.chars;
    root->n_names = status == TN_OK ? names.length : 0;
    return status;
}

int tn__root_list(tn__root_facts *root)
{
    return root->is_listed || !tn__root_is_folder(root) ? TN_OK : list(root);
}

int tn__root_has_suffix(tn__root_facts *root, const char *suffix)
{
    const int status = tn__root_list(root);
    if (status != TN_OK)
        return status;
    for (size_t at = 0; at < root->n_names; at += strlen(root->names + at) + 1) {
        const char *const name = root->names + at;
        if (name[0] != '.' && tn__ends_with(name, suffix))
            return 1;
    }
    return 0;
}

int tn__root_is_folder_of(tn__root_facts *root, const char *suffix)
{
    static const char *const images[] = {".jpg", ".jpeg", ".png", ".JPG", ".JPEG", ".PNG"};
    int answer = tn__root_has_suffix(root, suffix);
    if (answer <= 0 || root->has_folders)
        return answer < 0 ? answer : 0;
    for (size_t i = 0; i < sizeof images / sizeof *images && answer > 0; i++) {
        const int has_image = tn__root_has_suffix(root, images[i]);
        answer = has_image < 0 ? has_image : !has_image;
    }
    return answer;
}
