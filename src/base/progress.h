/* SPDX-License-Identifier: MIT */
/* Shows the progress of long work in one line on standard error.
 *
 * The line appears only if the caller wants it, standard error is a terminal, and the work takes
 * more than a second. The end wipes it. The one thread that waits for the work drives it. */
#ifndef TENCH_BASE_PROGRESS_H
#define TENCH_BASE_PROGRESS_H

#include <stdbool.h>
#include <time.h>

enum { TN__PROGRESS_MS = 100 }; /* period at which the waiting thread updates the line */

typedef struct tn__progress {
    bool wanted, shown;
    double start; /* tn__now() */
} tn__progress;

void tn__progress_begin(tn__progress *progress, bool wanted);
/* Replaces the line, cut to the terminal's width. */
void tn__progress_show(tn__progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tn__progress_end(tn__progress *progress);
/* Returns the time TN__PROGRESS_MS from now, on the realtime clock of pthread_cond_timedwait. */
struct timespec tn__progress_next(void);

#endif
