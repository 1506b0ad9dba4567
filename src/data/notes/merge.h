/* SPDX-License-Identifier: MIT */
/* Makes one index file of a store's index file and its journals. See format.md. */
#ifndef TENCH_DATA_NOTES_MERGE_H
#define TENCH_DATA_NOTES_MERGE_H

#include "data/finding.h"
#include "data/notes/store.h"
#include "data/source.h"

/* Writes a new index file beside the old one and puts it in its place: records of the index file,
 * then of all journals that no living process holds, the last one of a file counting; then removes
 * those journals. `own`: a journal of this process that is among them, or NULL. Without journals
 * nothing is done. One process at a time does so: another one waits up to wait_ms (TN_ETIMEOUT with
 * the process that it waited for). On this and on other failures (TN_EIO, TN_ENOMEM) all is as it
 * was. `warnings` gets what is no failure. */
int tn__notes_merge(const tn__store *store, const tn__source *source, const char *own,
                    int32_t wait_ms, tn__findings *warnings);

#endif
