/* SPDX-License-Identifier: MIT */
/* Reads the bytes of a sample from a page that is compressed. */
#ifndef TENCH_DATA_PARQUET_READ_H
#define TENCH_DATA_PARQUET_READ_H

#include "data/files.h"
#include "data/listing/listing.h"
#include "data/parquet/pages.h"
#include "data/parquet/streams.h"

/* How the listing notes it. False: too many bytes come before it. */
bool tn__parquet_coding(const tn__stored *stored, size_t n_bytes, tn__coding *out);
/* Reads a sample that is coded so; `reader` is a tn__streams. See tn__container_read. TN_EDECODE:
 * its bytes are damaged. */
int tn__parquet_read_coded(void *reader, tn__files *files, const tn__listed_place *place,
                           tn__extent extent, tn__buffer *buffer, int64_t *length);

#endif
