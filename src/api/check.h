/* SPDX-License-Identifier: MIT */
/* Checks that several public calls share. `call` is the name of the function, for the message.
 * Each returns TN_OK, or TN_EINVAL with a message recorded. */
#ifndef TENCH_API_CHECK_H
#define TENCH_API_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"
#include "data/finding.h"

/* Checks the call's object, and the struct that tn__sized_write will fill. */
int tn__check_out(const char *call, const void *object, const void *out, size_t n_bytes);
int tn__check_timeout(const char *call, int32_t timeout_ms);
/* Checks that `index` is at least 0 and less than n. */
int tn__check_place(const char *call, int64_t index, int64_t n);
/* Converts a finding to the public struct for faults. */
tn_fault tn__fault_of(const tn__finding *finding);

#endif
