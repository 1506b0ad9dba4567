/* SPDX-License-Identifier: MIT */
/* Finds the shards of a WebDataset. See shards.h. */
#include "data/wds/shards.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/open.h"
#include "base/write.h"
#include "data/natural.h"
#include "data/root.h"
#include "data/wds/key.h"

enum { MOST_INFO = 256 << 20 };

void tn__wds_shards_free(tn__wds_shards *shards)
{
    tn__text_free(&shards->folder);
    tn__text_free(&shards->alt_label);
    tn__shards_free(&shards->names);
}

/* The text of _info.json, and the object `splits` in it. */
typedef struct info {
    char *text;
    tn__json splits;
    bool is_there;
} info;

static int read_text(const char *path, int descriptor, info *out)
{
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_system(errno, "%s", path);
    if (!S_ISREG(facts.st_mode) || facts.st_size > MOST_INFO)
        return tn__fail(TN_ELIMIT, "%s: not a file of at most %d bytes", path, MOST_INFO);
    const size_t n = (size_t)facts.st_size;
    out->text = malloc(n + 1);
    if (!out->text)
        return tn__fail_memory("a description of shards", n);
    if (!tn__read_at(descriptor, out->text, n, 0))
        return tn__fail_system(errno ? errno : EIO, "%s", path);
    tn__json whole;
    if (!tn__json_read(out->text, n, &whole))
        return tn__fail(TN_EDECODE, "%s: is no JSON", path);
    out->is_there =
        tn__json_member(whole, "splits", 6, &out->splits) && tn__json_kind(out->splits) == '{';
    return TN_OK;
}

/* Reads _info.json or info.json, whichever is there. */
static int read_info(const char *root, info *out)
{
    static const char *const names[] = {"_info.json", "info.json"};
    *out = (info){.is_there = false};
    for (int i = 0; i < 2; i++) {
        tn__text path = {0};
        tn__text_printf(&path, "%s/%s", root, names[i]);
        if (path.failed)
            return tn__fail_memory("a path", path.capacity);
        const int descriptor = tn__open(path.chars, O_RDONLY | O_NONBLOCK);
        int status = TN_OK;
        if (descriptor >= 0) {
            status = read_text(path.chars, descriptor, out);
            close(descriptor);
        } else if (tn__errno_is_systemic(errno)) {
            status = tn__fail_system(errno, "%s", path.chars);
        }
        tn__text_free(&path);
        if (status != TN_OK || descriptor >= 0)
            return status;
    }
    return TN_OK;
}

/* Adds the shards that _info.json names for a split. */
static int add_listed(const char *root, tn__json split, tn__wds_shards *out)
{
    tn__json files, field;
    if (!tn__json_member(split, "filenames", 9, &files) || tn__json_kind(files) != '[')
        return tn__fail(TN_EDECODE, "data set \"%s\": a split of its info has no filenames", root);
    tn__json_walk walk = tn__json_items(files);
    int status = TN_OK;
    while (status == TN_OK && tn__json_next(&walk)) {
        tn__text name = {0};
        if (!tn__json_text(walk.value, &name) || name.failed)
            status = tn__fail(TN_EDECODE, "data set \"%s\": its info has a wrong filename", root);
        else
            status = tn__shards_add(&out->names, name.chars);
        tn__text_free(&name);
    }
    if (out->alt_label.length == 0 && tn__json_member(split, "alt_label", 9, &field))
        tn__json_text(field, &out->alt_label);
    return status;
}

/* Adds the shards of one split that _info.json describes, or of all. *found: there are any. */
static int add_described(const char *root, const char *split, tn__wds_shards *out, bool *found)
{
    info about;
    int status = read_info(root, &about);
    *found = false;
    if (status == TN_OK && about.is_there) {
        tn__json_walk walk = tn__json_items(about.splits);
        while (status == TN_OK && tn__json_next(&walk)) {
            tn__text name = {0};
            tn__json_text(walk.key, &name);
            if (name.failed)
                status = tn__fail_memory("names of splits", name.capacity);
            else if (!split || strcmp(name.chars, split) == 0)
                status = add_listed(root, walk.value, out);
            tn__text_free(&name);
        }
        *found = out->names.n > 0;
    }
    free(about.text);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return tn__natural_compare(*(char *const *)a, *(char *const *)b);
}

/* Removes the shards of other splits. */
static void keep_split(const char *split, tn__shards *names)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < names->n; i++) {
        const char *const known = tn__wds_split_of(names->names[i]);
        if (known && strcmp(known, split) == 0)
            names->names[n++] = names->names[i];
        else
            free(names->names[i]);
    }
    names->n = n;
}

/* Adds the tars of the folder, in the natural order of their names. */
static int add_tars(const char *root, const char *split, tn__wds_shards *out)
{
    const int status = tn__shards_find(root, ".tar", root, &out->names);
    if (status != TN_OK)
        return status;
    if (split)
        keep_split(split, &out->names);
    if (out->names.n > 0)
        qsort(out->names.names, out->names.n, sizeof *out->names.names, compare_names);
    return TN_OK;
}

/* Adds the tar, or those of a pattern. The path up to the last "/" before a brace is the folder. */
static int add_files(const char *root, bool is_pattern, tn__wds_shards *out)
{
    const size_t n_plain = is_pattern ? strcspn(root, "{") : strlen(root);
    const bool is_list = is_pattern && strstr(root, "::") != NULL;
    const char *const slash = is_list ? NULL : memrchr(root, '/', n_plain);
    if (slash)
        tn__text_add_bytes(&out->folder, root, slash > root ? (size_t)(slash - root) : 1);
    else
        tn__text_add(&out->folder, ".");
    const char *const names = slash ? slash + 1 : root;
    return is_pattern ? tn__wds_expand(names, &out->names) : tn__shards_add(&out->names, names);
}

int tn__wds_shards_find(const char *root, const char *split, tn__wds_shards *out)
{
    struct stat facts;
    int status;
    *out = (tn__wds_shards){.folder = {0}};
    const bool is_there = tn__stat(root, &facts);
    if (!is_there && tn__errno_is_systemic(errno))
        return tn__root_fail(root);
    if (is_there && S_ISDIR(facts.st_mode)) {
        bool found;
        tn__text_add(&out->folder, root);
        status = add_described(root, split, out, &found);
        if (status == TN_OK && !found)
            status = add_tars(root, split, out);
    } else {
        status = add_files(root, !is_there, out);
    }
    tn__text_add(&out->alt_label, "");
    if (status == TN_OK && (out->folder.failed || out->alt_label.failed))
        return tn__fail_memory("a path", out->folder.capacity);
    if (status == TN_OK && out->names.n == 0)
        return tn__fail(TN_EINVAL, "no shards in \"%s\": no file ends with .tar", root);
    return status;
}

/* Lists the splits that the names of shards have as words. None, if a shard has no such word. */
static int list_words(const char *root, tn__splits *out)
{
    tn__shards names = {0};
    const int status = tn__shards_find(root, ".tar", root, &names);
    bool all = status == TN_OK;
    for (uint32_t i = 0; i < names.n && all; i++) {
        const char *const known = tn__wds_split_of(names.names[i]);
        all = known != NULL;
        if (known)
            tn__splits_add(out, known);
    }
    tn__shards_free(&names);
    if (!all)
        *out = (tn__splits){0};
    return status;
}

int tn__wds_splits(const char *root, tn__splits *out)
{
    struct stat facts;
    info about;
    *out = (tn__splits){0};
    if (!tn__stat(root, &facts) || !S_ISDIR(facts.st_mode))
        return TN_OK; /* a tar or a pattern is one split */
    const int status = read_info(root, &about);
    tn__json_walk walk;
    if (status == TN_OK && about.is_there)
        for (walk = tn__json_items(about.splits); tn__json_next(&walk);) {
            const char *const known = tn__split_known(walk.key.chars + 1, walk.key.n - 2);
            if (known)
                tn__splits_add(out, known);
        }
    free(about.text);
    return status != TN_OK || about.is_there ? status : list_words(root, out);
}
