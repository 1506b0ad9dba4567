/* SPDX-License-Identifier: MIT */
/* What exported calls check alike. `call` is the name of the function, for the message. All return
 * TN_OK, or TN_EINVAL with a message recorded. */
#ifndef TENCH_API_CHECK_H
#define TENCH_API_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"
#include "data/finding.h"
#include "jobs/task.h"

/* The object that the call is about, and a struct to be filled by tn__sized_write. */
int tn__check_out(const char *call, const void *object, const void *out, size_t n_bytes);
/* A task of this kind, and a struct to be filled. */
int tn__check_task(const char *call, const tn_task *task, int32_t kind, const void *out,
                   size_t n_bytes);
int tn__check_timeout(const char *call, int32_t timeout_ms);
/* `index` is one of n. */
int tn__check_place(const char *call, int64_t index, int64_t n);
/* A finding as the public struct for faults has it. */
tn_fault tn__fault_of(const tn_dataset *dataset, const tn__finding *finding);

#endif
