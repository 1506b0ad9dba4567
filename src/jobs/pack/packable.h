/* SPDX-License-Identifier: MIT */
/* Which data sets a pack can hold. */
#ifndef TENCH_JOBS_PACK_PACKABLE_H
#define TENCH_JOBS_PACK_PACKABLE_H

#include "data/source.h"

/* TN_EINVAL: a pack cannot hold the data set; the message says why. TN_ENOMEM. */
int tn__pack_check(const tn__source *source);

#endif
