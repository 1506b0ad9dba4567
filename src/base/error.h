/* SPDX-License-Identifier: MIT */
/* Failures: one maker, one thread-local record.
 *
 * A function that fails returns tn__fail(code, "message"): the message names the file or op, the
 * value and the limit. Where the system refused something, it returns tn__fail_system(errno, …),
 * which keeps errno. A worker's failure is copied into its batch (tn__error_take) and raised
 * again on the consumer's thread (tn__error_raise). */
#ifndef TENCH_BASE_ERROR_H
#define TENCH_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "tench.h"

enum { TN__MESSAGE_BYTES = 1024, TN__NAME_BYTES = 4096 };

typedef struct tn__error {
    int32_t code;
    int32_t system_error;            /* errno; 0: the system refused nothing */
    const char *stage;               /* static text: "read", "decode", "transform" … */
    int64_t position, sample;        /* -1: none */
    char name[TN__NAME_BYTES];       /* as it is; cut with "…" in front where it is longer */
    char message[TN__MESSAGE_BYTES]; /* for people: what the format made, as show.h shows it */
} tn__error;

/* Records the failure and returns `code`. Clears errno, stage, name, position and sample. */
int tn__fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the message of an earlier failure after it: "FORMAT: MESSAGE". A message is not
 * given to a format: names in it are shown already. Its errno stays. */
int tn__fail_because(int status, const tn__error *cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* As tn__fail, and returns NULL: for creators. */
void *tn__fail_null(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "out of memory: N bytes for WHAT"; returns TN_ENOMEM. */
int tn__fail_memory(const char *what, uint64_t n_bytes);
/* Records that the system answered `error` (errno): the message is followed by the reason in words,
 * and by the limit where there is one. Returns TN_ENOMEM for ENOMEM, else TN_EIO. */
int tn__fail_system(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the reason alone, where the sample's name is added later. */
int tn__fail_errno(int error);
/* Puts "FORMAT: " in front of the recorded failure's message; code, errno and place stay. Returns
 * the code. */
int tn__error_prefix(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Puts "; MESSAGE" after it, for a failure with two causes. Returns the code. */
int tn__error_add(const tn__error *cause);
/* Adds where it happened to the recorded failure. */
void tn__error_place(const char *stage, const char *name, int64_t position, int64_t sample);
/* This thread's record: never NULL. */
const tn__error *tn__error_last(void);
/* Copies this thread's record out. */
void tn__error_take(tn__error *out);
/* Makes a copied record this thread's own and returns its code. */
int tn__error_raise(const tn__error *error);
/* True for a failure of the process or the machine, which is not the file's: error.c lists them.
 * Another file would meet it as well, or this file would be read without trouble later. */
bool tn__is_systemic(int32_t status, int system_error);
bool tn__error_is_systemic(const tn__error *error);
/* The same of an errno alone. */
bool tn__errno_is_systemic(int error);

/* Name of a status, as "TN_OK". Static. */
const char *tn__status_name(int32_t status);

#endif
