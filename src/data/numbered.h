/* SPDX-License-Identifier: MIT */
/* Files whose names say which of how many they are: "train-00000-of-00002.parquet". */
#ifndef TENCH_DATA_NUMBERED_H
#define TENCH_DATA_NUMBERED_H

#include "base/text.h"
#include "data/shards.h"

/* Says which files of such a set are missing: "a-00001-of-00003.tar is missing, and one more of
 * these 3 files". Only the first set with a gap counts. Appends nothing if all files are there. The
 * files are in the order of their names. */
void tn__numbered_missing(const tn__shards *files, tn__text *out);

#endif
