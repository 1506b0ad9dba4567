/* SPDX-License-Identifier: MIT */
/* LMDB files as sources. */
#ifndef TENCH_DATA_LMDB_SOURCE_H
#define TENCH_DATA_LMDB_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_lmdb;

#endif
