/* SPDX-License-Identifier: MIT */
/* Options of data sets, loaders, transforms and tasks: their entries in the registry, and the check
 * of the structs that carry them. */
#ifndef TENCH_SPEC_OPTIONS_H
#define TENCH_SPEC_OPTIONS_H

#include "spec/spec.h"

/* Entries whose structs are in tench.h. */
extern const tn__spec tn__options_dataset, tn__options_loader, tn__options_transform;
extern const tn__spec tn__options_survey, tn__options_index, tn__options_verify;
extern const tn__spec tn__options_pack, tn__options_unpack;

/* All entries, those of Lua alone among them; NULL after the last one. */
const tn__spec *tn__options_at(int32_t index);

#endif
