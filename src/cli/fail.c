/* SPDX-License-Identifier: MIT */
/* The program's own failures. See fail.h. The program has one thread, so one record is enough. */
#include "cli/fail.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { REASON_BYTES = 256, RAW_BYTES = PATH_MAX + REASON_BYTES };

static char last[4 * RAW_BYTES]; /* a name grows by a factor of four at most */

static void record(const char *format, va_list arguments)
{
    char raw[RAW_BYTES]; /* the arguments may point into the record */
    vsnprintf(raw, sizeof raw, format, arguments);
    tn_show_name(raw, -1, last, sizeof last);
}

int tn__program_fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(format, arguments);
    va_end(arguments);
    return status;
}

int tn__program_fail_system(int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(format, arguments);
    va_end(arguments);
    const size_t length = strlen(last);
    snprintf(last + length, sizeof last - length, ": %s", strerror(error));
    return error == ENOMEM ? TN_ENOMEM : TN_EIO;
}

int tn__program_fail_memory(const char *what, size_t n_bytes)
{
    return tn__program_fail(TN_ENOMEM, "out of memory: %zu bytes for %s", n_bytes, what);
}

const char *tncli_error(void)
{
    return last;
}
