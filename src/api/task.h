/* SPDX-License-Identifier: MIT */
/* A check that the public calls on tasks of one kind share. */
#ifndef TENCH_API_TASK_H
#define TENCH_API_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "jobs/task.h"

/* Checks that the task is of this kind, that it is not a copy in a forked child (TN_EFORK), and the
 * struct that will be filled (TN_EINVAL). `call` is the name of the function, for the message. */
int tn__check_task(const char *call, const tn_task *task, int32_t kind, const void *out,
                   size_t n_bytes);

#endif
