/* SPDX-License-Identifier: MIT */
/* What is stored of one file: whose it is, and its random access index, or that it has none. The
 * bytes of a record are described in format.md. */
#ifndef TENCH_DATA_INDEX_RECORD_H
#define TENCH_DATA_INDEX_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a record's head, of a whole record, and of a file's name: no system opens a longer path.
 */
enum { TN__RECORD_HEAD = 64, TN__RECORD_MAX = (1 << 20) - 1, TN__RECORD_NAME = 4096 };

/* What a file has, or why it has no index. */
enum {
    TN__RECORD_INDEX = 1,
    TN__RECORD_FORMAT = 2,  /* not a JPEG */
    TN__RECORD_SCANS = 3,   /* in several scans, as progressive files are */
    TN__RECORD_COLOURS = 4, /* inks: CMYK and the like */
    TN__RECORD_UNCLEAN = 5, /* damaged, or of a kind that only libjpeg decodes */
    TN__RECORD_KINDS = 6
};

typedef struct tn__record {
    const char *name; /* of the file, below the data set; no NUL ends it */
    size_t n_name;
    int64_t file_bytes;
    int64_t stamp; /* of the file's last change (base/stamp.h); 0: it has no time */
    uint64_t hash[2];
    int32_t kind;
    int32_t columns; /* entries per MCU row that were asked for */
    const uint8_t *form;
    size_t n_form; /* 0 unless kind is TN__RECORD_INDEX */
} tn__record;

/* Key of a file by its name below the data set. Names are found by it; as two names can have one
 * key, only the name in the record tells whose record it is. */
uint64_t tn__record_key(const char *name);
/* Where the form of a record lies whose name has that length. */
size_t tn__record_form_at(size_t n_name);
/* Writes head and name in front of the form, which lies at its place already; returns the record's
 * length. */
size_t tn__record_write(const tn__record *record, uint8_t *out);
/* Takes a record apart; false if these are not the bytes of one, whole and undamaged. */
bool tn__record_read(const uint8_t *bytes, size_t n_bytes, tn__record *out);
/* True if it is the record of the file with that name. */
bool tn__record_is_of(const tn__record *record, const char *name);
/* What the first TN__RECORD_HEAD bytes of a record tell. Only its mark and its lengths are checked.
 */
typedef struct tn__record_peek {
    uint64_t key;
    size_t n_name, n_bytes; /* of the name, of the record */
} tn__record_peek;
/* False: no record. */
bool tn__record_look(const uint8_t *head, tn__record_peek *out);

#endif
