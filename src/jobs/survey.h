/* SPDX-License-Identifier: MIT */
/* A survey: the headers of all samples of a data set, read by threads, and what they add up to. */
#ifndef TENCH_JOBS_SURVEY_H
#define TENCH_JOBS_SURVEY_H

#include "codec/codec.h"
#include "data/dataset.h"
#include "data/finding.h"
#include "tench.h"

/* What is kept of one header. */
typedef struct tn__header {
    const char *format; /* NULL: it could not be used */
    int64_t file_bytes;
    int32_t w, h;
    int16_t channels, bits, orientation, progressive;
} tn__header;

struct tn_survey {
    tn_dataset *dataset;
    int64_t n_samples;
    tn__header *headers; /* dropped once they are counted */
    tn__findings faults;
    tn_file_kind *kinds;
    tn_survey_facts facts;
};

/* Threads at least 1. NULL: TN_ENOMEM, TN_ESTOPPED. */
tn_survey *tn__survey_create(tn_dataset *dataset, int32_t n_threads, bool progress);
void tn__survey_destroy(tn_survey *survey);

#endif
