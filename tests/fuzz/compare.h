/* SPDX-License-Identifier: MIT */
/* The table of codecs against libjpeg, on one input. */
#ifndef TENCH_TESTS_FUZZ_COMPARE_H
#define TENCH_TESTS_FUZZ_COMPARE_H

#include "input.h"

/* Ends the program where they differ; else their status. Images of more pixels are not decoded:
 * TN_ELIMIT. */
int compare_decoders(const input *opened, int64_t max_pixels);

#endif
