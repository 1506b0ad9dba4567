/* SPDX-License-Identifier: MIT */
/* Compares the table of codecs with libjpeg for one input. */
#ifndef TENCH_TESTS_FUZZ_COMPARE_H
#define TENCH_TESTS_FUZZ_COMPARE_H

#include <stdbool.h>

#include "input.h"

/* Returns their status, and ends the program if they differ. Larger images are not decoded:
 * TN_ELIMIT. For a file that was compared just before, what libjpeg made of it counts again. */
int compare_decoders(const input *opened, int64_t max_pixels, bool is_same_file);

#endif
