/* SPDX-License-Identifier: MIT */
/* Writes files, and records failures. */
#ifndef TENCH_BASE_WRITE_H
#define TENCH_BASE_WRITE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes all bytes. False: errno tells why. */
bool tn__write_all(int descriptor, const void *bytes, size_t n_bytes);
/* Records that FOLDER/NAME cannot be written, with the reason from errno; TN_EIO. */
int tn__fail_write(const char *folder, const char *name);
/* Enclose writes on a thread of the host. A write past the limit of a file's size then fails,
 * instead of ending the process by a signal. Our own threads block all signals anyway. */
void tn__write_shield(sigset_t *before);
void tn__write_unshield(const sigset_t *before);

#endif
