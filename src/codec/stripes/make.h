/* SPDX-License-Identifier: MIT */
/* Packs lossless files as striped images. See record.h. */
#ifndef TENCH_STRIPES_MAKE_H
#define TENCH_STRIPES_MAKE_H

#include "codec/codec.h"

/* Packs a file, and checks that every mode makes the same pixels of the record as of the file.
 * `out` gets the record. TN__NOT_MINE: its format is none that can be packed, it is lossy, animated
 * or damaged, its pixels differ, or the record would be much longer: store it unchanged. TN_EIO: a
 * module is missing; TN_ENOMEM, TN_ELIMIT. */
int tn__stripes_make(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *out);

#endif
