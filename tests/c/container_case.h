/* SPDX-License-Identifier: MIT */
/* The tests of containers: a tree with a cache of its own, and opening a container in it. */
#ifndef TENCH_TESTS_CONTAINER_CASE_H
#define TENCH_TESTS_CONTAINER_CASE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "tree.h"

/* Makes a tree. Lists of samples are kept in its folder `cache`. */
static inline tree container_tree(void)
{
    const tree made = tree_make();
    tree_folder(&made, "cache/");
    setenv("XDG_CACHE_HOME", tree_path(&made, "cache"), 1);
    return made;
}

/* Opens a container. split NULL: all splits; source NULL: its contents tell the kind. */
static inline tn_dataset *container_open(const char *root, const char *split, const char *source)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = root,
                                        .split = split,
                                        .source = source,
                                        .threads = 2};
    return tn_dataset_create(&options);
}

/* The bytes of a sample, which are a text; valid until the next call. */
static inline const char *container_text(const tn_dataset *dataset, int64_t sample)
{
    static tn__buffer buffer;
    ck_assert_msg(tn__dataset_read(dataset, sample, &buffer) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(buffer.file_bytes, (int64_t)buffer.size);
    ck_assert_uint_eq(strlen((const char *)buffer.bytes), buffer.size); /* zeros follow */
    return (const char *)buffer.bytes;
}

/* Reads all samples, whatever they are, and destroys the data set, which may be NULL. */
static inline void container_exhaust(tn_dataset *dataset)
{
    tn__buffer buffer = {0};
    for (int64_t s = 0; dataset && s < tn_dataset_count(dataset); s++)
        (void)tn__dataset_read(dataset, s, &buffer);
    tn_dataset_destroy(dataset);
    tn__buffer_free(&buffer);
}

/* Writes a label: numbers with commas between them, integers in brackets. */
static inline void container_show_label(const tn_dataset *dataset, int64_t sample, char *shown,
                                        size_t room)
{
    tn_label label = {.size = (int32_t)sizeof label};
    size_t n = 0;
    ck_assert_int_eq(tn_dataset_label_of(dataset, sample, &label), TN_OK);
    shown[0] = '\0';
    if (label.kind == TN_LABEL_TEXT) {
        snprintf(shown, room, "%s", label.text);
        return;
    }
    const bool are_integers = label.kind == TN_LABEL_INTS;
    ck_assert(are_integers || label.kind == TN_LABEL_FLOATS);
    for (int64_t i = 0; i < label.n; i++)
        n += are_integers ? (size_t)snprintf(shown + n, room - n, "%s%lld", i > 0 ? "," : "[",
                                             (long long)label.ints[i])
                          : (size_t)snprintf(shown + n, room - n, "%s%.9g", i > 0 ? "," : "",
                                             (double)label.floats[i]);
    if (are_integers)
        snprintf(shown + n, room - n, "%s", label.n > 0 ? "]" : "[]");
}

#endif
