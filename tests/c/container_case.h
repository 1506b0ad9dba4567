/* SPDX-License-Identifier: MIT */
/* The tests of containers: a tree with a cache of its own, and opening a container in it. */
#ifndef TENCH_TESTS_CONTAINER_CASE_H
#define TENCH_TESTS_CONTAINER_CASE_H

#include <stdlib.h>

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

/* Reads all samples, whatever they are, and destroys the data set, which may be NULL. */
static inline void container_exhaust(tn_dataset *dataset)
{
    tn__buffer buffer = {0};
    for (int64_t s = 0; dataset && s < tn_dataset_count(dataset); s++)
        (void)tn__dataset_read(dataset, s, &buffer);
    tn_dataset_destroy(dataset);
    tn__buffer_free(&buffer);
}

#endif
