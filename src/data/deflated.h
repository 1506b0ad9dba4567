/* SPDX-License-Identifier: MIT */
/* Reads samples whose bytes lie in a file as deflate data: members of zips. */
#ifndef TENCH_DATA_DEFLATED_H
#define TENCH_DATA_DEFLATED_H

#include "data/files.h"
#include "data/listing/listing.h"

/* Reads and inflates a sample, as tn__read_extent reads one that is stored as it is; the offset and
 * the length of `extent` are unused. TN_EDECODE: the data are damaged. */
int tn__deflated_read(void *reader, tn__files *files, const tn__listed_place *place,
                      tn__extent extent, tn__buffer *buffer, int64_t *length);

/* Inflates the whole data of one member into the buffer, and compares the checksum, which is the
 * number of its coding. TN_EDECODE, TN_ENOMEM. */
int tn__deflated_inflate(const tn__coding *coding, const tn__buffer *stored, tn__buffer *buffer);

#endif
