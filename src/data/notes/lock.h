/* SPDX-License-Identifier: MIT */
/* The lock of a store: one process at a time merges journals there. */
#ifndef TENCH_DATA_NOTES_LOCK_H
#define TENCH_DATA_NOTES_LOCK_H

#include <stdint.h>

#include "data/notes/store.h"

/* Takes the lock, and waits up to wait_ms for it; *lock becomes its descriptor. The lock is a file
 * that only its owner can open, so other users who can read the folder cannot hold it. TN_ETIMEOUT
 * names the process that holds it; TN_EIO: the folder allows no lock. */
int tn__store_lock(const tn__store *store, int32_t wait_ms, int *lock);
void tn__store_unlock(const tn__store *store, int lock);

#endif
