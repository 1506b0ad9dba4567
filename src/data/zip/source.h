/* SPDX-License-Identifier: MIT */
/* Zips as sources: one zip, or the zips of a folder. */
#ifndef TENCH_DATA_ZIP_SOURCE_H
#define TENCH_DATA_ZIP_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_zip;

#endif
