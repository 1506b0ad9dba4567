/* SPDX-License-Identifier: MIT */
/* A striped image: the pixels of a lossless file as stripes of rows, each compressed alone. So a
 * region costs little more than the stripes that it meets. data/pack/PACK.md describes the bytes.
 *
 * A record keeps rows of a kind that codec/rows.h turns into the same pixels as those of the file,
 * in every mode, and what the file's header says of the image. It does not keep the file's bytes.
 */
#ifndef TENCH_STRIPES_RECORD_H
#define TENCH_STRIPES_RECORD_H

#include "base/blob.h"
#include "codec/codec.h"

/* Offsets of a record's parts, as in PACK.md. */
enum {
    TN__STRIPES_MAGIC_BYTES = 8,
    TN__STRIPES_CHECKSUM = 8, /* over everything from TN__STRIPES_SIZE up to the first stripe */
    TN__STRIPES_SIZE = 16,
    TN__STRIPES_FILE_SIZE = 24,
    TN__STRIPES_FILE_HASH = 32,
    TN__STRIPES_W = 48,
    TN__STRIPES_H = 52,
    TN__STRIPES_STRIPE_ROWS = 56,
    TN__STRIPES_COLOURS = 60, /* entries of the palette, 16 bits */
    TN__STRIPES_FORMAT = 62,
    TN__STRIPES_KIND = 63,
    TN__STRIPES_CHANNELS = 64,
    TN__STRIPES_BITS = 65,
    TN__STRIPES_FILE_CHANNELS = 66,
    TN__STRIPES_FILE_BITS = 67,
    TN__STRIPES_ORIENTATION = 68,
    TN__STRIPES_FLAGS = 69,
    TN__STRIPES_HEAD = 72,
    TN__STRIPES_COLOUR = 4, /* bytes of a palette's entry: R, G, B, A */
    TN__STRIPES_ENTRY = 8   /* bytes: end and checksum of a stripe */
};
enum { TN__STRIPES_HAS_PALETTE = 1, TN__STRIPES_PROGRESSIVE = 2 }; /* flags */
enum { TN__STRIPES_COLOURS_MOST = 256, TN__STRIPES_ROWS_MOST = 1 << 10 };

/* The image of a record. */
typedef struct tn__stripes_image {
    tn__info info;     /* of the file that was packed */
    int32_t kind;      /* of the rows: TN__ROW_GREY8 … */
    int32_t n_rows;    /* of each stripe but the last, which may have fewer */
    int32_t n_colours; /* of the palette; 0: none */
    uint8_t palette[TN__STRIPES_COLOURS_MOST][TN__STRIPES_COLOUR];
} tn__stripes_image;

/* A record with a checked head. */
typedef struct tn__stripes_record {
    tn__stripes_image image;
    tn__bytes bytes;
    uint64_t file_size;
    const uint8_t *file_hash; /* XXH3, 128 bits, canonical */
    const uint8_t *table;     /* ends and checksums of the stripes */
    size_t stripes_at;
} tn__stripes_record;

/* True if the bytes begin like a record of any version. */
bool tn__stripes_is(tn__bytes bytes);
/* Reads and checks everything before the stripes. `head`: `bytes` may be only the beginning of the
 * record. TN_EDECODE: the message says what is damaged. */
int tn__stripes_read(tn__bytes bytes, bool head, tn__stripes_record *record);
/* The compressed bytes of stripe number `stripe`, with their checksum checked. TN_EDECODE. */
int tn__stripes_stripe(const tn__stripes_record *record, int32_t stripe, tn__bytes *out);
/* Writes a record of `file`. `table` and `stripes` are as in the record. TN_ENOMEM. */
int tn__stripes_write(const tn__stripes_image *image, tn__bytes file, const tn__blob *table,
                      const tn__blob *stripes, tn__blob *out);

int32_t tn__stripes_count(const tn__stripes_image *image);
/* Bytes of a pixel in rows of a kind that a record may have; 0: it has no such kind. */
int32_t tn__stripes_pixel(int32_t kind);
/* Bytes of a row as it is compressed: its filter, then its samples. */
size_t tn__stripes_row_bytes(const tn__stripes_image *image);
/* The number of a format that records may come from; 0: there are none of it. */
int32_t tn__stripes_format(const char *format);

#endif
