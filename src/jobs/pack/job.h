/* SPDX-License-Identifier: MIT */
/* What the pack and unpack tasks share.
 *
 * Threads that pack draw positions of a fixed keyed permutation, so the shards hold the samples in
 * a random order. The threads make records in any order. A short queue sorts the records by
 * position before they are written, so the bytes are the same for any number of threads. */
#ifndef TENCH_JOBS_PACK_JOB_H
#define TENCH_JOBS_PACK_JOB_H

#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/text.h"
#include "data/order.h"
#include "data/split_names.h"
#include "jobs/pack/shard.h"
#include "jobs/task.h"

/* A record that waits for all records before it. */
typedef struct tn__pack_waiting {
    bool ready;
    uint32_t kind;
    int64_t sample;
    tn__input input;
    tn__blob record;
} tn__pack_waiting;

/* A range of samples in the data set that has the same range of positions in the pack. */
typedef struct tn__pack_range {
    const char *split; /* its name, static; NULL: all samples */
    int64_t first;
    tn__order order;
} tn__pack_range;

typedef struct tn__pack_job {
    tn_task task;
    char *path;      /* of the folder to make, without slashes at its end */
    char *temporary; /* path of a folder that is renamed to `path` at the end; NULL: none */
    int folder;      /* descriptor of the folder that gets the files */
    bool made;       /* this job made the folder */
    bool begun;      /* the folder holds only files that this job may replace */
    int32_t layout;
    bool keep_files; /* of pixels, the file too */
    int64_t shard_bytes;
    /* Samples are packed range by range, each in its own order. Splits are ranges; without splits
     * all samples are one range. */
    tn__splits found; /* their names */
    int32_t n_ranges;
    tn__pack_range ranges[TN__MAX_SPLITS];
    tn_dataset *splits[TN__MAX_SPLITS]; /* each opened alone; NULL: the data set has no splits */
    tn__inputs journal;                 /* of the files that are packed */
    /* For the user. Only the first thread and the last write them; they are read after both. */
    tn__text notes;
    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t advanced; /* `next` has changed, or the work ends early */
    bool ended;
    int64_t first, next; /* positions: the first that this job packs; the next to be written */
    int64_t n_compared;  /* files that were compared after packing */
    int32_t n_waiting;
    tn__pack_waiting *waiting; /* by position, modulo n_waiting */
    tn__shard_writer writer;
    tn__pack_entry *entries; /* by sample, like the inputs */
    tn__input *inputs;
    uint32_t n_shards;
    tn_pack_facts facts;
} tn__pack_job;

void tn__pack_facts(tn__pack_job *job, tn_pack_facts *out);
/* Counts a sample by the kind of its record. With the lock held. */
void tn__pack_count(tn_pack_facts *facts, uint32_t kind, int64_t file_bytes, int64_t record_bytes);

tn__pack_job *tn__pack_job_make(const tn__task_ops *ops, tn_dataset *dataset, const char *path);
/* For the tn__task_ops of both. */
void tn__pack_job_stop(tn_task *task);
int64_t tn__pack_job_done(tn_task *task);
void tn__pack_job_dispose(tn_task *task);
/* Adds a sentence about a file or folder to the job's notes: its name in shown form, then the rest.
 */
void tn__pack_job_note(tn__pack_job *job, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Makes the folder, opens it and locks it. TN_EINVAL: another job has locked it; TN_EIO. */
int tn__pack_job_own(tn__pack_job *job, const char *folder);
/* Opens a list of the names in the folder; the caller closes it. NULL: TN_EIO. */
DIR *tn__pack_job_list(const tn__pack_job *job, const char *folder);
/* The next name in the list; NULL at the end, or after a failure, which *status gets. */
const char *tn__pack_job_next(DIR *list, const char *folder, int *status);

#endif
