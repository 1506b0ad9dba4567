/* SPDX-License-Identifier: MIT */
/* Checks the structs of options that callers give against their entries in the registry. */
#ifndef TENCH_SPEC_READ_H
#define TENCH_SPEC_READ_H

#include "spec/options.h"

/* Returns the default of a number, flag or choice in the form that a struct holds; 0: it has none.
 */
int64_t tn__option_default(const tn__param *param);
/* Checks every field of `ours` that is an option of `spec`. Replaces zero and NULL by the default;
 * a field without a default keeps them. Messages begin with `call`. TN_EINVAL. */
int tn__options_check(const char *call, const tn__spec *spec, void *ours);
/* Copies a caller's struct, which begins with its size, into ours, and checks ours. */
int tn__options_read(const char *call, const tn__spec *spec, const void *given, void *ours,
                     size_t n_bytes);

#endif
