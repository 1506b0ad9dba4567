/* SPDX-License-Identifier: MIT */
/* An input as a file, for targets whose readers take descriptors. */
#ifndef TENCH_TESTS_FUZZ_MEMORY_H
#define TENCH_TESTS_FUZZ_MEMORY_H

#include "data/files.h"

/* Returns a file in memory with these bytes, until the next call; it is at its end. */
int memory_file(const uint8_t *bytes, size_t size);
/* The same file as the only one of a source. */
tn__files *memory_files(void);

#endif
