/* SPDX-License-Identifier: MIT */
/* A note keeps what a codec or a source has learned of one sample. format.md describes its bytes.
 *
 * The sample's place (tn__source_place) and the kind identify a note. A kind belongs to one owner,
 * which defines `answer`, `detail` and the body; nothing else looks into them. */
#ifndef TENCH_DATA_NOTES_NOTE_H
#define TENCH_DATA_NOTES_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/source.h"

/* Bytes of a note's head, of a whole note, and of its name: no system opens a longer path. */
enum { TN__NOTE_HEAD = 64, TN__NOTE_MAX = (1 << 20) - 1, TN__NOTE_NAME = 4096 };
enum { TN__NOTE_STATE = 16 }; /* bytes of a file's state, in a note on a part of it */
/* Bytes before the owner's body, at most. */
enum { TN__NOTE_MOST_HEAD = TN__NOTE_HEAD + TN__NOTE_NAME + TN__NOTE_STATE };
enum { TN__NOTE_READ_PADDING = 8 }; /* zero bytes that follow a note in memory */

/* Kinds. Their numbers are on disk: they never change. */
enum {
    TN__NOTE_AID = 0,  /* a codec's aid, or why the file has none; see data/aid.h */
    TN__NOTE_KINDS = 4 /* kinds below this can be opened; merges keep notes of all kinds */
};
enum { TN__NOTE_MOST_ANSWER = UINT8_MAX };

typedef struct tn__note {
    const char *name; /* the sample's place; no NUL ends it */
    size_t n_name;
    int64_t file_bytes;   /* of the sample */
    tn__file_state state; /* a note on a whole file keeps the stamp alone */
    uint64_t hash[2];     /* of the sample's bytes */
    int32_t kind;
    int32_t answer; /* defined by the owner, up to TN__NOTE_MOST_ANSWER: what it found */
    int32_t detail; /* defined by the owner, 16 bits: how it searched */
    const uint8_t *body;
    size_t n_body;
} tn__note;

/* A note without a body, on the sample that was just read. Its name follows later. */
tn__note tn__note_of(const tn__buffer *file, int32_t kind);
/* True if the file has not changed since the note was made, by its time. For a part of a file, the
 * length and the inode of the file count too. False if the file has no time. */
bool tn__note_is_recent(const tn__note *note, const tn__file_state *now);
/* True if the note describes these bytes. Compares their number, and their hash unless the note is
 * recent. `paranoid` always compares the hash. */
bool tn__note_matches(const tn__note *note, const tn__buffer *file, bool paranoid);

/* Key of a note. It narrows a search. Two names can share a key: only the name in the note tells
 * which sample it is about. */
uint64_t tn__note_key(const char *name, int32_t kind);
/* Where the owner's body begins in a note with this name. */
size_t tn__note_body_at(const char *name, size_t n_name);
/* Writes all else in front of the body, which is in its place already; returns the note's length.
 */
size_t tn__note_write(const tn__note *note, uint8_t *out);
/* Takes a note apart; false if these are not the bytes of one, whole and undamaged. */
bool tn__note_read(const uint8_t *bytes, size_t n_bytes, tn__note *out);
/* True if it is the note of this kind on the sample at this place. */
bool tn__note_is_of(const tn__note *note, const char *name, int32_t kind);
/* The facts in the first TN__NOTE_HEAD bytes of a note. Only its mark and its lengths are checked.
 */
typedef struct tn__note_peek {
    uint64_t key;
    int32_t kind;
    size_t n_name, n_bytes; /* of the name, of the note */
} tn__note_peek;
/* False: these bytes do not begin a note. */
bool tn__note_look(const uint8_t *head, tn__note_peek *out);

#endif
