/* SPDX-License-Identifier: MIT */
/* The order in which samples are packed. */
#ifndef TENCH_JOBS_PACK_RANGES_H
#define TENCH_JOBS_PACK_RANGES_H

#include "jobs/pack/job.h"

/* Replaces the job's data set by its joined splits if they are not folders. TN_EINVAL: some samples
 * are in no split; TN_EIO, TN_EDECODE, TN_ELIMIT, TN_ENOMEM. */
int tn__pack_join_splits(tn__pack_job *job);
/* Fills in the job's ranges: one for each split if they are wanted and the data set has some, else
 * one for all samples. TN_EINVAL, TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__pack_find_ranges(tn__pack_job *job, bool splits_wanted);
/* The sample that is packed at a position. */
int64_t tn__pack_sample_at(const tn__pack_job *job, int64_t position);
/* True if a range begins at a position. */
bool tn__pack_begins_range(const tn__pack_job *job, int64_t position);

#endif
