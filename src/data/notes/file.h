/* SPDX-License-Identifier: MIT */
/* Reads files of notes: the index file, which is complete or not used, and journals, which
 * processes append to and may leave behind, cut off anywhere. See format.md. */
#ifndef TENCH_DATA_NOTES_FILE_H
#define TENCH_DATA_NOTES_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "data/notes/note.h"
#include "data/notes/store.h"

enum { TN__NOTE_FILE_HEAD = 64 };
/* A word says where a note lies: file, offset and length. 0: nowhere. */
enum { TN__WORD_LENGTH_BITS = 20, TN__WORD_OFFSET_BITS = 40 };
_Static_assert(TN__NOTE_MAX < 1 << TN__WORD_LENGTH_BITS, "a note's length fits");

typedef struct tn__note_file {
    int descriptor;
    bool is_journal;
    bool is_old;     /* set on failure: an older version wrote it, and nothing in it can be used */
    int64_t n_bytes; /* up to the end of the last note */
    uint64_t fingerprint; /* of the data set in whose order the notes are; 0: none */
    size_t n;             /* places in the table, or notes in the journal */
} tn__note_file;

static inline uint64_t tn__word_make(int file, int64_t offset, size_t length)
{
    return (uint64_t)file << (TN__WORD_LENGTH_BITS + TN__WORD_OFFSET_BITS) |
           (uint64_t)offset << TN__WORD_LENGTH_BITS | length;
}

static inline int tn__word_file(uint64_t word)
{
    return (int)(word >> (TN__WORD_LENGTH_BITS + TN__WORD_OFFSET_BITS));
}

static inline int64_t tn__word_offset(uint64_t word)
{
    return (int64_t)(word >> TN__WORD_LENGTH_BITS & (((uint64_t)1 << TN__WORD_OFFSET_BITS) - 1));
}

static inline size_t tn__word_length(uint64_t word)
{
    return (size_t)(word & (((uint64_t)1 << TN__WORD_LENGTH_BITS) - 1));
}

/* Opens a file of the store, whose name tells its format. Checks the whole table of an index file,
 * or walks through a journal; keeps neither in memory. TN_EIO, TN_EDECODE: the file cannot be used,
 * for example because it belongs to another user; TN_ENOMEM. */
int tn__note_file_open(const tn__store *store, const char *name, tn__note_file *out);
/* Opens a file that the user named; it may have any owner. */
int tn__note_file_open_named(const char *path, tn__note_file *out);
void tn__note_file_close(tn__note_file *file);
/* A note, and its place in the table or the journal; the word's file number is 0. */
typedef struct tn__note_entry {
    size_t place;
    uint64_t key, word;
} tn__note_entry;
/* Calls `visit` for each note of an open file, in order. A failure of `visit` ends the walk and is
 * returned; a part that cannot be read any more ends it without a failure. */
int tn__note_file_each(const tn__note_file *file,
                       int (*visit)(void *context, const tn__note_entry *entry), void *context);
/* The identity of a note: the name of its file, and its kind. */
typedef struct tn__note_owner {
    int32_t kind;
    char name[TN__NOTE_NAME + 1];
} tn__note_owner;
/* Reads the owner of the note at `word`; false if there is no note. */
bool tn__note_owner_at(int descriptor, uint64_t word, tn__note_owner *out);
/* Makes the head of an index file whose table has n places and this sum, and that of a journal. */
void tn__note_file_head(uint8_t out[TN__NOTE_FILE_HEAD], size_t n, uint64_t fingerprint,
                        int64_t n_bytes, uint64_t table_sum);
void tn__journal_head(uint8_t out[TN__NOTE_FILE_HEAD]);

#endif
