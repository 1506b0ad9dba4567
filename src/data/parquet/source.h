/* SPDX-License-Identifier: MIT */
/* Parquet files as sources: those that Hugging Face's datasets writes. */
#ifndef TENCH_DATA_PARQUET_SOURCE_H
#define TENCH_DATA_PARQUET_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_parquet;

#endif
