/* SPDX-License-Identifier: MIT */
/* libjpeg as its users know it: where the data ends, an end marker is made up, and what is missing
 * is grey. So pixels that lie before damage can be compared, which the engine's strict reading of
 * the same file refuses to give. */
#ifndef TENCH_TESTS_FUZZ_LENIENT_H
#define TENCH_TESTS_FUZZ_LENIENT_H

#include "codec/codec.h"

/* Decodes the whole image in full size; a status. */
int lenient_decode(tn__bytes bytes, int32_t mode, tn__arena *arena, tn_px_image *out);

#endif
