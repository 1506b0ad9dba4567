/* SPDX-License-Identifier: MIT */
/* Finds the samples of a tar by timm's rules: files with a wanted extension, at any depth; and the
 * same in each tar that lies in it, but not in a tar in that one. The folder that holds a file
 * names its class; a file at the top of a tar has the class that the tar's name gives. */
#ifndef TENCH_DATA_TAR_FIND_H
#define TENCH_DATA_TAR_FIND_H

#include <stdint.h>

#include "data/extensions.h"
#include "data/listing/draft.h"
#include "data/listing/watch.h"

/* A tar to search. */
typedef struct tn__tar_search {
    int descriptor;
    int64_t bytes;    /* length of the file */
    const char *stem; /* class of files at its top; "" if the tar is the whole data set */
    const tn__extensions *extensions;
    tn__listing_watch *watch;
} tn__tar_search;

/* Adds the samples in tars in the tar to the first draft, and its own to the second: so timm orders
 * equal names. TN_EDECODE: the tar is damaged, or an image in it is a hard link or a sparse file;
 * and failures of tn__tar_next and tn__draft_add. */
int tn__tar_find(const tn__tar_search *search, tn__draft drafts[2]);

#endif
