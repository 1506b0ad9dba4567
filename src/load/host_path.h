/* SPDX-License-Identifier: MIT */
/* The path of batches that stay on the host. Workers make rows in the batch's own memory, so there
 * is nothing to send and nothing to wait for. */
#ifndef TENCH_LOAD_HOST_PATH_H
#define TENCH_LOAD_HOST_PATH_H

#include "load/path.h"
#include "load/settings.h"

/* NULL: TN_ENOMEM. */
tn__path *tn__host_path_create(const tn__settings *settings);

#endif
