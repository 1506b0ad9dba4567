/* SPDX-License-Identifier: MIT */
/* What an input of the decoder's fuzz target means: a file, and behind it five bytes that choose
 * the region, the mode and the instruction set. Any file is an input: its own last bytes choose
 * then. */
#ifndef TENCH_TESTS_FUZZ_INPUT_H
#define TENCH_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "codec/codec.h"

enum { INPUT_TAIL = 5 };

typedef struct input {
    tn__bytes file;
    const uint8_t *tail; /* level and mode; two columns and two rows, as 255ths */
} input;

/* Bytes behind the file, the five among them. Each target says how many; at most `size`. */
size_t target_tail(const uint8_t *bytes, size_t size);

/* The same where a byte in front of the five has in its upper half how many patches, of
 * `patch_bytes`, stand in front of it. */
size_t input_tail_of_patches(const uint8_t *bytes, size_t size, size_t patch_bytes);

/* Copies the file into memory of its own, with what may be read behind it, so that a sanitizer sees
 * all other reads. NULL in file.data: too short, or no memory. */
input input_open(const uint8_t *bytes, size_t size);
void input_close(input *opened);

int32_t input_level(const input *opened);
int32_t input_mode(const input *opened);
/* A part of an image of that size: never empty, the whole image for a tail of zeros. */
tn_px_rect input_region(const input *opened, int32_t w, int32_t h);

#endif
