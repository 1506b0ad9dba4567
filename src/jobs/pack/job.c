/* SPDX-License-Identifier: MIT */
/* What the pack and unpack tasks share. See job.h. */
#include "jobs/pack/job.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "base/show.h"

tn__pack_job *tn__pack_job_make(const tn__task_ops *ops, tn_dataset *dataset, const char *path)
{
    tn__pack_job *const job = (tn__pack_job *)tn__task_make(ops, sizeof *job, dataset);
    if (!job)
        return NULL;
    job->folder = job->writer.file = job->journal.file = -1;
    job->facts = (tn_pack_facts){.samples = job->task.n, .whole = TN_NO};
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->advanced, NULL);
    job->path = strdup(path);
    if (!job->path) {
        tn__fail_memory("a path", strlen(path));
        tn__task_destroy(&job->task);
        return NULL;
    }
    for (size_t n = strlen(path); n > 1 && job->path[n - 1] == '/'; n--)
        job->path[n - 1] = '\0';
    return job;
}

void tn__pack_count(tn_pack_facts *facts, uint32_t kind, int64_t file_bytes, int64_t record_bytes)
{
    switch (kind) {
    case TN__PACK_COEFFICIENTS:
        facts->coefficients++;
        facts->jpeg_bytes += file_bytes;
        facts->coefficient_bytes += record_bytes;
        break;
    case TN__PACK_PIXELS_AND_FILE: facts->kept_files++; __attribute__((fallthrough));
    case TN__PACK_PIXELS:
        facts->pixels++;
        facts->pixel_file_bytes += file_bytes;
        facts->pixel_bytes += record_bytes;
        break;
    default: break;
    }
}

void tn__pack_job_note(tn__pack_job *job, const char *name, const char *format, ...)
{
    char sentence[TN__MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (job->notes.length > 0)
        tn__text_add(&job->notes, "\n");
    tn__text_show(&job->notes, name);
    tn__text_add(&job->notes, sentence);
}

/* True if the path still leads to the open folder: another job may have renamed it. */
static bool is_still(const tn__pack_job *job, const char *folder)
{
    struct stat by_path, open;
    return tn__stat(folder, &by_path) && tn__stat_open(job->folder, &open) &&
           by_path.st_ino == open.st_ino && by_path.st_dev == open.st_dev;
}

int tn__pack_job_own(tn__pack_job *job, const char *folder)
{
    const int follow = job->temporary ? O_NOFOLLOW : 0; /* the user did not choose this name */
    int status = tn__folder_make(folder, &job->made);
    if (status != TN_OK)
        return status;
    job->folder = tn__open(folder, O_RDONLY | O_DIRECTORY | follow);
    if (job->folder < 0)
        return tn__fail_system(errno, "%s: cannot open this folder", folder);
    const int lock = tn__folder_lock(job->folder);
    if (lock == TN__LOCK_NONE)
        tn__pack_job_note(
            job, folder,
            ": this file system has no locks (%s): make sure that no other process writes there",
            strerror(errno));
    if (lock == TN__LOCK_TAKEN || !is_still(job, folder))
        return tn__fail(TN_EINVAL, "%s is being written by another process", folder);
    return TN_OK;
}

DIR *tn__pack_job_list(const tn__pack_job *job, const char *folder)
{
    const int again = tn__open_at(job->folder, ".", O_RDONLY | O_DIRECTORY);
    DIR *const list = again >= 0 ? fdopendir(again) : NULL;
    if (list)
        return list;
    tn__fail_system(errno, "%s: cannot read this folder", folder);
    if (again >= 0)
        close(again);
    return NULL;
}

const char *tn__pack_job_next(DIR *list, const char *folder, int *status)
{
    const struct dirent *const entry = tn__next_entry(list);
    if (!entry && errno != 0)
        *status = tn__fail_system(errno, "%s: cannot read this folder", folder);
    return entry ? entry->d_name : NULL;
}

void tn__pack_job_stop(tn_task *task)
{
    tn__pack_job *const job = (tn__pack_job *)task;
    pthread_mutex_lock(&job->lock);
    job->ended = true;
    pthread_cond_broadcast(&job->advanced);
    pthread_mutex_unlock(&job->lock);
}

int64_t tn__pack_job_done(tn_task *task)
{
    tn__pack_job *const job = (tn__pack_job *)task;
    pthread_mutex_lock(&job->lock);
    const int64_t n_done = job->facts.done;
    pthread_mutex_unlock(&job->lock);
    return n_done;
}

/* Restores the state of the folder if nothing in it is kept. */
static void remove_unused(tn__pack_job *job)
{
    if (job->begun && job->journal.file >= 0 && job->facts.kept == 0)
        (void)unlinkat(job->folder, TN__PACK_JOURNAL, 0);
    if (job->made && !job->temporary)
        (void)rmdir(job->path); /* fails if it holds anything */
}

void tn__pack_job_dispose(tn_task *task)
{
    tn__pack_job *const job = (tn__pack_job *)task;
    tn__shard_drop(&job->writer);
    remove_unused(job);
    tn__inputs_close(&job->journal);
    for (int32_t i = 0; i < job->n_waiting; i++)
        tn__blob_free(&job->waiting[i].record);
    free(job->waiting);
    for (int32_t i = 0; i < job->n_ranges; i++)
        if (job->splits[i])
            tn__dataset_release(job->splits[i]);
    free(job->entries);
    free(job->inputs);
    tn__text_free(&job->notes);
    free(job->temporary);
    free(job->path);
    if (job->folder >= 0)
        close(job->folder);
    pthread_cond_destroy(&job->advanced);
    pthread_mutex_destroy(&job->lock);
    tn__task_free(task);
}

void tn__pack_facts(tn__pack_job *job, tn_pack_facts *out)
{
    pthread_mutex_lock(&job->lock);
    *out = job->facts;
    out->notes = job->task.is_running || !job->notes.chars ? "" : job->notes.chars;
    pthread_mutex_unlock(&job->lock);
}
