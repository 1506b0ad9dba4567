/* SPDX-License-Identifier: MIT */
/* The pack task. */
#ifndef TENCH_JOBS_PACK_PACK_H
#define TENCH_JOBS_PACK_PACK_H

#include "jobs/task.h"

/* Options that were checked, with defaults filled in; they need not outlive the call. NULL:
 * TN_EINVAL, TN_EIO, TN_EDECODE, TN_ENOMEM, TN_ESTOPPED. */
tn_task *tn__pack_start(tn_dataset *dataset, const tn_pack_options *options);

#endif
