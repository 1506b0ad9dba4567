/* SPDX-License-Identifier: MIT */
/* Checks whether a pack can hold a data set. See packable.h.
 *
 * A pack keeps one class for each sample, and a name that is the path of a file: unpacking writes
 * the files there. Class folders have both. Other sources may not. */
#include "jobs/pack/packable.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "data/pack/names.h"

static int check_labels(const tn__source *source)
{
    const tn__label_shape shape = source->label_shape;
    const int32_t n_classes = source->n_classes;
    if (shape.kind != TN_LABEL_INT)
        return tn__fail(
            TN_EINVAL,
            "the data set \"%s\" has labels of another kind: a pack keeps one class for "
            "each sample",
            source->root);
    for (int64_t i = 0; i < source->n_samples; i++) {
        const int64_t label = tn__source_class(source, i);
        if (label < 0 || label >= n_classes)
            return tn__fail(TN_EINVAL, "\"%s\" is in no class: a pack keeps one for each sample",
                            tn__source_name(source, i));
    }
    return TN_OK;
}

static int fail_name(const char *name, const char *reason)
{
    return tn__fail(TN_EINVAL,
                    "the name \"%s\" %s: a pack needs names that files of one folder can "
                    "have",
                    name, reason);
}

/* Checks names, which stand in the text one after the other, each with its NUL. */
static int check_list(const tn__text *all, const char **names, int64_t n)
{
    tn__name_clash clash;
    const char *at = all->chars;
    for (int64_t i = 0; i < n; i++) {
        names[i] = at;
        if (!tn__name_is_safe(at))
            return fail_name(at, "is not a path inside a folder");
        at += strlen(at) + 1;
    }
    const int status = tn__names_check(names, n, &clash);
    if (status != TN_OK || clash.kind == TN__NAMES_UNIQUE)
        return status;
    return fail_name(names[clash.sample], clash.kind == TN__NAMES_TWICE
                                              ? "occurs twice"
                                              : "is that of a file and of a folder");
}

static int check_names(const tn__source *source)
{
    tn__text all = {0};
    char name[TN__NAME_BYTES];
    const size_t n = (size_t)source->n_samples;
    for (size_t i = 0; i < n && !all.failed; i++)
        tn__text_add_bytes(&all, name, source->ops->name(source, (int64_t)i, name) + 1);
    const char **const names = calloc(n + 1, sizeof *names);
    const int status = all.failed || !names ? tn__fail_memory("names", all.capacity)
                                            : check_list(&all, names, (int64_t)n);
    free(names);
    tn__text_free(&all);
    return status;
}

int tn__pack_check(const tn__source *source)
{
    if (tn__source_hint(source, 0))
        return tn__fail(
            TN_EINVAL,
            "the data set \"%s\" holds pixels, not image files: there is nothing to pack",
            source->root);
    const int status = check_labels(source);
    return status == TN_OK ? check_names(source) : status;
}
