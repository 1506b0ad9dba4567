/* SPDX-License-Identifier: MIT */
/* Codecs: bytes to pixels. One file per codec, one table entry each, asked in order.
 *
 * A codec never sees a file: it gets all bytes, with 64 zero bytes readable behind them. */
#ifndef TENCH_CODEC_CODEC_H
#define TENCH_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "codec/jpeg/index.h"
#include "plan/info.h"
#include "px/image.h"

enum { TN__NOT_MINE = 2 };     /* of decode: ask the next codec */
enum { TN__READ_BEHIND = 64 }; /* zero bytes that are readable behind an encoded file */

typedef struct tn__bytes {
    const uint8_t *data;
    size_t size;
} tn__bytes;

/* What to decode. */
typedef struct tn__want {
    tn_px_rect need; /* rectangle of the stored image, inside it and not empty */
    int32_t mode;    /* TN_RGB or TN_GREY */
} tn__want;

/* Where a decoder first met what it did not expect, and what it says of it. */
typedef struct tn__trouble {
    int64_t byte;   /* of the file, about; -1: not known */
    int32_t row;    /* of pixels, about; -1: not known */
    char what[200]; /* ends with NUL */
} tn__trouble;

/* Random access: what is known of a file before it is decoded, and what decoding finds. */
typedef struct tn__access {
    const tn__jpeg_index *index; /* to be used; NULL: none */
    int32_t build;               /* entries per row of MCUs to look for; 0: do not build an index */
    tn__jpeg_index built;        /* in the arena; no entries if the file is not to have an index */
    bool rejected;               /* the index is not that of this file, which was decoded plainly */
    tn__trouble *trouble;        /* filled where decoding fails or guesses; NULL: nobody asks */
} tn__access;

typedef struct tn__codec {
    const char *name;
    bool (*sniff)(tn__bytes bytes);
    /* Header facts, or TN__NOT_MINE. Limits are checked by the caller, before anything is
     * allocated. */
    int (*probe)(tn__bytes bytes, tn__info *info);
    /* Bytes that decode takes from the arena and the heap for this need. */
    size_t (*scratch)(const tn__info *info, const tn__want *want);
    /* Decodes want->need into an image from the arena: out->x0, y0, w, h equal the need. The pixels
     * are those that a full decode has there. `access` may be NULL. `damage` counts what the
     * decoder had to guess (warnings). */
    int (*decode)(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage);
} tn__codec;

extern const tn__codec tn__codec_packed;
extern const tn__codec tn__codec_baseline;
extern const tn__codec tn__codec_libjpeg;

/* The first codec that knows the bytes; NULL with TN_EDECODE recorded, which says what the bytes
 * look like. */
const tn__codec *tn__codec_find(tn__bytes bytes);
/* Finds and probes, in the table's order, and checks width × height against max_pixels (TN_ELIMIT).
 */
const tn__codec *tn__codec_probe(tn__bytes bytes, int64_t max_pixels, tn__info *info);
/* Decodes by asking `codec`, then those behind it in the table while they answer TN__NOT_MINE. */
int tn__codec_decode(const tn__codec *codec, tn__bytes bytes, tn__access *access,
                     const tn__info *info, const tn__want *want, tn__arena *arena, tn_px_image *out,
                     int32_t *damage);

#endif
