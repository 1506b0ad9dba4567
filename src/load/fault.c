/* SPDX-License-Identifier: MIT */
/* Substitutes, and notes of what failed. See fault.h. */
#include "load/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* Draws a number below n that is not in the gap. */
static int64_t draw_beside(tn__draws *draws, int64_t n, int64_t gap, int64_t n_gap)
{
    const int64_t drawn = tn__draw_integer(draws, 0, n - n_gap - 1);
    return drawn < gap ? drawn : drawn + n_gap;
}

int64_t tn__fault_substitute(int64_t seed, int64_t epoch, int64_t position, int32_t attempt,
                             int64_t n, int64_t failed, const tn__comb *comb)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(seed, epoch, TN__DOMAIN_FAULT), position, 0,
                    (uint32_t)attempt, 0);
    if (comb->n == 0)
        return n < 2 ? failed : draw_beside(&draws, n, failed, 1);
    const int64_t length = (int64_t)comb->length;
    const int64_t own = (int64_t)tn__comb_length(comb, failed);
    if (own == length)
        return failed;
    const int64_t start = (int64_t)tn__comb_start(comb, failed);
    return tn__comb_at(comb, (uint64_t)draw_beside(&draws, length, start, own));
}

/* Takes memory for a note whose texts have so many bytes. */
static tn__fault_note *allocate(size_t n_bytes)
{
    tn__fault_note *const note = malloc(sizeof *note + n_bytes);
    if (!note)
        tn__fail_memory("the record of a fault", sizeof *note + n_bytes);
    return note;
}

const char *tn__fault_note_name(const tn__fault_note *note)
{
    return note->message + note->name_at;
}

tn__fault_note *tn__fault_note_make(const char *name, int64_t epoch, int64_t position,
                                    int64_t sample)
{
    tn__error error;
    tn__error_take(&error);
    const size_t n_message = strlen(error.message) + 1, n_name = strlen(name) + 1;
    tn__fault_note *const note = allocate(n_message + n_name);
    if (!note)
        return NULL;
    *note = (tn__fault_note){.code = error.code,
                             .system_error = error.system_error,
                             .stage = error.stage,
                             .epoch = epoch,
                             .position = position,
                             .sample = sample,
                             .name_at = n_message};
    memcpy(note->message, error.message, n_message);
    memcpy(note->message + n_message, name, n_name);
    return note;
}

void tn__fault_notes_free(tn__fault_note *first)
{
    while (first) {
        tn__fault_note *const next = first->next;
        free(first);
        first = next;
    }
}

int tn__fault_note_raise(const tn__fault_note *note)
{
    tn__error error = {.code = note->code, .system_error = note->system_error};
    snprintf(error.message, sizeof error.message, "%s", note->message);
    (void)tn__error_raise(&error);
    tn__error_place(note->stage, tn__fault_note_name(note), note->position, note->sample);
    return note->code;
}

int64_t tn__faults_kept(const tn__faults *faults)
{
    return faults->n < TN_FAULTS_KEPT ? faults->n : TN_FAULTS_KEPT;
}

static int keep(tn__faults *faults, const tn__fault_note *note)
{
    const size_t n_bytes = note->name_at + strlen(tn__fault_note_name(note)) + 1;
    tn__fault_note *const copy = allocate(n_bytes);
    if (!copy)
        return TN_ENOMEM;
    memcpy(copy, note, sizeof *copy + n_bytes);
    copy->next = NULL;
    faults->notes[faults->n] = copy;
    return TN_OK;
}

int tn__faults_add(tn__faults *faults, const tn__fault_note *first)
{
    for (const tn__fault_note *note = first; note; note = note->next) {
        if (tn__is_systemic(note->code, note->system_error))
            continue;
        if (faults->n < TN_FAULTS_KEPT && keep(faults, note) != TN_OK)
            return TN_ENOMEM;
        faults->n++;
        if (tn__tally_add(&faults->tally, note->sample) != TN_OK)
            return TN_ENOMEM;
    }
    return TN_OK;
}

void tn__faults_free(tn__faults *faults)
{
    for (int64_t f = 0; f < tn__faults_kept(faults); f++)
        free(faults->notes[f]);
    tn__tally_free(&faults->tally);
    *faults = (tn__faults){0};
}
