/* SPDX-License-Identifier: MIT */
/* Indexing ahead: all files of a data set that have no index yet, by threads. */
#ifndef TENCH_JOBS_INDEX_H
#define TENCH_JOBS_INDEX_H

#include "base/text.h"
#include "data/notes/notes.h"
#include "jobs/task.h"

typedef struct tn__indexing {
    tn_task task;
    tn__notes *notes; /* its own: the data set's may be one that builds nothing */
    bool force;
    atomic_llong built, known, file_bytes;
    atomic_llong without[TN__NOTE_KINDS]; /* files that have no index, by kind of their note */
    tn__findings faults;
    tn__text path; /* known at the end; so is index_bytes */
    int64_t index_bytes;
} tn__indexing;

/* Options that were checked. NULL: TN_EIO, TN_EDECODE, TN_ENOMEM. */
tn_task *tn__index_start(tn_dataset *dataset, const tn_index_options *options);
void tn__index_facts(tn__indexing *indexing, tn_index_facts *out);

#endif
