/* SPDX-License-Identifier: MIT */
/* Files of records, as they are read: the index file, which is whole or not taken, and journals,
 * which processes append to and may leave behind, cut off anywhere. See format.md. */
#ifndef TENCH_DATA_NOTES_FILE_H
#define TENCH_DATA_NOTES_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "data/notes/note.h"
#include "data/notes/store.h"

enum { TN__NOTE_FILE_HEAD = 64 };
/* A word says where a record lies: file, offset and length. 0: nowhere. */
enum { TN__WORD_LENGTH_BITS = 20, TN__WORD_OFFSET_BITS = 40 };
_Static_assert(TN__NOTE_MAX < 1 << TN__WORD_LENGTH_BITS, "a record's length fits");

typedef struct tn__note_file {
    int descriptor;
    bool is_journal;
    bool is_old;     /* after a failure: an older version wrote it, and nothing in it can be used */
    int64_t n_bytes; /* that hold records, or their table */
    uint64_t fingerprint; /* of the data set whose order the records have; 0: none */
    size_t n;             /* places of the table, or records of the journal */
} tn__note_file;

static inline uint64_t tn__word(int file, int64_t offset, size_t length)
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

/* Checks an index file's table, or goes through a journal, whose name tells it. Neither is kept in
 * memory. TN_EIO and TN_EDECODE say what is wrong with the file, which may be that it is another
 * user's; TN_ENOMEM. Closes nothing that is not its own. */
int tn__note_file_open(const tn__store *store, const char *name, tn__note_file *out);
/* The same for a file that the user named, of whatever owner. */
int tn__note_file_open_named(const char *path, tn__note_file *out);
void tn__note_file_close(tn__note_file *store);
/* A record, and its place in the table or the journal; the word's file number is 0. */
typedef struct tn__note_entry {
    size_t place;
    uint64_t key, word;
} tn__note_entry;
/* Hands all records of an open index file to `visit`, in their order; a failure of it ends that,
 * and is returned. What cannot be read any more ends it without a failure. */
int tn__note_file_each(const tn__note_file *store,
                       int (*visit)(void *context, const tn__note_entry *entry), void *context);
/* Name of the file that the record at `word` is of; false if there is none. */
bool tn__note_name(int descriptor, uint64_t word, char out[TN__NOTE_NAME + 1]);
/* First bytes of an index file of n records whose table has this sum, and of a journal. */
void tn__note_file_head(uint8_t out[TN__NOTE_FILE_HEAD], size_t n, uint64_t fingerprint,
                        int64_t n_bytes, uint64_t table_sum);
void tn__journal_head(uint8_t out[TN__NOTE_FILE_HEAD]);

#endif
