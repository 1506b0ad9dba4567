/* SPDX-License-Identifier: MIT */
/* The program's own failures, which tncli_error returns. tn_error returns those of the library. */
#ifndef TENCH_CLI_FAIL_H
#define TENCH_CLI_FAIL_H

#include <stddef.h>

/* Records a message for tncli_error, and escapes it as tn_show_name does. Returns `status`. */
int tn__program_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, with the text of `error`, an errno, after the message. TN_ENOMEM or TN_EIO. */
int tn__program_fail_system(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Records "out of memory: N bytes for WHAT". TN_ENOMEM. */
int tn__program_fail_memory(const char *what, size_t n_bytes);

#endif
