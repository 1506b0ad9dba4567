/* SPDX-License-Identifier: MIT */
/* Jobs that pack and unpack: their beginning, waiting, and end. See job.h. */
#include "data/pack/job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

tn_pack_job *tn__pack_job_make(tn_dataset *dataset, const char *path)
{
    tn_pack_job *const job = calloc(1, sizeof *job);
    if (!job)
        return tn__fail_null(TN_ENOMEM, "out of memory: a job");
    job->dataset = tn__dataset_keep(dataset);
    job->folder = job->writer.file = -1;
    job->n = dataset->source->ops->count(dataset->source);
    job->facts = (tn_pack_facts){.samples = job->n};
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->advanced, NULL);
    job->path = strdup(path);
    if (job->path)
        return job;
    tn__pack_job_destroy(job);
    return tn__fail_null(TN_ENOMEM, "out of memory: a path");
}

tn_pack_job *tn__pack_job_run(tn_pack_job *job, const tn__each_work *work)
{
    if (tn__each_start(&job->each, work) == TN_OK) {
        job->is_running = true;
        return job;
    }
    tn__pack_job_destroy(job);
    return NULL;
}

int tn__pack_job_wait(tn_pack_job *job, int32_t timeout_ms)
{
    if (!job->is_running)
        return job->status;
    if (!tn__each_wait(&job->each, timeout_ms))
        return tn__fail(TN_ETIMEOUT, "the job goes on");
    job->is_running = false;
    job->status = tn__each_end(&job->each);
    return job->status;
}

void tn__pack_job_stop(tn_pack_job *job)
{
    pthread_mutex_lock(&job->lock);
    job->ended = true;
    pthread_cond_broadcast(&job->advanced);
    pthread_mutex_unlock(&job->lock);
    if (job->is_running)
        tn__each_stop(&job->each);
}

void tn__pack_job_destroy(tn_pack_job *job)
{
    const tn__error error = *tn__error_last(); /* destroying leaves it alone */
    tn__pack_job_stop(job);
    (void)tn__pack_job_wait(job, -1);
    tn__shard_drop(&job->writer);
    for (int32_t i = 0; i < job->n_waiting; i++)
        tn__blob_free(&job->waiting[i].record);
    free(job->waiting);
    free(job->entries);
    free(job->temporary);
    free(job->path);
    if (job->folder >= 0)
        close(job->folder);
    pthread_cond_destroy(&job->advanced);
    pthread_mutex_destroy(&job->lock);
    tn__dataset_release(job->dataset);
    free(job);
    (void)tn__error_raise(&error);
}

void tn__pack_job_facts(tn_pack_job *job, tn_pack_facts *out)
{
    pthread_mutex_lock(&job->lock);
    *out = job->facts;
    pthread_mutex_unlock(&job->lock);
}
