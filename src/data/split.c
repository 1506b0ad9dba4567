/* SPDX-License-Identifier: MIT */
/* Finds the folder of a split. See split.h. */
#include "data/split.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/open.h"

enum { MAX_SYNONYMS = 5 };

static const char *const synonyms[][MAX_SYNONYMS + 1] = {
    {"train", "training", NULL},
    {"val", "valid", "validation", "eval", "evaluation", NULL},
};

static bool exists_below(const char *root, const char *name, size_t length, tn__text *path)
{
    struct stat facts;
    tn__text_clear(path);
    tn__text_printf(path, "%s%s%.*s", root, root[strlen(root) - 1] == '/' ? "" : "/", (int)length,
                    name);
    return !path->failed && tn__stat(path->chars, &facts);
}

/* The row of synonyms that holds the name; NULL if none does. */
static const char *const *synonyms_of(const char *name, size_t length)
{
    for (size_t row = 0; row < sizeof synonyms / sizeof *synonyms; row++)
        for (const char *const *s = synonyms[row]; *s; s++)
            if (strlen(*s) == length && memcmp(*s, name, length) == 0)
                return synonyms[row];
    return NULL;
}

int tn__split_find(const char *root, const char *split, tn__text *out)
{
    const size_t length = strcspn(split, "[");
    bool found = length > 0 && exists_below(root, split, length, out);
    const char *const *name = synonyms_of(split, length);
    for (; !found && name && *name; name++)
        found = exists_below(root, *name, strlen(*name), out);
    if (!found) {
        tn__text_clear(out);
        tn__text_add(out, root);
    }
    return out->failed ? tn__fail_memory("a path", strlen(root)) : TN_OK;
}
