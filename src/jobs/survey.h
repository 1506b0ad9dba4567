/* SPDX-License-Identifier: MIT */
/* The survey task: reads the headers of all samples, and sums them up. */
#ifndef TENCH_JOBS_SURVEY_H
#define TENCH_JOBS_SURVEY_H

#include "data/finding.h"
#include "jobs/task.h"
#include "tench.h"

/* The facts of one header. */
typedef struct tn__header {
    const char *format; /* static; NULL: the header was not read, or is a fault */
    int64_t file_bytes;
    int32_t w, h;
    int16_t channels, bits, orientation;
    bool progressive, palette;
} tn__header;

typedef struct tn__survey {
    tn_task task;
    tn__header *headers; /* by sample; freed when they have been summed up */
    tn__findings faults;
    tn_file_kind *kinds;
    tn_survey_facts facts; /* summed up at the end */
} tn__survey;

/* Threads at least 1. NULL: TN_ENOMEM. */
tn_task *tn__survey_start(tn_dataset *dataset, int32_t n_threads);
void tn__survey_facts(tn__survey *survey, tn_survey_facts *out);

#endif
