/* SPDX-License-Identifier: MIT */
/* Failures: the thread-local record and the names of the codes. See error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/sized.h"

static _Thread_local tn__error last = {.stage = "", .position = -1, .sample = -1};

static void record(int code, const char *format, va_list arguments)
{
    /* The arguments may point into the record itself (a message that wraps an earlier one). */
    char message[TN__MESSAGE_BYTES];
    vsnprintf(message, sizeof message, format, arguments);
    memcpy(last.message, message, sizeof message);
    last.code = code;
    last.stage = "";
    last.name[0] = '\0';
    last.position = -1;
    last.sample = -1;
}

int tn__fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(code, format, arguments);
    va_end(arguments);
    return code;
}

void *tn__fail_null(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(code, format, arguments);
    va_end(arguments);
    return NULL;
}

int tn__fail_memory(const char *what, uint64_t n_bytes)
{
    return tn__fail(TN_ENOMEM, "out of memory: %llu bytes for %s", (unsigned long long)n_bytes,
                    what);
}

/* Keeps the end of a long path: that is where two names differ. */
static void copy_name(char *out, const char *name)
{
    static const char cut[] = "…";
    const size_t length = strlen(name);
    if (length < TN__NAME_BYTES) {
        memcpy(out, name, length + 1);
        return;
    }
    const size_t kept = TN__NAME_BYTES - sizeof cut;
    memcpy(out, cut, sizeof cut - 1);
    memcpy(out + sizeof cut - 1, name + length - kept, kept + 1);
}

void tn__error_place(const char *stage, const char *name, int64_t position, int64_t sample)
{
    last.stage = stage;
    copy_name(last.name, name ? name : "");
    last.position = position;
    last.sample = sample;
}

const tn__error *tn__error_last(void)
{
    return &last;
}

void tn__error_take(tn__error *out)
{
    *out = last;
}

int tn__error_raise(const tn__error *error)
{
    last = *error;
    return error->code;
}

const char *tn_error(void)
{
    static _Thread_local char told[TN__NAME_BYTES + TN__MESSAGE_BYTES + 2];
    if (!last.name[0] || strstr(last.message, last.name))
        return last.message;
    snprintf(told, sizeof told, "%s: %s", last.name, last.message);
    return told;
}

int32_t tn_error_details(tn_error_info *out)
{
    if (!tn__sized_is_sound(out, 0)) /* not recorded: that would be the last failure */
        return TN_EINVAL;
    const tn_error_info info = {
        .code = last.code,
        .stage = last.stage,
        .name = last.name,
        .message = last.message,
        .position = last.position,
        .sample = last.sample,
    };
    tn__sized_write(out, &info, sizeof info);
    return TN_OK;
}

const char *tn_status_name(int32_t code)
{
    switch (code) {
    case TN_OK: return "TN_OK";
    case TN_END: return "TN_END";
    case TN_EINVAL: return "TN_EINVAL";
    case TN_ENOMEM: return "TN_ENOMEM";
    case TN_EIO: return "TN_EIO";
    case TN_EDECODE: return "TN_EDECODE";
    case TN_ELIMIT: return "TN_ELIMIT";
    case TN_ETIMEOUT: return "TN_ETIMEOUT";
    case TN_EFORK: return "TN_EFORK";
    case TN_ESTALE: return "TN_ESTALE";
    case TN_EHELD: return "TN_EHELD";
    case TN_EDEVICE: return "TN_EDEVICE";
    case TN_ECLOSED: return "TN_ECLOSED";
    case TN_EFAULTS: return "TN_EFAULTS";
    default: return "unknown status";
    }
}
