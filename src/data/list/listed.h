/* SPDX-License-Identifier: MIT */
/* The samples of a list in a listing, which is kept in the user's cache: files of their own, whose
 * names are their paths. */
#ifndef TENCH_DATA_LIST_LISTED_H
#define TENCH_DATA_LIST_LISTED_H

#include "data/classmap.h"
#include "data/kind.h"
#include "data/listing/draft.h"

typedef struct tn__listed_plan {
    const tn_dataset_options *dataset; /* its root is the list */
    const char *folder;                /* that relative paths begin in */
    const char *key;                   /* says how the list is read */
    tn__listed_file file;              /* the list when it was opened */
} tn__listed_plan;

/* Reads the facts of the list. TN_EIO. */
int tn__listed_look(const char *path, tn__listed_plan *plan);
/* Opens the source that the cache has of the list. False: it has none. *out NULL: failure, TN_EIO
 * or TN_ENOMEM. */
bool tn__listed_load(const tn__listed_plan *plan, tn__source **out);
/* Makes the source of a draft, whose labels are numbers of the classes, and keeps it in the cache.
 * NULL: TN_EIO, TN_ENOMEM. */
tn__source *tn__listed_make(const tn__listed_plan *plan, const tn__draft *draft,
                            const tn__classmap *classes);

#endif
