/* SPDX-License-Identifier: MIT */
/* Failures: functions that record them, and one record for each thread.
 *
 * A function that fails returns tn__fail(status, "message"). The message names the file or op, the
 * value and the limit. If a system call failed, the function returns tn__fail_system(errno, …),
 * which keeps errno. tn__error_take copies a worker's failure into its batch, and tn__error_raise
 * raises it again on the consumer's thread.
 *
 * Some functions return the status apart from the call, so that clang-tidy sees that it is a
 * failure: `tn__fail(TN_EDECODE, …); return TN_EDECODE;`. It does not look into tn__fail. */
#ifndef TENCH_BASE_ERROR_H
#define TENCH_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tench.h"

enum { TN__MESSAGE_BYTES = 1024, TN__NAME_BYTES = 4096 };

typedef struct tn__error {
    int32_t code;
    int32_t system_error;      /* errno; 0: no system call failed */
    const char *stage;         /* static text: "read", "decode", "transform" … */
    int64_t position, sample;  /* -1: none */
    char name[TN__NAME_BYTES]; /* as it is; a longer name loses its beginning, marked by "…" */
    char message[TN__MESSAGE_BYTES]; /* for people, in the form of show.h */
} tn__error;

/* Records the failure and returns `status`. Clears errno, stage, name, position and sample. */
int tn__fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, with the message and errno of an earlier failure: "FORMAT: MESSAGE". The earlier
 * message is not formatted again, because names in it are already in the shown form. */
int tn__fail_because(int status, const tn__error *cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Like tn__fail, but returns NULL: for functions that create objects. */
void *tn__fail_null(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "out of memory: N bytes for WHAT"; returns TN_ENOMEM. */
int tn__fail_memory(const char *what, uint64_t n_bytes);
/* TN_ELIMIT if a name of n bytes does not fit, with its NUL, into TN__NAME_BYTES. */
int tn__check_name_length(const char *name, size_t n_bytes);
/* Records that a system call failed with `error` (errno). The message gets the reason in words, and
 * the limit if there is one. ELIBACC stands for a library that is missing: the message names it and
 * gets no further words. Returns TN_ENOMEM for ENOMEM, else TN_EIO. */
int tn__fail_system(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the reason alone; the caller adds the sample's name later. */
int tn__fail_errno(int error);
/* Puts "FORMAT: " before the recorded message and keeps the rest of the record. Returns its status.
 */
int tn__error_prefix(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Appends "; MESSAGE" for a failure with two causes. Returns the status. */
int tn__error_add(const tn__error *cause);
/* Adds the place of the failure to the record. */
void tn__error_place(const char *stage, const char *name, int64_t position, int64_t sample);
/* Returns this thread's record, never NULL. */
const tn__error *tn__error_last(void);
/* Copies this thread's record. */
void tn__error_take(tn__error *out);
/* Makes `error` this thread's record and returns its status. */
int tn__error_raise(const tn__error *error);
/* True if the process or the machine is the cause, and not the file (error.c lists these errors).
 * Other files would fail too, or this one could be read later. */
bool tn__is_systemic(int32_t status, int system_error);
bool tn__error_is_systemic(const tn__error *error);
/* The same for an errno alone. */
bool tn__errno_is_systemic(int error);

/* Returns the name of a status, for example "TN_OK". Static. */
const char *tn__status_name(int32_t status);

#endif
