/* SPDX-License-Identifier: MIT */
/* The chunks of a PNG file: header, palette, pieces of image data, and what follows them. A file is
 * accepted or refused where Pillow 13.0 does so. */
#ifndef TENCH_PNG_CHUNKS_H
#define TENCH_PNG_CHUNKS_H

#include "codec/codec.h"

/* Colour types; TN__PNG_ALPHA is a bit of those with an alpha channel. */
enum {
    TN__PNG_GREY = 0,
    TN__PNG_RGB = 2,
    TN__PNG_PALETTE = 3,
    TN__PNG_ALPHA = 4,
    TN__PNG_GREY_ALPHA = 4,
    TN__PNG_RGB_ALPHA = 6
};
enum { TN__PNG_PIECE = 65536 }; /* Pillow reads image data in pieces of at most this size */

typedef struct tn__png {
    tn__bytes file;
    bool judge; /* also check what no pixel depends on: checksums of chunks, and texts */

    uint32_t w, h;
    int32_t bits, colour; /* of a sample; a colour type, -1 before the header */
    bool interlaced;      /* by Adam7 */
    tn__bytes palette;    /* R, G, B of each entry; a last one may be incomplete */
    tn__bytes alpha;      /* of the palette's first entries */
    bool has_key;         /* pixels of this colour are transparent */
    uint16_t key[3];      /* as stored; of grey images key[0] */
    bool has_frame;       /* a chunk of an animation says where the image data belongs */
    struct {
        uint32_t x, y, w, h;
    } frame;             /* that place, inside the image */
    int64_t n_frames;    /* of an animation; -1: the file is none */
    int64_t sequence;    /* number of the last chunk of an animation; -1: there was none */
    bool animated;       /* more frames follow the image data */
    uint64_t n_text;     /* characters of all texts */
    tn__bytes exif, xmp; /* metadata that are not compressed */

    size_t at;        /* place of the next byte to read */
    uint32_t to_read; /* bytes of the chunk of image data in hand, as its length says */
} tn__png;

bool tn__png_is(tn__bytes file);
/* Reads all chunks before the image data, and checks them. */
int tn__png_open(tn__bytes file, bool judge, tn__png *png);
/* The rectangle of the image that the image data fill; the rest is zero. */
tn_px_rect tn__png_frame(const tn__png *png);
/* Finds the next piece of image data; an empty one: there is no more. */
int tn__png_piece(tn__png *png, tn__bytes *piece);
/* Checks the chunks after the image data. */
int tn__png_finish(tn__png *png);
/* Looks for Exif and XMP after the image data, unless there is Exif before them. False: the bytes
 * end before it is known whether the file has any. */
bool tn__png_find_metadata(tn__png *png);

#endif
