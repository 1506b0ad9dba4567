/* SPDX-License-Identifier: MIT */
/* Makes a listing of drafts: gives labels to classes, puts the samples into their order, and writes
 * the form that format.md describes. */
#ifndef TENCH_DATA_LISTING_MAKE_H
#define TENCH_DATA_LISTING_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/classmap.h"
#include "data/listing/draft.h"
#include "data/listing/listing.h"

typedef struct tn__listing_wanted {
    const char *key; /* says how the samples were chosen */
    const tn__listed_file *files;
    uint32_t n_files;
    const tn__draft *drafts;
    size_t n_drafts;
    /* The classes; samples of other classes are left out, and counted. NULL: the classes that the
     * samples name, in natural order; or, if the labels are numbers, the numbers. */
    const tn__classmap *classes;
    /* The classes whose numbers the integers of the drafts are, if they are not those of `classes`:
     * then `classes` gives a class of this name its label. NULL: they are. */
    const tn__classmap *numbered;
    const char *class_map; /* the path of the class map that `classes` are from; NULL: of none */
    bool in_natural_order; /* of their names; else in the order of the drafts */
    int32_t n_threads;
} tn__listing_wanted;

/* TN_ELIMIT: too many classes; TN_EDECODE: a label without a class; TN_ENOMEM. */
int tn__listing_make(const tn__listing_wanted *wanted, tn__listing *out);

#endif
