/* SPDX-License-Identifier: MIT */
/* The table of kinds of sources, and the choice of one: by the text of a data set, or by what lies
 * at its root. */
#ifndef TENCH_DATA_SOURCES_H
#define TENCH_DATA_SOURCES_H

#include "data/kind.h"

/* The source of a data set's text, for example `tar path=x label=folder`. */
typedef struct tn__source_text {
    const tn__source_kind *kind; /* NULL: there is no text */
    tn__value value[TN__MAX_PARAMS];
} tn__source_text;

/* Entries of the registry, in the order of the kinds; NULL after the last one. */
const tn__spec *tn__source_spec(int32_t index);
/* Reads a text; NULL has no kind. The caller frees it, also after a failure. TN_EINVAL,
 * TN_ENOMEM. */
int tn__source_text_read(const char *text, tn__source_text *out);
void tn__source_text_free(tn__source_text *text);
/* The path in the text; NULL: it has none. */
const char *tn__source_text_path(const tn__source_text *text);
/* 1 if a kind other than the class folder claims the path, 0 if not; a negative status: the system
 * cannot tell. */
int tn__source_is_container(const char *path);
/* The first kind that claims what lies at the path. NULL: none does (TN_EINVAL), TN_EIO,
 * TN_ENOMEM. */
const tn__source_kind *tn__source_kind_at(const char *path);
/* Sets the values of a kind that no text named to their defaults. TN_EINVAL: a parameter has none,
 * so the kind needs a text. */
int tn__source_text_default(const tn__source_kind *kind, tn__source_text *out);

#endif
