/* SPDX-License-Identifier: MIT */
/* Reading ahead: which samples the source should bring into memory before workers fetch them.
 *
 * This part only decides; it is passive, like the loader's ring, and its caller holds a lock. Rows
 * are numbered in the order in which workers claim them, from 0 in each epoch. For a task, each
 * sample is a row of its only epoch.
 *
 * Reading ahead costs time, and gains nothing for files that are in memory. So workers watch one of
 * TN__AHEAD_WATCHED fetches. If two of these that are close together had to wait, the next
 * TN__AHEAD_ROWS rows are wanted, and each later one that waits renews this. Rows that were wanted
 * in time need no waiting, so one of TN__AHEAD_LEFT_OUT rows is never wanted: if its fetch does not
 * wait, the files are in memory. */
#ifndef TENCH_MAKE_AHEAD_H
#define TENCH_MAKE_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

enum { TN__AHEAD_WATCHED = 8, TN__AHEAD_LEFT_OUT = 128, TN__AHEAD_ROWS = 1024 };
/* How far wanted rows are ahead of claimed ones: up to so many bytes, within these numbers. */
enum { TN__AHEAD_BYTES = 32 << 20, TN__AHEAD_LEAST = 8, TN__AHEAD_MOST = 256 };
enum { TN__AHEAD_STEP = 16 }; /* rows that are wanted at once */

typedef struct tn__ahead {
    int64_t n_rows; /* of the epoch */
    int64_t next;   /* the row that is wanted next */
    int64_t until;  /* the first row that is not wanted any more; 0: none is wanted */
    int64_t waited; /* the last watched row that waited */
    int64_t wanted; /* rows that were wanted, in all epochs */
} tn__ahead;

/* How far the workers are. */
typedef struct tn__ahead_view {
    int64_t claimed;    /* rows */
    int64_t mean_bytes; /* of the samples that were fetched */
    int32_t n_threads;
} tn__ahead_view;

/* An epoch begins, after one in which `claimed` rows were claimed. If rows were wanted at its end,
 * the first rows are wanted too. */
void tn__ahead_start(tn__ahead *ahead, int64_t n_rows, int64_t claimed);
/* True for a row whose fetch the worker watches. */
bool tn__ahead_watches(int64_t number);
/* The watched fetch of a row waited. */
void tn__ahead_waited(tn__ahead *ahead, int64_t number);
/* True if so many rows can be wanted now that waking a thread for them pays. */
bool tn__ahead_is_due(const tn__ahead *ahead, const tn__ahead_view *view);
/* Takes the next rows to want; returns how many. */
int32_t tn__ahead_take(tn__ahead *ahead, const tn__ahead_view *view,
                       int64_t numbers[TN__AHEAD_STEP]);

#endif
