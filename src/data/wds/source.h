/* SPDX-License-Identifier: MIT */
/* WebDataset shards as sources. */
#ifndef TENCH_DATA_WDS_SOURCE_H
#define TENCH_DATA_WDS_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_wds;

#endif
