/* SPDX-License-Identifier: MIT */
/* A class folder as a source: timm's ImageFolder rules. */
#ifndef TENCH_DATA_FOLDER_H
#define TENCH_DATA_FOLDER_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_folder;

#endif
