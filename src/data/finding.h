/* SPDX-License-Identifier: MIT */
/* Lists of findings, which threads fill: faults of a survey, findings of a verification, warnings
 * of an index. */
#ifndef TENCH_DATA_FINDING_H
#define TENCH_DATA_FINDING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/source.h"

typedef struct tn__finding {
    int64_t sample;       /* -1: none */
    int32_t code;         /* a status; TN_OK if nothing failed */
    int32_t system_error; /* errno; 0: none */
    int32_t kind;         /* the owner of the list defines it */
    int32_t guesses;
    int32_t row; /* -1: not known; the same holds for byte */
    int64_t byte;
    const char *stage;    /* static */
    char *name, *message; /* name: the sample's; "": none */
} tn__finding;

typedef struct tn__findings {
    const tn__source *source; /* of the samples */
    pthread_mutex_t lock;     /* guards all below; no other lock is taken under it */
    tn__finding *list;
    size_t n, capacity;
    size_t most; /* findings that are kept; 0: all */
} tn__findings;

void tn__findings_init(tn__findings *findings, const tn__source *source, size_t most);
void tn__findings_free(tn__findings *findings);
/* Adds a copy, with copies of `message` and of the sample's name. TN_ENOMEM. */
int tn__findings_add(tn__findings *findings, const tn__finding *finding, const char *message);
/* Adds this thread's last failure as a finding on the sample. TN_ENOMEM. */
int tn__findings_add_failure(tn__findings *findings, int64_t sample, int32_t kind);
/* The same, unless the machine is the reason, not the file: then returns the failure's status. */
int tn__findings_add_fault(tn__findings *findings, int64_t sample, int32_t kind);
int64_t tn__findings_count(tn__findings *findings);
/* Copies finding `place`, but not its texts; false if there is none. */
bool tn__findings_at(tn__findings *findings, int64_t place, tn__finding *out);
/* Sorts by sample, and by kind for each sample. */
void tn__findings_sort(tn__findings *findings);

#endif
