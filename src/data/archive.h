/* SPDX-License-Identifier: MIT */
/* Archives of class folders as sources: a tar or a zip, or those of a folder. The folder in the
 * archive that holds a file names its class. A file at the top of an archive belongs to the class
 * that the archive's own name gives. */
#ifndef TENCH_DATA_ARCHIVE_H
#define TENCH_DATA_ARCHIVE_H

#include "data/container.h"
#include "data/extensions.h"
#include "data/kind.h"

/* A kind of archive. */
typedef struct tn__archive {
    const char *name, *suffix; /* "tar", ".tar" */
    const char *key; /* of its listings: changes with the rules by which samples are found */
    /* As in tn__container_plan; the context is a tn__archive_rules. */
    int (*list)(void *context, const tn__container_file *file, tn__draft drafts[2]);
    tn__container_read *read_coded;
} tn__archive;

/* What listing an archive needs to know. */
typedef struct tn__archive_rules {
    const tn__archive *kind;
    tn__extensions extensions; /* of images */
    bool is_one;               /* the root is an archive: its name gives no class */
} tn__archive_rules;

/* Writes the class of the files at the top of an archive: "n01" for n01.tar, or "". */
void tn__archive_class(const tn__archive_rules *rules, const tn__container_file *file,
                       char out[TN__NAME_BYTES]);
/* Opens the archive at the root, or those of the folder there. Failures of tn__container_open. */
tn__source *tn__archive_open(const tn__archive *kind, const tn__source_options *options);

#endif
