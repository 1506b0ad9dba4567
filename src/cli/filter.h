/* SPDX-License-Identifier: MIT */
/* A filter of system calls for a process that may only compute. The kernel enforces it (seccomp).
 */
#ifndef TENCH_CLI_FILTER_H
#define TENCH_CLI_FILTER_H

/* Sanitizers map terabytes of shadow memory, and their runtimes need further calls. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TN__SANITIZED 1
#elif defined(__has_feature)
#define TN__SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define TN__SANITIZED 0
#endif

/* From now on this thread can allocate and free memory, write to the descriptor `out`, and exit.
 * Any other system call fails with EPERM, for root too. Returns 0 or an errno: ENOSYS if tench does
 * not know the machine's calling convention. */
int tn__filter_install(int out);

#endif
