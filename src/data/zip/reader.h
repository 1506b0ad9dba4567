/* SPDX-License-Identifier: MIT */
/* Reads the directory of a zip, one member after the other: the plain form and zip64. It accepts
 * what Python's zipfile accepts. */
#ifndef TENCH_DATA_ZIP_READER_H
#define TENCH_DATA_ZIP_READER_H

#include <stddef.h>
#include <stdint.h>

enum { TN__ZIP_STORED = 0, TN__ZIP_DEFLATED = 8 }; /* methods; the reader passes all others on */
enum { TN__ZIP_ENCRYPTED = 1 << 0 | 1 << 6 };      /* flags; any of them */

typedef struct tn__zip_member {
    const char *name; /* as in the file, until the next member is read; no NUL follows it */
    size_t n_name;
    uint32_t method, flags;
    uint32_t sum;    /* CRC-32 of the contents */
    int64_t length;  /* of the data in the file */
    int64_t content; /* length of the contents */
    int64_t header;  /* where the member begins in the file */
} tn__zip_member;

typedef struct tn__zip {
    int descriptor;
    int64_t end;   /* of the directory */
    int64_t at;    /* the next entry */
    int64_t begin; /* of the directory: all data lie before it */
    int64_t shift; /* bytes before the archive: offsets in it begin there */
    uint8_t *window;
    int64_t window_at;
    size_t window_size;
} tn__zip;

/* Finds the directory of an open file of n_bytes. TN_EDECODE: it is not a zip, damaged, or one of
 * several parts; TN_EIO; TN_ENOMEM. tn__zip_close follows in any case. */
int tn__zip_open(int descriptor, int64_t n_bytes, tn__zip *out);
/* Reads the next member. TN_END: there are no more. TN_EDECODE: its entry is damaged; TN_EIO. */
int tn__zip_next(tn__zip *zip, tn__zip_member *out);
/* Reads the header before the member's data, and finds these. TN_EDECODE: they do not fit to the
 * directory; TN_EIO. */
int tn__zip_find(const tn__zip *zip, const tn__zip_member *member, int64_t *offset);
void tn__zip_close(tn__zip *zip);

#endif
