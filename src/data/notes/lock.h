/* SPDX-License-Identifier: MIT */
/* The lock of a store: of processes that make an index file there, one at a time does so. */
#ifndef TENCH_DATA_NOTES_LOCK_H
#define TENCH_DATA_NOTES_LOCK_H

#include <stdint.h>

#include "data/notes/store.h"

/* Takes the lock, which *lock then holds; waits for it up to wait_ms. The lock is a file that only
 * its owner can open, so that those who can read the folder cannot hold it. TN_ETIMEOUT with the
 * process that holds it; TN_EIO: there can be no lock. */
int tn__store_lock(const tn__store *store, int32_t wait_ms, int *lock);
void tn__store_unlock(const tn__store *store, int lock);

#endif
