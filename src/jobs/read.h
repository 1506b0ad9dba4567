/* SPDX-License-Identifier: MIT */
/* Reads samples for the threads of a task.
 *
 * When these reads wait for the disk, a thread that has read its own sample asks the source to
 * bring those that come next into memory (make/ahead.h). For files that are in memory this costs
 * one look at a counter in eight reads. */
#ifndef TENCH_JOBS_READ_H
#define TENCH_JOBS_READ_H

#include "jobs/task.h"
#include "make/read.h"

/* Reads the sample of the number that the thread visits, as tn__dataset_read_in_turn does. */
int tn__task_read(tn_task *task, int64_t number, tn__buffer *file);
/* Reads its header, as tn__read_header does. */
int tn__task_read_header(tn_task *task, int64_t number, tn__buffer *file, tn__info *info,
                         int64_t *file_bytes);

#endif
