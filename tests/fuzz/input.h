/* SPDX-License-Identifier: MIT */
/* An input of the decoder's fuzz targets: a file, followed by five bytes that choose region, mode
 * and instruction set. Any file is an input: its own last bytes then do the choosing. */
#ifndef TENCH_TESTS_FUZZ_INPUT_H
#define TENCH_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "codec/codec.h"

enum { INPUT_TAIL = 5 };

typedef struct input {
    tn__bytes file;
    const uint8_t *tail; /* level and mode; two columns and two rows, in units of 1/255 */
} input;

/* Returns the number of bytes after the file, including the five; at most `size`. Each target
 * defines it. */
size_t target_tail(const uint8_t *bytes, size_t size);

/* The same for a target with patches of `patch_bytes` before the five bytes. The upper half of the
 * byte before the five is the number of patches. */
size_t input_tail_of_patches(const uint8_t *bytes, size_t size, size_t patch_bytes);

/* Copies the file to an exact allocation, with the bytes that may be read after it, so that a
 * sanitizer reports all other reads. NULL in file.data: the input is too short, or memory ran out.
 */
input input_open(const uint8_t *bytes, size_t size);
void input_close(input *opened);

int32_t input_level(const input *opened);
int32_t input_mode(const input *opened);
/* Returns a part of an image of that size. It is never empty, and a tail of zeros selects the whole
 * image. */
tn_px_rect input_region(const input *opened, int32_t w, int32_t h);

#endif
