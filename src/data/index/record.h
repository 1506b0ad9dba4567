/* SPDX-License-Identifier: MIT */
/* What is stored of one file: whose it is, and its random access index, or that it has none. The
 * bytes of a record are described in format.md. */
#ifndef TENCH_DATA_INDEX_RECORD_H
#define TENCH_DATA_INDEX_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__RECORD_HEAD = 64, TN__RECORD_MAX = (1 << 20) - 1 };

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
    uint64_t key; /* of the file's name */
    int64_t file_bytes;
    int64_t stamp; /* of the file's last change, ns since 1970; 0: not known */
    uint64_t hash[2];
    int32_t kind;
    int32_t columns; /* entries per MCU row that were asked for */
    const uint8_t *form;
    size_t n_form; /* 0 unless kind is TN__RECORD_INDEX */
} tn__record;

/* Key of a file by its name below the data set. */
uint64_t tn__record_key(const char *name);
/* Writes TN__RECORD_HEAD bytes in front of the form, which lies behind them already; returns the
 * record's length. */
size_t tn__record_write(const tn__record *record, uint8_t *out);
/* Takes a record apart; false if these are not the bytes of one, whole and undamaged. */
bool tn__record_read(const uint8_t *bytes, size_t n_bytes, tn__record *out);
/* Length and key of a record by its first TN__RECORD_HEAD bytes, which are checked for their mark
 * only; length 0: no record. */
size_t tn__record_peek(const uint8_t *head, uint64_t *key);

#endif
