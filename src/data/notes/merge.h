/* SPDX-License-Identifier: MIT */
/* Merges the journals of a store into its index file. See format.md. */
#ifndef TENCH_DATA_NOTES_MERGE_H
#define TENCH_DATA_NOTES_MERGE_H

#include "data/finding.h"
#include "data/notes/store.h"
#include "data/source.h"

/* Writes a new index file beside the old one and then renames it: first the notes of the old one,
 * then those of all journals that no living process holds; the last note of an owner wins. Then
 * removes those journals. `own`: a journal of this process that belongs to them, or NULL. Does
 * nothing if there are no journals. One process at a time merges; another one waits up to wait_ms
 * (TN_ETIMEOUT names the process that it waited for). After a failure (also TN_EIO, TN_ENOMEM) all
 * files are as before. `warnings` gets troubles that are not a failure. */
int tn__notes_merge(const tn__store *store, const tn__source *source, const char *own,
                    int32_t wait_ms, tn__findings *warnings);

#endif
