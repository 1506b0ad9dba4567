/* SPDX-License-Identifier: MIT */
/* Finds the shards of a WebDataset. See shards.h. */
#include "data/wds/shards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "data/natural.h"
#include "data/root.h"
#include "data/wds/key.h"

/* The name that the program widsindex gives an index. */
static const char wids_name[] = "shardindex.json";

static int compare_names(const void *a, const void *b)
{
    return tn__natural_compare(*(char *const *)a, *(char *const *)b);
}

/* Removes the shards of other splits. */
static void keep_split(const char *split, tn__wds_shards *shards)
{
    tn__shards *const names = &shards->names;
    tn__wds_facts *const facts = (tn__wds_facts *)(void *)shards->facts.bytes;
    uint32_t n = 0;
    for (uint32_t i = 0; i < names->n; i++) {
        const char *const known = tn__wds_split_of(names->names[i]);
        if (!known || strcmp(known, split) != 0) {
            free(names->names[i]);
            continue;
        }
        if (shards->facts.size > 0)
            facts[n] = facts[i];
        names->names[n++] = names->names[i];
    }
    names->n = n;
}

/* Adds the tars of the folder, in the natural order of their names. */
static int add_tars(const char *root, tn__wds_shards *out)
{
    const int status = tn__shards_find(root, ".tar", root, &out->names);
    if (status == TN_OK && out->names.n > 0)
        qsort(out->names.names, out->names.n, sizeof *out->names.names, compare_names);
    return status;
}

/* Adds the shards that an index of wids in the folder lists. TN_END: there is none. */
static int add_wids(const char *root, tn__wds_shards *out)
{
    tn__text path = {0};
    tn__text_printf(&path, "%s/%s", root, wids_name);
    const int status =
        path.failed ? tn__fail_memory("a path", path.capacity) : tn__wds_add_wids(path.chars, out);
    tn__text_free(&path);
    return status;
}

bool tn__wds_split_is_pattern(const char *split)
{
    return strstr(split, "tar") || strstr(split, "..");
}

/* Adds the shards in the folder that a pattern stands for. */
static int add_pattern(const char *root, const char *pattern, tn__wds_shards *out)
{
    const int status = tn__wds_expand(pattern, &out->names);
    return status == TN_OK && out->names.n > 0
               ? tn__wds_find_alt_label(root, out->names.names[0], &out->alt_label)
               : status;
}

static int add_folder(const char *root, const char *split, tn__wds_shards *out)
{
    tn__text_add(&out->folder, root);
    if (split && tn__wds_split_is_pattern(split))
        return add_pattern(root, split, out);
    int status = tn__wds_add_info(root, split, out);
    if (status != TN_END)
        return status;
    status = add_wids(root, out);
    if (status == TN_END)
        status = add_tars(root, out);
    if (status == TN_OK && split)
        keep_split(split, out);
    return status;
}

/* Adds the tar, those of an index, or those of a pattern. The path up to the last "/" before a
 * brace is the folder. */
static int add_files(const char *root, bool is_pattern, tn__wds_shards *out)
{
    const size_t n_plain = is_pattern ? strcspn(root, "{") : strlen(root);
    const bool is_list = is_pattern && strstr(root, "::") != NULL;
    const char *const slash = is_list ? NULL : memrchr(root, '/', n_plain);
    const char *const names = slash ? slash + 1 : root;
    tn__path_folder(root, (size_t)(names - root), &out->folder);
    if (is_pattern)
        return tn__wds_expand(names, &out->names);
    if (!tn__ends_with(root, ".json"))
        return tn__shards_add(&out->names, names);
    const int status = tn__wds_add_wids(root, out);
    return status == TN_END ? tn__fail_system(ENOENT, "data set \"%s\"", root) : status;
}

static bool is_pattern(const char *root)
{
    return strchr(root, '{') || strstr(root, "::");
}

int tn__wds_shards_find(const char *root, const char *split, tn__wds_shards *out)
{
    struct stat facts;
    *out = (tn__wds_shards){.folder = {0}};
    const bool is_there = tn__stat(root, &facts);
    if (!is_there && (tn__errno_is_systemic(errno) || !is_pattern(root)))
        return tn__root_fail(root);
    const bool is_folder = is_there && S_ISDIR(facts.st_mode);
    if (!is_folder && split)
        return tn__fail(TN_EINVAL, "data set \"%s\": a split of shards needs their folder", root);
    const int status = is_folder ? add_folder(root, split, out) : add_files(root, !is_there, out);
    tn__text_add(&out->alt_label, "");
    if (status == TN_OK && (out->folder.failed || out->alt_label.failed || out->described.failed))
        return tn__fail_memory("a path", out->folder.capacity);
    if (status == TN_OK && out->names.n == 0)
        return tn__fail(TN_EINVAL, "no shards in \"%s\": no file ends with .tar", root);
    return status;
}

/* Lists the splits that the names of shards have as words. None, if a shard has no such word.
 * TN_END: there are no shards. */
static int list_words(const char *root, tn__splits *out)
{
    tn__shards names = {0};
    const int status = tn__shards_find(root, ".tar", root, &names);
    const uint32_t n = names.n;
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
    return status == TN_OK && n == 0 ? TN_END : status;
}

/* 1 if an index of wids in the folder lists the shards, 0 if not, or a negative status. */
static int has_wids(const char *root)
{
    struct stat facts;
    tn__text path = {0};
    tn__text_printf(&path, "%s/%s", root, wids_name);
    int answer = path.failed ? tn__fail_memory("a path", path.capacity) : 0;
    if (answer == 0)
        answer = tn__stat(path.chars, &facts);
    tn__text_free(&path);
    return answer;
}

int tn__wds_splits(const char *root, tn__splits *out)
{
    struct stat facts;
    *out = (tn__splits){0};
    if (!tn__stat(root, &facts) || !S_ISDIR(facts.st_mode))
        return TN_OK; /* a tar, an index or a pattern is one split */
    int status = tn__wds_list_info(root, out);
    if (status != TN_END)
        return status;
    status = list_words(root, out);
    const int indexed = status == TN_END ? has_wids(root) : 0;
    return indexed > 0 ? TN_OK : indexed < 0 ? indexed : status;
}
