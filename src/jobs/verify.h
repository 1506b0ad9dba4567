/* SPDX-License-Identifier: MIT */
/* The verify task: reads and decodes every sample whole, and compares it with its note in the
 * index.
 */
#ifndef TENCH_JOBS_VERIFY_H
#define TENCH_JOBS_VERIFY_H

#include <pthread.h>
#include <stdatomic.h>

#include "data/aid.h"
#include "data/finding.h"
#include "jobs/task.h"

typedef struct tn__verification {
    tn_task task;
    tn__aids aids;
    pthread_mutex_t large; /* held while an image is decoded that takes much memory */
    atomic_llong file_bytes, indexed;
    atomic_llong samples[TN_FOUND_INDEX + 1]; /* by finding */
    tn__findings findings;
} tn__verification;

/* Threads at least 1. NULL: TN_EIO, TN_EDECODE, TN_ENOMEM. */
tn_task *tn__verify_start(tn_dataset *dataset, int32_t n_threads);
void tn__verify_facts(tn__verification *verification, tn_verify_facts *out);

#endif
