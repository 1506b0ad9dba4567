/* SPDX-License-Identifier: MIT */
/* Tars as sources: one tar, or the tars of a folder. */
#ifndef TENCH_DATA_TAR_SOURCE_H
#define TENCH_DATA_TAR_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_tar;

#endif
