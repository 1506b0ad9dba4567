/* SPDX-License-Identifier: MIT */
/* Files that lie beside the containers of a data set, and that another kind of source would open.
 * One kind opens a folder; these files are left out. */
#ifndef TENCH_DATA_BESIDE_H
#define TENCH_DATA_BESIDE_H

#include <stdint.h>

#include "data/shards.h"

/* Counts them in a folder. `own`: the containers of the data set. *first gets the name that comes
 * first in the order of bytes, or NULL; the caller frees it, also after a failure. TN_EIO,
 * TN_ENOMEM; messages do not name the folder. */
int tn__beside_count(const char *folder, const tn__shards *own, int64_t *n, char **first);

#endif
