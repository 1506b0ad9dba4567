/* SPDX-License-Identifier: MIT */
/* Reads the headers of a tar, one member after the other: ustar, GNU tar's and pax's long names,
 * and the older forms. It accepts what Python's tarfile accepts, but a header that is damaged or
 * cut off is a failure, where tarfile takes it for the end. */
#ifndef TENCH_DATA_TAR_READER_H
#define TENCH_DATA_TAR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum { TN__TAR_BLOCK = 512 };

typedef struct tn__tar_member {
    char type; /* '0': a file; 'S': a sparse one; '1': a hard link; or another of tar's letters */
    const char *name; /* until the next member is read */
    size_t n_name;
    int64_t offset, length; /* of its data in the file; a whole number of blocks may be missing */
} tn__tar_member;

typedef struct tn__tar {
    int descriptor;
    int64_t begin, end; /* the archive's stretch of the file */
    int64_t at;         /* the next header */
    tn__text name;
    int64_t window_at;
    size_t window_size;
    uint8_t window[1 << 13]; /* bytes of the file at window_at */
} tn__tar;

/* Begins to read the archive at [begin, end) of an open file. */
void tn__tar_open(int descriptor, int64_t begin, int64_t end, tn__tar *out);
/* Reads the next member. TN_END: there are no more. TN_EDECODE: a header is damaged, cut off, or
 * asks for more bytes than there are; TN_EIO; TN_ELIMIT; TN_ENOMEM. */
int tn__tar_next(tn__tar *tar, tn__tar_member *out);
void tn__tar_close(tn__tar *tar);
/* Refuses an image that is a hard link or a sparse file. */
int tn__tar_fail_kind(const tn__tar_member *member);
/* The name of a format that is not tar, if the bytes at the begin of a file have one: "gzip" … */
const char *tn__tar_other_format(const uint8_t *bytes, size_t n_bytes);

#endif
