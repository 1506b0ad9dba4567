/* SPDX-License-Identifier: MIT */
/* Faults: samples that could not be made, and the samples that replace them.
 *
 * A substitute is a function of (seed, epoch, position, attempt) in the domain FAULT. So the same
 * rows fail, and the same samples replace them, on any number of threads and ranks. */
#ifndef TENCH_LOAD_FAULT_H
#define TENCH_LOAD_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/comb.h"
#include "load/tally.h"

enum { TN__MAX_ATTEMPTS = 16 };

/* One failed attempt. */
typedef struct tn__fault_note {
    struct tn__fault_note *next; /* the next attempt at the same row */
    int32_t code, system_error;
    const char *stage; /* static */
    int64_t epoch, position, sample;
    size_t name_at; /* where the sample's name begins in `message`, after the message's NUL */
    char message[];
} tn__fault_note;

/* The faults of all rows, in the order in which the rows were delivered: their number, the first
 * TN_FAULTS_KEPT in full, and how often each sample failed. */
typedef struct tn__faults {
    int64_t n;
    tn__fault_note *notes[TN_FAULTS_KEPT];
    tn__tally tally;
} tn__faults;

/* Chooses, among n samples, the substitute at `position` after `attempt` samples (1…) have failed.
 * `failed` is the last of them; it is not chosen again if there is another one. With a comb the
 * others are chosen by their weights. */
int64_t tn__fault_substitute(int64_t seed, int64_t epoch, int64_t position, int32_t attempt,
                             int64_t n, int64_t failed, const tn__comb *comb);
/* Notes this thread's failure, with a copy of `name`. NULL: no memory. */
tn__fault_note *tn__fault_note_make(const char *name, int64_t epoch, int64_t position,
                                    int64_t sample);
/* The name of the sample that failed; the note owns it. */
const char *tn__fault_note_name(const tn__fault_note *note);
void tn__fault_notes_free(tn__fault_note *first);
/* Makes the note this thread's failure and returns its code. */
int tn__fault_note_raise(const tn__fault_note *note);

/* How many faults are kept in full. */
int64_t tn__faults_kept(const tn__faults *faults);
/* Adds copies of a row's notes, except for troubles of the machine. TN_ENOMEM. */
int tn__faults_add(tn__faults *faults, const tn__fault_note *first);
void tn__faults_free(tn__faults *faults);

#endif
