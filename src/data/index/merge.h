/* SPDX-License-Identifier: MIT */
/* Makes one store of a shelf's store and its journals. See format.md. */
#ifndef TENCH_DATA_INDEX_MERGE_H
#define TENCH_DATA_INDEX_MERGE_H

#include "data/index/shelf.h"
#include "data/source.h"

/* Writes a new store beside the old one and puts it in its place: records of the store, then of the
 * journals that no living process holds, the last one of a file counting; then removes those
 * journals. `own`: a journal of this process that is among them, or NULL. Processes that do so at
 * once wait for each other. Without journals nothing is done. On failure (TN_EIO, TN_ENOMEM) all is
 * as it was. */
int tn__index_merge(const tn__shelf *shelf, const tn__source *source, const char *own);

#endif
