/* SPDX-License-Identifier: MIT */
/* Lists of samples in a file: CSV, TSV or JSON lines, with the path and the labels of each. */
#ifndef TENCH_DATA_LIST_SOURCE_H
#define TENCH_DATA_LIST_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_list;

#endif
