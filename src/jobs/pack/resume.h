/* SPDX-License-Identifier: MIT */
/* Continues a pack that an earlier run began. */
#ifndef TENCH_JOBS_PACK_RESUME_H
#define TENCH_JOBS_PACK_RESUME_H

#include "jobs/pack/job.h"

/* Keeps the shards of an earlier run that are still valid, removes all others, and lets the job
 * begin after them. TN_EINVAL: the folder holds something else; TN_EIO, TN_EDECODE, TN_ENOMEM,
 * TN_ESTOPPED. */
int tn__pack_resume(tn__pack_job *job, int32_t n_threads);

#endif
