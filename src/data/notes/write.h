/* SPDX-License-Identifier: MIT */
/* Writes an index file: a table, then the notes in the order of a data set. */
#ifndef TENCH_DATA_NOTES_WRITE_H
#define TENCH_DATA_NOTES_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "data/source.h"

/* A note for the index file, and the place where it lies now. */
typedef struct tn__note_item {
    uint64_t key, word;
    uint64_t rank; /* of notes with one owner, the one with the highest rank wins */
    char *name;    /* of the note's file; NULL if no other item has the key */
    int32_t kind;  /* of the note; 0 where there is no name */
    int descriptor;
} tn__note_item;

/* Writes an index file to an empty file. The items are sorted by key, and those with one key by
 * name; each owner occurs once. The aids of the data set's samples come first, in the samples'
 * order, then all other notes: another view of the same folder, for example with another class map,
 * keeps its notes. A damaged note is left out. TN_EIO, TN_ENOMEM. */
int tn__note_file_write(int descriptor, const tn__source *source, const tn__note_item *items,
                        size_t n_items);

#endif
