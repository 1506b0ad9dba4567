/* SPDX-License-Identifier: MIT */
/* libjpeg with its usual tolerance: where the data ends it assumes an end marker, and makes missing
 * pixels grey. So tests can compare pixels before the damage, which the engine refuses to give. */
#ifndef TENCH_TESTS_FUZZ_LENIENT_H
#define TENCH_TESTS_FUZZ_LENIENT_H

#include "codec/codec.h"

/* Decodes the whole image and returns a status. */
int lenient_decode(tn__bytes bytes, int32_t mode, tn__arena *arena, tn_px_image *out);

#endif
