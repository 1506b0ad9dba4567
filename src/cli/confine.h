/* SPDX-License-Identifier: MIT */
/* Runs a function in a child process that can compute and send text to its parent, and nothing
 * else.
 *
 * The operating system enforces the limits, so they hold for any code, and for root: CPU time and
 * address space (setrlimit), and a filter of system calls (filter.h). The parent limits how long it
 * waits and how much it reads, and it checks everything that arrives. */
#ifndef TENCH_CLI_CONFINE_H
#define TENCH_CLI_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tn__confinement {
    int32_t cpu_s; /* CPU time; less if the parent's own limit is lower */
    int32_t wall_ms;
    size_t address_bytes; /* beyond what the program has mapped; no limit under sanitizers */
    size_t answer_bytes;
    size_t note_bytes; /* of all notes together */
    /* In the child: sends notes to `out`, then an answer. The child ends when it returns. */
    void (*body)(void *context, int out);
    /* In the parent: called with each note when it arrives. */
    void (*note)(void *context, const char *bytes, size_t n_bytes);
    void *context;
} tn__confinement;

typedef struct tn__answer {
    bool failed; /* the body failed, and the text says why */
    char *text;  /* yours to free; ends with a NUL that `length` does not count */
    size_t length;
} tn__answer;

/* TN_OK: the body answered. Otherwise there is no answer, and a failure is recorded for
 * tncli_error; it calls the body "the recipe". In both cases the child has ended. */
int tn__confine(const tn__confinement *given, tn__answer *answer);

/* For the body. */
void tn__confined_note(int out, const char *bytes, size_t n_bytes);
void tn__confined_answer(int out, const char *bytes, size_t n_bytes);
void tn__confined_fail(int out, const char *bytes, size_t n_bytes);
/* Called by the body at a limit of its own: tn__confine then fails with this text. */
void tn__confined_stop(int out, const char *text);

#endif
