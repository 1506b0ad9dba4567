/* SPDX-License-Identifier: MIT */
/* Writing files, and what is said where that fails; reading back what was written. */
#ifndef TENCH_BASE_WRITE_H
#define TENCH_BASE_WRITE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes all of the bytes. False: errno says why not. */
bool tn__write_all(int descriptor, const void *bytes, size_t n_bytes);
/* Reads all of n bytes at an offset. False: errno says why not; 0 where the file ends before. */
bool tn__read_at(int descriptor, void *out, size_t n_bytes, int64_t offset);
/* Records that FOLDER/NAME cannot be written, for the reason that errno says; TN_EIO. */
int tn__fail_write(const char *folder, const char *name);
/* Around writes on a thread of the host: one over the limit of a file's size is to be an error, not
 * the signal that ends the process. Threads of our own have all signals blocked. */
void tn__write_shield(sigset_t *before);
void tn__write_unshield(const sigset_t *before);

#endif
