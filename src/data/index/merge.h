/* SPDX-License-Identifier: MIT */
/* Makes one store of a shelf's store and its journals. See format.md. */
#ifndef TENCH_DATA_INDEX_MERGE_H
#define TENCH_DATA_INDEX_MERGE_H

#include "data/finding.h"
#include "data/index/shelf.h"
#include "data/source.h"

/* Writes a new store beside the old one and puts it in its place: records of the store, then of all
 * journals that no living process holds, the last one of a file counting; then removes those
 * journals. `own`: a journal of this process that is among them, or NULL. Without journals nothing
 * is done. One process at a time does so: another one waits up to wait_ms (TN_ETIMEOUT with the
 * process that it waited for). On this and on other failures (TN_EIO, TN_ENOMEM) all is as it was.
 * `warnings` gets what is no failure. */
int tn__index_merge(const tn__shelf *shelf, const tn__source *source, const char *own,
                    int32_t wait_ms, tn__findings *warnings);

#endif
