/* SPDX-License-Identifier: MIT */
/* Records failures for each thread, and names the statuses. See error.h. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/show.h"

static _Thread_local tn__error last = {.stage = "", .position = -1, .sample = -1};

/* Bytes of a message that stay free for a reason after it. */
enum { REASON_BYTES = 256 };

/* Cuts a message to less than `size` bytes and ends it with "…". */
static void cut_message(char *message, size_t size)
{
    static const char cut[] = "…";
    size_t end = size - sizeof cut;
    while (end > 0 && ((unsigned char)message[end] & 0xC0) == 0x80) /* never inside a character */
        end--;
    memcpy(message + end, cut, sizeof cut);
}

/* Formats a message and shows it: its arguments may be names of files. */
static void tell(char out[TN__MESSAGE_BYTES], const char *format, va_list arguments)
{
    char raw[TN__MESSAGE_BYTES];
    if (vsnprintf(raw, sizeof raw, format, arguments) >= (int)sizeof raw)
        cut_message(raw, sizeof raw);
    tn__show(raw, strlen(raw), out, TN__MESSAGE_BYTES);
}

/* Appends the mark and the reason to a message, or the reason alone if the message is empty. */
static void add_reason(char message[TN__MESSAGE_BYTES], const char *mark, const char *reason)
{
    if (strlen(message) > TN__MESSAGE_BYTES - REASON_BYTES)
        cut_message(message, TN__MESSAGE_BYTES - REASON_BYTES);
    const size_t length = strlen(message), room = TN__MESSAGE_BYTES - length;
    if (snprintf(message + length, room, "%s%s", length > 0 ? mark : "", reason) >= (int)room)
        cut_message(message, TN__MESSAGE_BYTES);
}

static void record(int status, const char *format, va_list arguments)
{
    /* The arguments may point into the record itself. */
    char message[TN__MESSAGE_BYTES];
    tell(message, format, arguments);
    memcpy(last.message, message, sizeof message);
    last.code = status;
    last.system_error = 0;
    last.stage = "";
    last.name[0] = '\0';
    last.position = -1;
    last.sample = -1;
}

int tn__fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(status, format, arguments);
    va_end(arguments);
    return status;
}

int tn__fail_because(int status, const tn__error *cause, const char *format, ...)
{
    char why[TN__MESSAGE_BYTES];
    const int system_error = cause->system_error;
    memcpy(why, cause->message, sizeof why); /* `cause` may be the record itself */
    va_list arguments;
    va_start(arguments, format);
    record(status, format, arguments);
    va_end(arguments);
    add_reason(last.message, ": ", why);
    last.system_error = system_error;
    return status;
}

void *tn__fail_null(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(status, format, arguments);
    va_end(arguments);
    return NULL;
}

int tn__fail_memory(const char *what, uint64_t n_bytes)
{
    return tn__fail(TN_ENOMEM, "out of memory: %llu bytes for %s", (unsigned long long)n_bytes,
                    what);
}

int tn__check_name_length(const char *name, size_t n_bytes)
{
    if (n_bytes < TN__NAME_BYTES)
        return TN_OK;
    return tn__fail(TN_ELIMIT, "\"%.200s…\": a name of %zu bytes; the limit is %d", name, n_bytes,
                    TN__NAME_BYTES - 1);
}

/* Describes an errno in words. For a limit it adds the value, and how to see it. */
static void explain(int error, char out[REASON_BYTES])
{
    struct rlimit limit;
    if (error == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0)
        snprintf(out, REASON_BYTES, "%s: the process may have %llu files open (ulimit -n)",
                 strerror(error), (unsigned long long)limit.rlim_cur);
    else if (error == ENFILE)
        snprintf(out, REASON_BYTES, "%s (sysctl fs.file-max)", strerror(error));
    else
        snprintf(out, REASON_BYTES, "%s", strerror(error));
}

/* With ELIBACC the message has said which library is missing. */
static int finish_system(int error)
{
    char reason[REASON_BYTES];
    explain(error, reason);
    if (error != ELIBACC)
        add_reason(last.message, ": ", reason);
    last.system_error = error;
    return last.code;
}

static int status_of(int error)
{
    return error == ENOMEM ? TN_ENOMEM : TN_EIO;
}

int tn__fail_system(int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(status_of(error), format, arguments);
    va_end(arguments);
    return finish_system(error);
}

int tn__fail_errno(int error)
{
    tn__fail(status_of(error), "%s", "");
    return finish_system(error);
}

int tn__error_prefix(const char *format, ...)
{
    char message[TN__MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    tell(message, format, arguments);
    va_end(arguments);
    add_reason(message, ": ", last.message);
    memcpy(last.message, message, sizeof message);
    return last.code;
}

int tn__error_add(const tn__error *cause)
{
    add_reason(last.message, "; ", cause->message);
    return last.code;
}

/* Copies a name, or the end of a long path: names differ there. */
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

/* Errors that concern the process, the machine or its network. All others concern the file: it does
 * not exist (ENOENT), we may not read it (EACCES), its disk is damaged (EIO). */
static const int machines[] = {
    /* limits of the process and of the machine */
    EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN,
    /* a call was interrupted too many times (open.h) */
    EINTR,
    /* the server, or the way to it, is gone for now (NFS, CIFS, Lustre, FUSE) */
    ESTALE, ENOTCONN, ESHUTDOWN, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH,
    ENETRESET, ECONNABORTED, ECONNREFUSED, ECONNRESET, EPIPE, EPROTO, ECOMM, ENOLINK, EREMOTEIO,
    /* the user's ticket for the server has expired (Kerberos, AFS) */
    ENOKEY, EKEYEXPIRED, EKEYREVOKED, EKEYREJECTED,
    /* a library that a module needs is not installed (module.h) */
    ELIBACC};

bool tn__errno_is_systemic(int error)
{
    for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
        if (error == machines[m])
            return true;
    return false;
}

bool tn__is_systemic(int32_t status, int system_error)
{
    return status == TN_ENOMEM || status == TN_EDEVICE || status == TN_EFORK ||
           status == TN_ECLOSED || tn__errno_is_systemic(system_error);
}

bool tn__error_is_systemic(const tn__error *error)
{
    return tn__is_systemic(error->code, error->system_error);
}

const char *tn__status_name(int32_t status)
{
    switch (status) {
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
    case TN_ESTOPPED: return "TN_ESTOPPED";
    default: return "unknown status";
    }
}
