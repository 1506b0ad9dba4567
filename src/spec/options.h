/* SPDX-License-Identifier: MIT */
/* The registry's entries for the options of data sets, loaders, transforms and tasks. */
#ifndef TENCH_SPEC_OPTIONS_H
#define TENCH_SPEC_OPTIONS_H

#include "spec/spec.h"

/* These entries have a struct in tench.h. */
extern const tn__spec tn__options_dataset, tn__options_loader, tn__options_transform;
extern const tn__spec tn__options_survey, tn__options_index, tn__options_verify;
extern const tn__spec tn__options_pack, tn__options_unpack;

/* Returns entry number `index`, of those with and without a struct; NULL after the last one. */
const tn__spec *tn__options_at(int32_t index);

#endif
