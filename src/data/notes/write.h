/* SPDX-License-Identifier: MIT */
/* Writing an index file: its records in the order of a data set, their table in front. */
#ifndef TENCH_DATA_NOTES_WRITE_H
#define TENCH_DATA_NOTES_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "data/source.h"

/* A record that goes into the index file, and where it lies now. */
typedef struct tn__note_item {
    uint64_t key, word;
    uint64_t rank; /* tells records of one file apart: the last counts */
    char *name;    /* of the record's file; NULL where no other item has the key */
    int descriptor;
} tn__note_item;

/* Writes an index file to an empty file. The items are sorted by key, those of one key by name,
 * each file once; those of the data set's samples come first, in their order, then the others:
 * another view of the same folder, with another class map for instance, keeps what it has. A record
 * that is damaged is left out. TN_EIO, TN_ENOMEM. */
int tn__note_file_write(int descriptor, const tn__source *source, const tn__note_item *items,
                        size_t n_items);

#endif
