/* SPDX-License-Identifier: MIT */
/* A journal gets each note as soon as it is made. If its process is killed, it stays, and is good
 * up to the last complete note.
 *
 * Each process has its own journals and locks them as long as it lives, so that no process waits
 * for another. The first note creates the file: beside the data, or if that is impossible in the
 * cache.
 */
#ifndef TENCH_DATA_NOTES_JOURNAL_H
#define TENCH_DATA_NOTES_JOURNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "data/notes/store.h"

typedef struct tn__journal {
    pthread_mutex_t lock;   /* guards all below; no other lock is taken under it */
    const tn__store *store; /* the store with the file */
    int descriptor;         /* -1: there is no file yet */
    int64_t end;
    pid_t pid;         /* of the process that made the file */
    tn__error failure; /* the failure that ended the journal; code TN_OK: none */
    char name[sizeof TN__JOURNAL_FORM];
} tn__journal;

/* Makes a file for a journal, with the mode that the umask allows, locks it, and writes its head;
 * `name` gets its name. Returns its descriptor, or a negative status. */
int tn__journal_make(const tn__store *store, char name[sizeof TN__JOURNAL_FORM]);
void tn__journal_init(tn__journal *journal);
/* Appends a note; *offset becomes its place. A failure ends the journal; it is raised then and at
 * each later call, so that every caller learns the reason. TN_ECLOSED in a process that did not
 * make the file. */
int tn__journal_add(tn__journal *journal, tn__store stores[TN__STORES], const uint8_t *note,
                    size_t n_bytes, int64_t *offset);
void tn__journal_close(tn__journal *journal);

#endif
