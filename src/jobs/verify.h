/* SPDX-License-Identifier: MIT */
/* Verification: every sample of a data set read and decoded whole, and compared with what its index
 * knows of it. */
#ifndef TENCH_JOBS_VERIFY_H
#define TENCH_JOBS_VERIFY_H

#include "base/each.h"
#include "data/dataset.h"
#include "data/finding.h"
#include "tench.h"

struct tn_verifier {
    tn_dataset *dataset;
    tn__notes *index; /* NULL: there is none */
    tn__each each;
    bool is_running;
    int32_t status;        /* of the end */
    pthread_mutex_t large; /* held while an image is decoded that takes much memory */
    atomic_llong file_bytes, indexed;
    atomic_llong samples[TN_FOUND_INDEX + 1]; /* by finding */
    tn__findings findings;
};

/* Threads at least 1. NULL: TN_ENOMEM. */
tn_verifier *tn__verifier_start(tn_dataset *dataset, int32_t n_threads);
int tn__verifier_wait(tn_verifier *verifier, int32_t timeout_ms);
void tn__verifier_destroy(tn_verifier *verifier);
void tn__verifier_facts(const tn_verifier *verifier, tn_verify_facts *out);

#endif
