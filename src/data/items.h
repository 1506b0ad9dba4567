/* SPDX-License-Identifier: MIT */
/* Samples that the caller lists in memory, as paths or as the bytes of files. */
#ifndef TENCH_DATA_ITEMS_H
#define TENCH_DATA_ITEMS_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_items;

#endif
