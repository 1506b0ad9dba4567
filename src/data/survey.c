/* SPDX-License-Identifier: MIT */
/* Reads the headers of all samples. See survey.h.
 *
 * Threads draw blocks of samples from a counter. The calling thread waits and shows progress. */
#include "data/survey.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/thread.h"

enum { BLOCK = 4 }; /* samples that a thread draws at once */

typedef struct survey_job {
    tn_survey *survey;
    atomic_llong next, n_done;
    atomic_bool failed;
    pthread_mutex_t lock; /* guards n_working and error */
    pthread_cond_t over;
    int32_t n_working;
    tn__error error;
} survey_job;

void tn__survey_destroy(tn_survey *survey)
{
    for (size_t f = 0; f < survey->n_faults; f++)
        free(survey->faults[f].message);
    free(survey->faults);
    free(survey->kinds);
    free(survey->headers);
    pthread_mutex_destroy(&survey->lock);
    tn__dataset_release(survey->dataset);
    free(survey);
}

/* With the lock held. */
static int push_fault(tn_survey *survey, const tn__survey_fault *fault)
{
    if (survey->n_faults == survey->faults_capacity) {
        const size_t capacity = survey->faults_capacity ? 2 * survey->faults_capacity : 16;
        tn__survey_fault *const more = realloc(survey->faults, capacity * sizeof *more);
        if (!more) {
            tn__fail_memory("faults of a survey", capacity * sizeof *more);
            return TN_ENOMEM;
        }
        survey->faults = more;
        survey->faults_capacity = capacity;
    }
    survey->faults[survey->n_faults++] = *fault;
    return TN_OK;
}

/* Keeps this thread's recorded failure as the sample's fault. */
static int keep_fault(tn_survey *survey, int64_t sample)
{
    const tn__error *const error = tn__error_last();
    tn__survey_fault fault = {
        .sample = sample, .code = error->code, .stage = error->stage, .message = NULL};
    fault.message = strdup(error->message);
    if (!fault.message)
        return tn__fail_memory("a fault's message", strlen(error->message));
    pthread_mutex_lock(&survey->lock);
    const int status = push_fault(survey, &fault);
    pthread_mutex_unlock(&survey->lock);
    if (status != TN_OK)
        free(fault.message);
    return status;
}

static int look_at(tn_survey *survey, int64_t sample, tn__buffer *buffer)
{
    tn__info info;
    int64_t file_bytes = 0;
    const int status = tn__dataset_probe(survey->dataset, sample, buffer, &info, &file_bytes);
    if (status == TN_ENOMEM)
        return status;
    if (status != TN_OK)
        return keep_fault(survey, sample);
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

static int look_at_all(survey_job *job)
{
    tn_survey *const survey = job->survey;
    tn__buffer buffer = {0};
    int status = TN_OK;
    while (status == TN_OK && !atomic_load(&job->failed)) {
        const int64_t first = atomic_fetch_add(&job->next, BLOCK);
        const int64_t left = survey->n_samples - first;
        if (left <= 0)
            break;
        for (int64_t i = 0; status == TN_OK && i < (left < BLOCK ? left : BLOCK); i++) {
            status = look_at(survey, first + i, &buffer);
            atomic_fetch_add_explicit(&job->n_done, 1, memory_order_relaxed);
        }
    }
    tn__buffer_free(&buffer);
    return status;
}

static void *work(void *argument)
{
    survey_job *const job = argument;
    const int status = look_at_all(job);
    pthread_mutex_lock(&job->lock);
    if (status != TN_OK && !atomic_load(&job->failed)) {
        atomic_store(&job->failed, true);
        tn__error_take(&job->error);
    }
    job->n_working--;
    pthread_cond_signal(&job->over);
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

static void wait_and_show(survey_job *job, bool wanted)
{
    tn__progress progress;
    tn__progress_begin(&progress, wanted);
    pthread_mutex_lock(&job->lock);
    while (job->n_working > 0) {
        const struct timespec moment = tn__progress_next();
        pthread_cond_timedwait(&job->over, &job->lock, &moment);
        tn__progress_show(&progress, "reading headers: %lld of %lld", atomic_load(&job->n_done),
                          (long long)job->survey->n_samples);
    }
    pthread_mutex_unlock(&job->lock);
    tn__progress_end(&progress);
}

static int run(survey_job *job, int32_t n_threads, bool progress)
{
    tn__threads threads;
    pthread_mutex_lock(&job->lock); /* until n_working is known */
    const int status = tn__threads_start(&threads, "tench/survey", n_threads, work, job);
    job->n_working = threads.n;
    pthread_mutex_unlock(&job->lock);
    if (status != TN_OK)
        return status;
    wait_and_show(job, progress);
    tn__threads_join(&threads);
    return atomic_load(&job->failed) ? tn__error_raise(&job->error) : TN_OK;
}

static int fill(tn_survey *survey, int32_t n_threads, bool progress)
{
    const size_t n = (size_t)survey->n_samples;
    survey->headers = calloc(n, sizeof *survey->headers);
    if (!survey->headers)
        return tn__fail_memory("headers", n * sizeof *survey->headers);
    survey_job job = {
        .survey = survey, .lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};
    const int status = run(&job, n_threads, progress);
    pthread_cond_destroy(&job.over);
    pthread_mutex_destroy(&job.lock);
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
    pthread_mutex_init(&survey->lock, NULL);
    if (fill(survey, n_threads, progress) == TN_OK)
        return survey;
    tn__survey_destroy(survey);
    return NULL;
}
