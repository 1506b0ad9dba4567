/* SPDX-License-Identifier: MIT */
/* A line on standard error that tells how far long work has come.
 *
 * It shows only when it was asked for, standard error is a terminal and the work takes longer than
 * a second; the end wipes it. Driven by the one thread that waits for the work. */
#ifndef TENCH_BASE_PROGRESS_H
#define TENCH_BASE_PROGRESS_H

#include <stdbool.h>
#include <time.h>

enum { TN__PROGRESS_MS = 100 }; /* how often the waiting thread should look up */

typedef struct tn__progress {
    bool wanted, shown;
    double start; /* tn__now() */
} tn__progress;

void tn__progress_begin(tn__progress *progress, bool wanted);
/* Writes the line anew, cut to the terminal's width. */
void tn__progress_show(tn__progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tn__progress_end(tn__progress *progress);
/* The moment TN__PROGRESS_MS from now, on the realtime clock of pthread_cond_timedwait. */
struct timespec tn__progress_next(void);

#endif
