/* SPDX-License-Identifier: MIT */
/* Damages bytes in ways that repeat, and ends the program if an answer takes too long. */
#ifndef TENCH_TESTS_HARM_H
#define TENCH_TESTS_HARM_H

#include <stddef.h>
#include <stdint.h>

/* Variant 0 is the bytes as they are, then come those cut off, then those with a byte changed. */
enum { CUTS = 32, CHANGES = 64, VARIANTS = 1 + CUTS + CHANGES };

typedef struct loaded {
    char *path;
    uint8_t *bytes;
    size_t size;
} loaded;

/* Every `step`-th file of a folder and the folders in it, in the order of their paths. Ends the
 * program if one cannot be read. */
loaded *load_files(const char *folder, size_t step, size_t *n);
void free_files(loaded *files, size_t n);
/* Variant `k` of bytes, `n` of them and `padding` zeros. Yours to free. Ends the program if there
 * is no memory. */
uint8_t *harm(const uint8_t *bytes, size_t size, int k, size_t padding, size_t *n);
/* Ends the program after so many seconds of CPU time; 0: never. */
void limit_time(int32_t seconds);

#endif
