/* SPDX-License-Identifier: MIT */
/* Reads the headers of all samples. See survey.h. */
#include "data/survey.h"

#include <stdlib.h>

#include "base/each.h"
#include "base/error.h"

enum { BLOCK = 4 }; /* samples that a thread draws at once */

void tn__survey_destroy(tn_survey *survey)
{
    tn__findings_free(&survey->faults);
    free(survey->kinds);
    free(survey->headers);
    tn__dataset_release(survey->dataset);
    free(survey);
}

static int look_at(void *shared, void *own, int64_t sample)
{
    tn_survey *const survey = shared;
    tn__info info;
    int64_t file_bytes = 0;
    const int status = tn__dataset_probe(survey->dataset, sample, own, &info, &file_bytes);
    if (status != TN_OK)
        return tn__findings_add_fault(&survey->faults, sample, 0);
    survey->headers[sample] = (tn__header){.format = info.format,
                                           .file_bytes = file_bytes,
                                           .w = info.w,
                                           .h = info.h,
                                           .channels = (int16_t)info.channels,
                                           .bits = (int16_t)info.bits,
                                           .orientation = (int16_t)info.orientation,
                                           .progressive = info.progressive};
    return TN_OK;
}

static void leave(void *own)
{
    tn__buffer_free(own);
}

static int fill(tn_survey *survey, int32_t n_threads, bool progress)
{
    const size_t n = (size_t)survey->n_samples;
    survey->headers = calloc(n, sizeof *survey->headers);
    if (!survey->headers)
        return tn__fail_memory("headers", n * sizeof *survey->headers);
    const tn__each_work work = {.name = "tench/survey",
                                .n = survey->n_samples,
                                .n_threads = n_threads,
                                .block = BLOCK,
                                .shared = survey,
                                .own_bytes = sizeof(tn__buffer),
                                .visit = look_at,
                                .leave = leave};
    const int status =
        tn__each_run(&work, (tn__each_watch){"reading headers", progress, survey->dataset->stop});
    return status == TN_OK ? tn__survey_count(survey) : status;
}

tn_survey *tn__survey_create(tn_dataset *dataset, int32_t n_threads, bool progress)
{
    tn_survey *const survey = calloc(1, sizeof *survey);
    if (!survey) {
        tn__fail_memory("a survey", sizeof *survey);
        return NULL;
    }
    survey->dataset = tn__dataset_keep(dataset);
    survey->n_samples = dataset->source->ops->count(dataset->source);
    tn__findings_init(&survey->faults, 0);
    if (fill(survey, n_threads, progress) == TN_OK)
        return survey;
    tn__survey_destroy(survey);
    return NULL;
}
