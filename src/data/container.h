/* SPDX-License-Identifier: MIT */
/* Sources whose samples lie in few files: tars, for example. A kind says which files there are, and
 * lists the samples of one file; this module does the rest: threads, progress, the cache of
 * listings, and reading. */
#ifndef TENCH_DATA_CONTAINER_H
#define TENCH_DATA_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "data/classmap.h"
#include "data/files.h"
#include "data/listing/draft.h"
#include "data/listing/watch.h"
#include "data/shards.h"
#include "data/source.h"

/* A file to list. */
typedef struct tn__container_file {
    uint32_t number;
    const char *path;
    int descriptor;
    int64_t bytes;
    tn__listing_watch *watch; /* see tn__listing_step */
} tn__container_file;

typedef int tn__container_read(void *reader, tn__files *files, const tn__listed_place *place,
                               tn__extent extent, tn__buffer *buffer, int64_t *length);

typedef void tn__container_hint(const tn__listed_place *place, tn__hint *out);

typedef struct tn__container_plan {
    const tn_dataset_options *dataset;
    const char *folder;          /* that the files' paths begin in */
    const tn__shards *files;     /* paths, in the order of their samples */
    tn__text key;                /* says by which rules the samples are chosen */
    const tn__classmap *classes; /* whose numbers the labels are; NULL: the classes that the samples
                                    name. The option class_map gives their names other labels */
    bool in_natural_order;       /* of the names; else in the order of the files */
    /* Adds the samples of a file to two drafts; the first one's samples come first. Called by
     * several threads, each with another file. Messages need not name the file. */
    int (*list)(void *context, const tn__container_file *file, tn__draft drafts[2]);
    void *context;
    /* Reads a sample that is coded, as tn__read_extent reads one that is not. The offset and the
     * length of the extent are unused. NULL: no sample is coded. */
    tn__container_read *read_coded;
    void *reader; /* for read_coded; the source takes it over, also on failure */
    void (*free_reader)(void *reader);
    /* Says how to read the contents of a sample that is coded, if they have no header. NULL: all
     * have. */
    tn__container_hint *hint;
    tn__text nothing; /* what to say if no sample was found: "no member has …" */
} tn__container_plan;

/* Opens the source, and frees the plan's texts. NULL: TN_EINVAL (no samples), TN_EIO, TN_EDECODE,
 * TN_ELIMIT, TN_ENOMEM, TN_ESTOPPED. */
tn__source *tn__container_open(tn__container_plan *plan);

#endif
