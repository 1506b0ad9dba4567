/* SPDX-License-Identifier: MIT */
/* Packing a data set, and unpacking a pack, by threads in the background.
 *
 * Threads draw positions of a fixed keyed permutation, so that the shards hold the samples in a
 * random order. They make records in any order; a short queue puts them in that of the positions
 * before they are written, so the bytes are the same for any number of threads. */
#ifndef TENCH_JOBS_PACK_JOB_H
#define TENCH_JOBS_PACK_JOB_H

#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/text.h"
#include "data/order.h"
#include "jobs/pack/shard.h"
#include "jobs/task.h"

/* A record that waits for those before it. */
typedef struct tn__pack_waiting {
    bool ready;
    uint32_t kind;
    int64_t sample;
    tn__input input;
    tn__blob record;
} tn__pack_waiting;

/* Samples that lie together in the data set, and at the same positions in the pack. */
typedef struct tn__pack_range {
    const char *split; /* its name, static; NULL: all samples */
    int64_t first;
    tn__order order;
} tn__pack_range;

typedef struct tn__pack_job {
    tn_task task;
    char *path;      /* that gets the files, without slashes at its end */
    char *temporary; /* of a folder that gets its name at the end; NULL: none */
    int folder;      /* descriptor of the folder that is written to */
    bool made;       /* the folder was not there before */
    bool begun;      /* the folder holds nothing but what this job may replace */
    int32_t layout;
    int64_t shard_bytes;
    /* Samples are packed range by range, each in an order of its own: the splits, or all. */
    int32_t n_ranges;
    tn__pack_range ranges[TN__MAX_SPLITS];
    tn_dataset *splits[TN__MAX_SPLITS]; /* opened alone; NULL: the data set has no splits */
    tn__inputs journal;                 /* of the files that are packed */
    tn__text notes;          /* written by the first thread and the last: read when they are done */
    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t advanced; /* the next position is another one, or the work ends early */
    bool ended;
    int64_t first, next; /* positions: the first that this job packs; the next to be written */
    int64_t n_compared;  /* files that are still, at the end, as they were packed */
    int32_t n_waiting;
    tn__pack_waiting *waiting; /* by position, modulo n_waiting */
    tn__shard_writer writer;
    tn__pack_entry *entries; /* by sample; so are the inputs */
    tn__input *inputs;
    uint32_t n_shards;
    tn_pack_facts facts;
} tn__pack_job;

void tn__pack_facts(tn__pack_job *job, tn_pack_facts *out);

/* What packing and unpacking share. */
tn__pack_job *tn__pack_job_make(const tn__task_ops *ops, tn_dataset *dataset, const char *path);
/* What the task_ops of both point at. */
void tn__pack_job_stop(tn_task *task);
int64_t tn__pack_job_done(tn_task *task);
void tn__pack_job_dispose(tn_task *task);
/* Adds a sentence about a file or folder to the job's notes: its name, shown, and the rest. */
void tn__pack_job_note(tn__pack_job *job, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Makes the folder, opens it and locks it. TN_EINVAL: another job has it; TN_EIO. */
int tn__pack_job_own(tn__pack_job *job, const char *folder);
/* What is in the folder, to be closed; NULL: TN_EIO. */
DIR *tn__pack_job_list(const tn__pack_job *job, const char *folder);
/* The next name in it; NULL at the end, and where *status is a failure. */
const char *tn__pack_job_next(DIR *list, const char *folder, int *status);

#endif
