/* SPDX-License-Identifier: MIT */
/* Options as a caller gives them: a struct of tench.h, checked against its entry in the registry.
 */
#ifndef TENCH_SPEC_READ_H
#define TENCH_SPEC_READ_H

#include "spec/options.h"

/* The default of a number, flag or choice, as a struct holds it; 0: it has none. */
int64_t tn__option_default(const tn__param *param);
/* Checks every field of `ours` that is an option of `spec`, and puts the default where a field is
 * zero or NULL; it stays so if the option has no default. `call` begins the messages. TN_EINVAL. */
int tn__options_check(const char *call, const tn__spec *spec, void *ours);
/* Copies a caller's struct, which begins with its size, into ours, then checks that. */
int tn__options_read(const char *call, const tn__spec *spec, const void *given, void *ours,
                     size_t n_bytes);

#endif
