/* SPDX-License-Identifier: MIT */
/* A journal: records in the order in which they were found, written as they come. A process that is
 * killed leaves it there, good up to the last whole record.
 *
 * Each process has journals of its own, locked as long as it lives, so that no process waits for
 * another. The first record makes the file: beside the data, or where that cannot be done in the
 * cache. */
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
    const tn__store *store; /* where it lies */
    int descriptor;         /* -1: not made yet, or given up */
    int64_t end;
    pid_t pid;         /* that made it */
    tn__error failure; /* that ended it: nothing more is written. Code TN_OK: none */
    char name[sizeof TN__JOURNAL_FORM];
} tn__journal;

/* Makes a file for a journal, locked and with its head in it, readable by those whom the umask
 * lets; its name goes to `name`. Returns its descriptor, or a negative status. */
int tn__journal_make(const tn__store *store, char name[sizeof TN__JOURNAL_FORM]);
void tn__journal_init(tn__journal *journal);
/* Appends a record and says where it lies. The failure that ends the journal is recorded and
 * returned then and at every later call, so that each caller learns the reason. TN_ECLOSED in a
 * process that did not make it. */
int tn__journal_add(tn__journal *journal, tn__store stores[TN__STORES], const uint8_t *record,
                    size_t n_bytes, int64_t *offset);
void tn__journal_close(tn__journal *journal);

#endif
