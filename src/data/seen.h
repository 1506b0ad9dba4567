/* SPDX-License-Identifier: MIT */
/* The set of folders that a scan has read, by device and inode. */
#ifndef TENCH_DATA_SEEN_H
#define TENCH_DATA_SEEN_H

#include <stddef.h>
#include <sys/types.h>

/* Zeros are an empty set. */
typedef struct tn__seen {
    struct tn__seen_place {
        dev_t device;
        ino_t inode;
        char used;
    } * places;
    size_t n, n_places; /* n_places: a power of two, or 0 */
} tn__seen;

/* Adds a folder: 1 if it is new, 0 if the set had it, TN_ENOMEM. */
int tn__seen_add(tn__seen *seen, dev_t device, ino_t inode);
void tn__seen_free(tn__seen *seen);

#endif
