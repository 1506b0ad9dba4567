/* SPDX-License-Identifier: MIT */
/* Codecs turn bytes into pixels. Each has a file and an entry in the table of codec.c, which asks
 * them in order. For implementers:
 *
 * - A codec never sees a file: it gets all bytes, followed by TN__READ_PADDING zero bytes.
 * - It takes all memory from the arena, except for memory of a library that it calls.
 * - It puts rows into the image with codec/rows.h, so that all modes follow the same rules.
 * - Pixels of a region equal those of a full decode, with and without an aid. */
#ifndef TENCH_CODEC_CODEC_H
#define TENCH_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "plan/info.h"
#include "px/image.h"
#include "spec/spec.h"

enum { TN__NOT_MINE = 2 };      /* from probe and decode: ask the next codec */
enum { TN__READ_PADDING = 64 }; /* zero bytes that follow an encoded file in memory */

typedef struct tn__bytes {
    const uint8_t *data;
    size_t size;
} tn__bytes;

/* The shape of pixels that stand in a container without a header: one byte each, row after row. */
typedef struct tn__hint {
    int32_t w, h;
    int32_t channels; /* 1 or 3 */
    bool planar;      /* one channel after the other; else the values of a pixel follow another */
    bool bgr;         /* the channels are blue, green, red */
} tn__hint;

/* What to decode. */
typedef struct tn__want {
    tn_px_rect need; /* rectangle of the stored image, inside it and not empty */
    int32_t mode;    /* TN_RGB, TN_GREY, TN_RGBA, TN_KEEP or TN_INDICES */
} tn__want;

/* The first place where a decoder found damage, and its description. */
typedef struct tn__trouble {
    int64_t byte;   /* approximate place in the file; -1: not known */
    int32_t row;    /* approximate row of pixels; -1: not known */
    char what[200]; /* ends with NUL */
} tn__trouble;

/* An aid: something that a codec learned about a file and that makes the next decode of the file
 * cheaper, for example an index of places where decoding can begin. Only the codec that made it
 * looks into it. */
typedef struct tn__aid tn__aid;

/* The aid of a file, or the reason why the file has none. The numbers are on disk: they never
 * change. */
enum {
    TN__AID_BUILT = 1,
    TN__AID_FORMAT = 2,  /* files of this format have no aids */
    TN__AID_SCANS = 3,   /* the file has several scans, as progressive JPEGs do */
    TN__AID_COLOURS = 4, /* the file's colours are inks, for example CMYK */
    TN__AID_UNCLEAN = 5, /* the file is damaged, or of a kind for which no aid can be built */
    TN__AID_ANSWERS = 6
};

/* What a caller passes to decode besides the want, and what decode reports. */
typedef struct tn__access {
    const tn__aid *aid;   /* the aid to use; NULL: none */
    int32_t build;        /* how fine an aid to build, in the codec's own unit; 0: build none */
    const tn__aid *built; /* the aid that decode built, in the arena; NULL: none */
    bool rejected;        /* the aid did not belong to this file, so decode did not use it */
    tn__trouble *trouble; /* decode fills it if it fails or guesses; NULL: not wanted */
} tn__access;

typedef struct tn__codec {
    const tn__spec *spec; /* of the format; several codecs may decode one format */
    /* The module that contains the codec. The core's entry then has only `spec` and `sniff`. NULL:
     * the core contains it. */
    struct tn__module *module;
    bool (*sniff)(tn__bytes bytes);
    /* Reads the header; may answer TN__NOT_MINE. The caller checks limits before decode
     * allocates. */
    int (*probe)(tn__bytes bytes, tn__info *info);
    /* Upper bound of the bytes that decode takes from the arena and the heap for this want. */
    size_t (*scratch)(const tn__info *info, const tn__want *want);
    /* Decodes want->need into an image from the arena: out->x0, y0, w, h equal the need; channels
     * and bits are those of tn__info_channels and tn__info_bits. The mode takes the file. `access`
     * may be NULL. `damage` counts the places where the decoder guessed. May answer TN__NOT_MINE.
     * A codec that is asked after another one leaves `aid` and `build` alone. */
    int (*decode)(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage);

    /* Aids. All four functions are NULL in a codec without aids. The written form of an aid is kept
     * outside of the file. A reader may rely only on this: aid_write made the bytes, perhaps for
     * another file. So aid_read checks every field, and decode rejects an aid of another file. */

    /* Upper bound of the bytes that aid_read takes from the arena. */
    size_t (*aid_scratch)(const tn__info *info);
    /* Upper bound of the written form's length: of this aid, or (NULL) of any aid of such a
     * file. */
    size_t (*aid_bytes)(const tn__info *info, const tn__aid *aid);
    /* Writes an aid that decode built; returns the length. 0: the aid cannot be written. */
    size_t (*aid_write)(const tn__aid *aid, uint8_t *out);
    /* Reads a written form into the arena. TN__AID_READ_PADDING zero bytes must follow the form.
     * TN_EDECODE: the message says what is wrong with it; TN_ENOMEM. */
    int (*aid_read)(tn__bytes form, int64_t file_bytes, const tn__info *info, tn__arena *arena,
                    const tn__aid **out);

    /* Packing; both are NULL in a codec that does not read records. */

    /* Makes a record of a file: the same image in a form that decodes faster. `layout` is
     * TN_PACK_FAST or TN_PACK_SMALL. TN__NOT_MINE: the file cannot be packed, or could not be
     * restored. TN_ENOMEM, TN_ELIMIT; TN_EIO: a module is missing. */
    int (*pack)(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *record);
    /* Restores the file of a record, and compares its hash; or makes a file with the same pixels.
     * TN_EDECODE, TN_ENOMEM. */
    int (*restore)(tn__bytes record, tn__blob *file);
    /* A record is one of pixels: `restore` makes a PNG with the pixels of the file. */
    bool packs_pixels;
} tn__codec;
enum { TN__AID_READ_PADDING = 8 };

/* The first codec that recognises the bytes; NULL: TN_EDECODE, with a message that says what they
 * look like. */
const tn__codec *tn__codec_find(tn__bytes bytes);
/* Finds the codec, reads the header with it, and checks width × height against max_pixels
 * (TN_ELIMIT). TN_EIO: a module is missing. With a hint the bytes have no header. The codec that it
 * returns reads and writes the file's aid. */
const tn__codec *tn__codec_probe(tn__bytes bytes, const tn__hint *hint, int64_t max_pixels,
                                 tn__info *info);
/* Asks `codec` to decode, then the codecs after it in the table while they answer TN__NOT_MINE.
 * TN_EDECODE: also if the mode does not take such a file. */
int tn__codec_decode(const tn__codec *codec, tn__bytes bytes, tn__access *access,
                     const tn__info *info, const tn__want *want, tn__arena *arena, tn_px_image *out,
                     int32_t *damage);

/* The formats, for the registry: entry number `index`; NULL after the last one. */
const tn__spec *tn__codec_spec(int32_t index);

/* Makes a record of a file with the first codec that can: see `pack`. *pixels gets its
 * `packs_pixels`. TN__NOT_MINE: none can. */
int tn__codec_pack(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *record,
                   bool *pixels);
/* Restores the file of a record: see `restore`. TN_EDECODE: the bytes are not a record. */
int tn__codec_restore(tn__bytes record, tn__blob *file);

#endif
