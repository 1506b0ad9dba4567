/* SPDX-License-Identifier: MIT */
/* The functions that libFuzzer calls, and those that it provides. It defines their names. */
#ifndef TENCH_TESTS_FUZZ_TARGET_H
#define TENCH_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
/* Changes an input of `size` bytes in place, to at most `room` bytes. Returns its new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);

#endif
