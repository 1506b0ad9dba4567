/* SPDX-License-Identifier: MIT */
/* Kinds of sources. Each has a file with its entry; sources.c has the table of all. For
 * implementers:
 *
 * - `claims` looks at what lies at a path. tench asks the kinds in the order of the table, and only
 *   if the user named none.
 * - `open` lists the samples. It uses options->threads threads, reports progress, and stops when
 *   the caller asks for it. Its messages name the file.
 * - A root for which the kind lists no splits of its own is divided by folders: the split train of
 *   a data set is the folder train below its root, and `open` gets that folder as its root. */
#ifndef TENCH_DATA_KIND_H
#define TENCH_DATA_KIND_H

#include "data/root.h"
#include "data/source.h"
#include "data/split_names.h"
#include "spec/arguments.h"

struct tn__source_kind;

/* What to open. */
typedef struct tn__source_options {
    const struct tn__source_kind *kind;
    /* The root is that of the split, without slashes at its end; all defaults are filled in.
     * `split` is NULL, a name that `splits` listed, or what `is_split` takes. */
    const tn_dataset_options *dataset;
    const tn__value *value; /* of the kind's parameters */
} tn__source_options;

typedef struct tn__source_kind {
    tn__spec spec; /* aliases are names of create_dataset; one with "/" at its end is a prefix */
    bool needs_folder; /* no file alone is such a data set */
    /* 1 if this kind opens what lies at the root, 0 if not; a negative status: the system cannot
     * tell. NULL: the kind is opened only by name. */
    int (*claims)(tn__root_facts *root);
    /* Lists the splits at the root. TN_END: nothing of this kind lies directly there, so folders
     * may divide it. TN_EIO, TN_EDECODE, TN_ENOMEM. */
    int (*splits)(const tn__source_options *options, tn__splits *out);
    /* True for a split that is not a name, but says itself what belongs to it. NULL: splits are
     * names. */
    bool (*is_split)(const char *split);
    /* The split that timm evaluates on, if none has a name for validation; NULL: none. */
    const char *validation;
    /* NULL: TN_EINVAL, TN_EIO, TN_EDECODE, TN_ELIMIT, TN_ENOMEM, TN_ESTOPPED. */
    tn__source *(*open)(const tn__source_options *options);
} tn__source_kind;

/* Parameters that kinds share: `path`. */
extern const tn__param tn__kind_params[];
/* The value of one of the kind's parameters. */
const tn__value *tn__kind_value(const tn__source_options *options, const char *name);

#endif
