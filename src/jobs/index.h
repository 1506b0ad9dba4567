/* SPDX-License-Identifier: MIT */
/* Indexing ahead: all files of a data set that have no index yet, by threads. */
#ifndef TENCH_JOBS_INDEX_H
#define TENCH_JOBS_INDEX_H

#include "base/each.h"
#include "data/dataset.h"
#include "data/notes/notes.h"
#include "tench.h"

struct tn_indexer {
    tn_dataset *dataset;
    tn__notes *index; /* of its own: the data set's may be one that builds nothing */
    bool force;
    tn__each each;
    bool is_running;
    int32_t status; /* of the end */
    atomic_llong built, known, file_bytes;
    atomic_llong without[TN__NOTE_KINDS]; /* by kind; files that have no index */
    tn__findings faults;
    tn__text path;
    int64_t index_bytes;
};

tn_indexer *tn__indexer_start(tn_dataset *dataset, const tn_index_options *options);
int tn__indexer_wait(tn_indexer *indexer, int32_t timeout_ms);
void tn__indexer_destroy(tn_indexer *indexer);
void tn__indexer_facts(const tn_indexer *indexer, tn_index_facts *out);

#endif
