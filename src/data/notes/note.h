/* SPDX-License-Identifier: MIT */
/* What is stored of one file: whose it is, and its random access index, or that it has none. The
 * bytes of a record are described in format.md. */
#ifndef TENCH_DATA_NOTES_NOTE_H
#define TENCH_DATA_NOTES_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a record's head, of a whole record, and of a file's name: no system opens a longer path.
 */
enum { TN__NOTE_HEAD = 64, TN__NOTE_MAX = (1 << 20) - 1, TN__NOTE_NAME = 4096 };

/* What a file has, or why it has no index. */
enum {
    TN__NOTE_INDEX = 1,
    TN__NOTE_FORMAT = 2,  /* not a JPEG */
    TN__NOTE_SCANS = 3,   /* in several scans, as progressive files are */
    TN__NOTE_COLOURS = 4, /* inks: CMYK and the like */
    TN__NOTE_UNCLEAN = 5, /* damaged, or of a kind that only libjpeg decodes */
    TN__NOTE_KINDS = 6
};

typedef struct tn__note {
    const char *name; /* of the file, below the data set; no NUL ends it */
    size_t n_name;
    int64_t file_bytes;
    int64_t stamp; /* of the file's last change (base/stamp.h); 0: it has no time */
    uint64_t hash[2];
    int32_t kind;
    int32_t columns; /* entries per MCU row that were asked for */
    const uint8_t *form;
    size_t n_form; /* 0 unless kind is TN__NOTE_INDEX */
} tn__note;

/* Key of a file by its name below the data set. Names are found by it; as two names can have one
 * key, only the name in the record tells whose record it is. */
uint64_t tn__note_key(const char *name);
/* Where the form of a record lies whose name has that length. */
size_t tn__note_form_at(size_t n_name);
/* Writes head and name in front of the form, which lies at its place already; returns the record's
 * length. */
size_t tn__note_write(const tn__note *record, uint8_t *out);
/* Takes a record apart; false if these are not the bytes of one, whole and undamaged. */
bool tn__note_read(const uint8_t *bytes, size_t n_bytes, tn__note *out);
/* True if it is the record of the file with that name. */
bool tn__note_is_of(const tn__note *record, const char *name);
/* What the first TN__NOTE_HEAD bytes of a record tell. Only its mark and its lengths are checked.
 */
typedef struct tn__note_peek {
    uint64_t key;
    size_t n_name, n_bytes; /* of the name, of the record */
} tn__note_peek;
/* False: no record. */
bool tn__note_look(const uint8_t *head, tn__note_peek *out);

#endif
