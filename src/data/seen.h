/* SPDX-License-Identifier: MIT */
/* A set of folders, by device and inode: those that a scan has read. */
#ifndef TENCH_DATA_SEEN_H
#define TENCH_DATA_SEEN_H

#include <stddef.h>
#include <sys/types.h>

/* Begins as zeros. */
typedef struct tn__seen {
    struct tn__seen_place {
        dev_t device;
        ino_t inode;
        char used;
    } * places;
    size_t n, n_places; /* n_places: a power of two, or 0 */
} tn__seen;

/* 1 if the folder is new, 0 if it was there, TN_ENOMEM. */
int tn__seen_add(tn__seen *seen, dev_t device, ino_t inode);
void tn__seen_free(tn__seen *seen);

#endif
