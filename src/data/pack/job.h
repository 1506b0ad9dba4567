/* SPDX-License-Identifier: MIT */
/* Packing a data set, and unpacking a pack, by threads in the background.
 *
 * Threads draw positions of a fixed keyed permutation, so that the shards hold the samples in a
 * random order. They make records in any order; a short queue puts them in that of the positions
 * before they are written, so the bytes are the same for any number of threads. */
#ifndef TENCH_DATA_PACK_JOB_H
#define TENCH_DATA_PACK_JOB_H

#include <pthread.h>
#include <stdbool.h>

#include "base/each.h"
#include "data/dataset.h"
#include "data/pack/shard.h"
#include "load/order.h"

/* A record that waits for those before it. */
typedef struct tn__pack_waiting {
    bool ready;
    uint32_t kind;
    int64_t sample;
    uint64_t file_bytes;
    tn__blob record;
} tn__pack_waiting;

struct tn_pack_job {
    tn__each each;
    bool is_running;
    int status; /* how it ended */
    tn_dataset *dataset;
    char *path;      /* that gets the files */
    char *temporary; /* of a folder that gets its name at the end; NULL: none */
    int folder;      /* descriptor of the folder that is written to */
    int32_t layout;
    int64_t shard_bytes;
    tn__order order;
    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t advanced; /* the next position is another one, or the work ends early */
    bool ended;
    int64_t n, first, next; /* positions; the first that this job packs; the next to be written */
    int32_t n_waiting;
    tn__pack_waiting *waiting; /* by position, modulo n_waiting */
    tn__shard_writer writer;
    tn__pack_entry *entries; /* by sample */
    uint32_t n_shards;
    tn_pack_facts facts;
};

/* Options that are checked, defaults filled in. Borrow nothing. NULL: TN_EINVAL, TN_EIO, TN_ENOMEM.
 */
tn_pack_job *tn__pack_start(tn_dataset *dataset, const tn_pack_options *options);
tn_pack_job *tn__unpack_start(tn_dataset *pack, const char *path, int32_t n_threads);
int tn__pack_job_wait(tn_pack_job *job, int32_t timeout_ms);
void tn__pack_job_stop(tn_pack_job *job);
void tn__pack_job_destroy(tn_pack_job *job);
void tn__pack_job_facts(tn_pack_job *job, tn_pack_facts *out);

/* What packing and unpacking share. */
tn_pack_job *tn__pack_job_make(tn_dataset *dataset, const char *path);
/* Starts the threads; on failure the job is destroyed. */
tn_pack_job *tn__pack_job_run(tn_pack_job *job, const tn__each_work *work);

#endif
