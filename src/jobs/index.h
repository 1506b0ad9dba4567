/* SPDX-License-Identifier: MIT */
/* The index task: builds aids for all files of a data set that have none yet. */
#ifndef TENCH_JOBS_INDEX_H
#define TENCH_JOBS_INDEX_H

#include "base/text.h"
#include "data/aid.h"
#include "jobs/task.h"

typedef struct tn__indexing {
    tn_task task;
    tn__aids aids; /* its own: those of the data set may not be opened for writing */
    bool force;
    atomic_llong built, known, file_bytes;
    atomic_llong without[TN__AID_ANSWERS]; /* files without an aid, by reason */
    tn__findings faults;
    tn__text path; /* known at the end; so is index_bytes */
    int64_t index_bytes;
} tn__indexing;

/* Starts the task; the caller has checked the options. NULL: TN_EIO, TN_EDECODE, TN_ENOMEM. */
tn_task *tn__index_start(tn_dataset *dataset, const tn_index_options *options);
void tn__index_facts(tn__indexing *indexing, tn_index_facts *out);

#endif
