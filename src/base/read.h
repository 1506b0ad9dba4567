/* SPDX-License-Identifier: MIT */
/* Reads from open files, at any offset. */
#ifndef TENCH_BASE_READ_H
#define TENCH_BASE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads n bytes at an offset. False: errno tells why; 0 if the file ends too early. */
bool tn__read_at(int descriptor, void *out, size_t n_bytes, int64_t offset);
/* The same for bytes that lay inside the file when its length was taken. TN_EIO or TN_ENOMEM; the
 * message does not name the file. */
int tn__read_or_fail(int descriptor, void *out, size_t n_bytes, int64_t offset);

#endif
