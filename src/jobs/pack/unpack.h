/* SPDX-License-Identifier: MIT */
/* The unpack task. */
#ifndef TENCH_JOBS_PACK_UNPACK_H
#define TENCH_JOBS_PACK_UNPACK_H

#include "jobs/task.h"

/* Options that were checked, with defaults filled in; they need not outlive the call. NULL:
 * TN_EINVAL, TN_EIO, TN_ENOMEM. */
tn_task *tn__unpack_start(tn_dataset *pack, const tn_unpack_options *options);

#endif
