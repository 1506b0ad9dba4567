/* SPDX-License-Identifier: MIT */
/* Reads samples from pages that gzip or zstd compressed as a whole. Such a page can be decompressed
 * only from its beginning, and may be much larger than a sample. A stream decompresses a page piece
 * by piece and keeps the last bytes, so that samples that follow one another cost no more than the
 * page. All threads share the streams of a source. */
#ifndef TENCH_DATA_PARQUET_STREAMS_H
#define TENCH_DATA_PARQUET_STREAMS_H

#include "data/files.h"
#include "data/listing/listing.h"

/* Bytes of a page that a stream keeps at most; at least half of them are there to go back. */
enum { TN__STREAM_KEPT = 4 << 20 };

typedef struct tn__streams tn__streams;

/* Makes n streams; they take memory when they are used. NULL: TN_ENOMEM. */
tn__streams *tn__streams_make(int32_t n);
/* None may be in use. */
void tn__streams_free(tn__streams *streams);
/* Reads n bytes that come after `skip` bytes of the page whose stored bytes lie at the place; the
 * buffer has room. Waits if all streams are in use, or if one is about to have these bytes.
 * TN_EDECODE: the page is damaged; TN_EIO, TN_ENOMEM. */
int tn__streams_read(tn__streams *streams, tn__files *files, const tn__listed_place *place,
                     int32_t codec, int64_t skip, tn__buffer *buffer);

#endif
