/* SPDX-License-Identifier: MIT */
/* Finds the files of a data set by the end of their names. See shards.h. */
#include "data/shards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "data/root.h"

enum { LEAST = 64 };

void tn__shards_free(tn__shards *shards)
{
    for (uint32_t i = 0; i < shards->n; i++)
        free(shards->names[i]);
    free(shards->names);
    *shards = (tn__shards){0};
}

int tn__shards_add(tn__shards *shards, const char *name)
{
    if (shards->n == TN__MAX_SHARDS)
        return tn__fail(TN_ELIMIT, "more than %d files in one data set", TN__MAX_SHARDS);
    if (shards->n == shards->capacity) {
        const uint32_t capacity = shards->capacity ? 2 * shards->capacity : LEAST;
        char **const names = realloc(shards->names, capacity * sizeof *names);
        if (!names)
            return tn__fail_memory("a list of files", capacity * sizeof *names);
        shards->names = names;
        shards->capacity = capacity;
    }
    char *const copy = strdup(name);
    if (!copy)
        return tn__fail_memory("a list of files", strlen(name));
    shards->names[shards->n++] = copy;
    return TN_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_entries(DIR *stream, const char *suffix, tn__shards *out)
{
    const struct dirent *entry;
    int status = TN_OK;
    while (status == TN_OK && (entry = tn__next_entry(stream)))
        if (entry->d_name[0] != '.' && tn__ends_with(entry->d_name, suffix))
            status = tn__shards_add(out, entry->d_name);
    return status == TN_OK && errno != 0 ? tn__fail_errno(errno) : status;
}

int tn__shards_find(const char *folder, const char *suffix, const char *data_set, tn__shards *out)
{
    const uint32_t first = out->n;
    DIR *const stream = tn__open_folder(folder);
    if (!stream)
        return tn__root_fail(data_set);
    const int status = add_entries(stream, suffix, out);
    closedir(stream);
    if (status != TN_OK)
        return tn__error_prefix("data set \"%s\"", data_set);
    if (out->n > first)
        qsort(out->names + first, out->n - first, sizeof *out->names, compare_names);
    return TN_OK;
}

int tn__shards_at(const char *root, const char *suffix, bool *is_one, tn__text *folder,
                  tn__shards *out)
{
    struct stat facts;
    if (!tn__stat(root, &facts))
        return tn__root_fail(root);
    *is_one = !S_ISDIR(facts.st_mode);
    if (*is_one)
        tn__path_folder(root, strlen(root), folder);
    else
        tn__text_add(folder, root);
    if (folder->failed)
        return tn__fail_memory("a path", folder->capacity);
    return *is_one ? tn__shards_add(out, tn__path_leaf(root))
                   : tn__shards_find(root, suffix, root, out);
}
