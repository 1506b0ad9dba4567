/* SPDX-License-Identifier: MIT */
/* A journal: records in the order in which they were found, written as they come. A process that is
 * killed leaves it behind, good up to the last whole record.
 *
 * Each process has journals of its own, locked as long as it lives, so that nobody waits for
 * anybody. The first record makes the file: beside the data if that folder can be written, else in
 * the cache. */
#ifndef TENCH_DATA_INDEX_JOURNAL_H
#define TENCH_DATA_INDEX_JOURNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "data/index/shelf.h"

typedef struct tn__journal {
    pthread_mutex_t lock; /* guards all below; no other lock is taken under it */
    tn__shelf shelf;
    int descriptor; /* -1: not made yet, or given up */
    int64_t end;
    pid_t pid;         /* that made it */
    tn__error failure; /* that ended it: nothing more is written. Code TN_OK: none */
    char name[sizeof TN__JOURNAL_FORM];
} tn__journal;

void tn__journal_init(tn__journal *journal);
/* Appends a record and says where it lies. The failure that ends the journal is recorded and
 * returned then and at every later call, so that whoever asks learns the reason. TN_ECLOSED in a
 * process that did not make it. */
int tn__journal_add(tn__journal *journal, const char *root, const uint8_t *record, size_t n_bytes,
                    int64_t *offset);
void tn__journal_close(tn__journal *journal);

#endif
