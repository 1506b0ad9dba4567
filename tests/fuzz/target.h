/* SPDX-License-Identifier: MIT */
/* What libFuzzer calls, and calls that it offers. The names are its own. */
#ifndef TENCH_TESTS_FUZZ_TARGET_H
#define TENCH_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
/* Changes an input of `size` bytes in place, to at most `room` bytes; returns its new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);

#endif
